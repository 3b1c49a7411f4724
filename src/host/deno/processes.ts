/**
 * Programs as child processes, what they cost, and whether a process is still there.
 *
 * @module
 */

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
  // the system appends to the log itself: a pipe would break when this process ends
  const redirect = 'log=$1; shift; exec "$@" >>"$log" 2>&1 </dev/null';
  const child = new Deno.Command("sh", {
    args: ["-c", redirect, "sh", log, ...command],
    cwd,
    env: { ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  child.unref();
  return { pid: child.pid, ended: child.status.then(({ code, signal }) => ({ code, signal })) };
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
  const child = new Deno.Command(program, {
    args,
    cwd,
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stop = () => {
    try {
      child.kill("SIGTERM");
    } catch {
      // it has just ended by itself
    }
  };
  signal?.addEventListener("abort", stop);
  const late = new AbortController();
  const drain = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    const texts = new WritableStream<string>({ write: onOutput });
    await stream.pipeThrough(new TextDecoderStream()).pipeTo(texts, { signal: late.signal }).catch(() =>
      undefined
    );
  };
  let usage: ProcessUsage = { cpuSeconds: 0, peakBytes: 0 };
  const watch = setInterval(async () => {
    const now = await usageOf(child.pid);
    if (now) usage = { ...now, peakBytes: Math.max(now.peakBytes, usage.peakBytes) };
  }, USAGE_INTERVAL_MS);
  try {
    const drained = Promise.all([drain(child.stdout), drain(child.stderr)]);
    const status = await child.status;
    // what the program left running may hold its streams open
    const timer = setTimeout(() => late.abort(), DRAIN_MS);
    await drained;
    clearTimeout(timer);
    return { code: status.code, signal: status.signal, ...usage };
  } finally {
    clearInterval(watch);
    signal?.removeEventListener("abort", stop);
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
  const { code, stdout, stderr } = await new Deno.Command(program, { args, env: { ...env }, stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Sends a signal to all processes of a group; false where there is none any more. */
export async function signalGroup(pid: number, name: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<boolean> {
  const { default: process } = await import("node:process");
  try {
    return process.kill(-pid, name);
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
  return { host: Deno.hostname(), pid: Deno.pid, start: await startOf(Deno.pid) };
}

/** Returns the identity of a process of this machine. */
export async function processId(pid: number): Promise<ProcessId> {
  return { host: Deno.hostname(), pid, start: await startOf(pid) };
}

/** Returns true while a process exists; undefined for one of another machine. */
export async function isAlive({ host, pid, start }: ProcessId): Promise<boolean | undefined> {
  if (host !== Deno.hostname()) return undefined;
  const { default: process } = await import("node:process");
  try {
    process.kill(pid, 0);
  } catch (error) {
    // a process of another user is there
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return (await startOf(pid)) === start && !await isZombie(pid);
}

async function statOf(pid: number): Promise<string[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  // the name may hold spaces and brackets
  return text.slice(text.lastIndexOf(")") + 2).trim().split(" ");
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
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(stat[at]), 0);
  return { cpuSeconds: ticks / TICKS, peakBytes: peak === undefined ? 0 : 1024 * Number(peak) };
}

/** Reads the resources that this process has used so far. */
export async function ownUsage(): Promise<ProcessUsage> {
  const { default: process } = await import("node:process");
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: 1024 * maxRSS };
}

/** Returns the processors and memory of this machine. */
export function machineSize(): { readonly cpus: number; readonly memoryBytes: number } {
  return { cpus: navigator.hardwareConcurrency, memoryBytes: Deno.systemMemoryInfo().total };
}
