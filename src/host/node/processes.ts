/**
 * Programs as child processes, what they cost, and whether a process is still there, over the modules that Node and Deno share.
 *
 * @module
 */
import { builtin } from "./builtin.ts";

type ChildProcess = import("node:child_process").ChildProcess;

/** Resources used by a process, as far as the system reports them. */
export interface ProcessUsage {
  /** Processor time of the process and the children that it waited for, in seconds. */
  readonly cpuSeconds: number;
  /** Largest resident memory in bytes. */
  readonly peakBytes: number;
}

/** Outcome of a process. */
export interface ProcessEnd {
  readonly code: number;
  /** `SIGKILL` and the like where a signal ended it. */
  readonly signal: string | null;
}

/** A started program. */
export interface StartedProcess {
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
}

/** Options of {@linkcode startProcess}. */
export interface StartOptions {
  readonly cwd?: string;
  /** Both output streams are appended to this file by the system, so that they outlive the starting process. */
  readonly log: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a program in a process group of its own; it goes on when this process ends. Throws where the program is not there.
 */
export function startProcess(command: readonly string[], { cwd, log, env }: StartOptions): StartedProcess {
  const { openSync, closeSync } = builtin("node:fs");
  const [program, ...args] = command;
  // the system appends to the log itself: a pipe would break when this process ends
  const file = openSync(log, "a");
  try {
    const child = builtin("node:child_process").spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: environment(env),
      stdio: ["ignore", file, file],
      detached: true,
    });
    const ended = endOf(child);
    child.unref();
    if (child.pid === undefined) {
      ended.catch(() => undefined);
      throw new Error(`no program ${program}`);
    }
    return { pid: child.pid, ended };
  } finally {
    closeSync(file);
  }
}

/** The environment of this process and more. */
function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...builtin("node:process").env, ...more };
}

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code: code ?? 128 + signalNumber(signal), signal }));
  });
}

function signalNumber(signal: string | null): number {
  const { signals } = builtin("node:os").constants;
  return signal !== null && signal in signals ? signals[signal as keyof typeof signals] : 0;
}

/** Runs a program to its end, both streams to `onOutput`. `signal` sends SIGTERM. Throws where the program is not there. */
export async function runProcess(
  command: readonly string[],
  { cwd, env, signal, onOutput }: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
    readonly onOutput: (text: string) => void;
  },
): Promise<ProcessEnd & ProcessUsage> {
  const [program, ...args] = command;
  const child = builtin("node:child_process").spawn(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = endOf(child);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", onOutput);
  }
  const stop = () => void child.kill("SIGTERM");
  signal?.addEventListener("abort", stop);
  let usage: ProcessUsage = { cpuSeconds: 0, peakBytes: 0 };
  const watch = setInterval(async () => {
    const now = child.pid === undefined ? undefined : await usageOf(child.pid);
    if (now) usage = { ...now, peakBytes: Math.max(now.peakBytes, usage.peakBytes) };
  }, USAGE_INTERVAL_MS);
  try {
    const end = await ended;
    // what the program left running may hold its streams open
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, DRAIN_MS);
    await Promise.race([closed, late.promise]);
    clearTimeout(timer);
    return { ...end, ...usage };
  } finally {
    clearInterval(watch);
    signal?.removeEventListener("abort", stop);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

const USAGE_INTERVAL_MS = 100;
/** Time that the output of an ended program has to arrive. */
const DRAIN_MS = 1000;

/** Returns the output of a program that is over soon. Throws where it is not there. */
export async function outputOf(
  command: readonly string[],
  { env }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const [program, ...args] = command;
  const child = builtin("node:child_process").spawn(program, args, {
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = ["", ""];
  [child.stdout, child.stderr].forEach((stream, k) => {
    stream?.setEncoding("utf8");
    stream?.on("data", (text: string) => texts[k] += text);
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const { code } = await endOf(child);
  await closed;
  return { code, stdout: texts[0], stderr: texts[1] };
}

/** Sends a signal to all processes of a group; false where there is none any more. */
export function signalGroup(pid: number, name: "SIGINT" | "SIGTERM" | "SIGKILL"): boolean {
  try {
    return builtin("node:process").kill(-pid, name);
  } catch {
    return false;
  }
}

/** Identity of a process, distinct from a later one with the same number. */
export interface ProcessId {
  readonly host: string;
  readonly pid: number;
  /** Start time in the units of the system; empty if unknown. */
  readonly start: string;
}

/** This process. */
export async function ownProcess(): Promise<ProcessId> {
  return await processId(builtin("node:process").pid);
}

/** Returns the identity of a process of this machine. */
export async function processId(pid: number): Promise<ProcessId> {
  return { host: builtin("node:os").hostname(), pid, start: await startOf(pid) };
}

/** Returns true while a process exists; undefined for one of another machine. */
export async function isAlive({ host, pid, start }: ProcessId): Promise<boolean | undefined> {
  if (host !== builtin("node:os").hostname()) return undefined;
  try {
    builtin("node:process").kill(pid, 0);
  } catch (error) {
    // a process of another user is there
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return (await startOf(pid)) === start && !await isZombie(pid);
}

async function statOf(pid: number): Promise<string[]> {
  const text = await textOf(`/proc/${pid}/stat`);
  // the name may hold spaces and brackets
  return text.slice(text.lastIndexOf(")") + 2).trim().split(" ");
}

function textOf(path: string): Promise<string> {
  return builtin("node:fs").promises.readFile(path, "utf8").catch(() => "");
}

async function startOf(pid: number): Promise<string> {
  return (await statOf(pid))[19] ?? "";
}

async function isZombie(pid: number): Promise<boolean> {
  return (await statOf(pid))[0] === "Z";
}

/** Clock ticks of a second in `/proc`; 100 on every Linux. */
const TICKS = 100;

/** Reads the resources that a local process has used so far; undefined if the system does not report them. */
async function usageOf(pid: number): Promise<ProcessUsage | undefined> {
  const stat = await statOf(pid);
  if (stat.length < 20) return undefined;
  const status = await textOf(`/proc/${pid}/status`);
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(stat[at]), 0);
  return { cpuSeconds: ticks / TICKS, peakBytes: peak === undefined ? 0 : 1024 * Number(peak) };
}

/** Reads the resources that this process has used so far. */
export function ownUsage(): ProcessUsage {
  const { userCPUTime, systemCPUTime, maxRSS } = builtin("node:process").resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: 1024 * maxRSS };
}

/** Returns the processors and memory of this machine. */
export function machineSize(): { readonly cpus: number; readonly memoryBytes: number } {
  return { cpus: navigator.hardwareConcurrency, memoryBytes: builtin("node:os").totalmem() };
}
