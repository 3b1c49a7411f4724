/**
 * Jobs as processes of this machine, each in a group of its own; they go on when the submitting process ends.
 *
 * @module
 */
import { pause } from "../../common/mod.ts";
import {
  isAlive,
  machineSize,
  outputOf,
  type ProcessEnd,
  type ProcessId,
  processId,
  signalGroup,
  startProcess,
  writeFileAtomic,
} from "../../host/mod.ts";
import { TIMEOUT_MARK } from "../jobs/causes.ts";
import { jobPaths } from "../jobs/state.ts";
import type { Job } from "../plan/job.ts";
import { type Executor, ExecutorError, type JobStatus } from "./executor.ts";

/** Options of {@linkcode localExecutor}. */
export interface LocalOptions {
  readonly dir: string;
  /** The command that starts Plica, to which `study job DIR HASH` is added. */
  readonly program: readonly string[];
  /** Most jobs at once; default as many as fit. */
  readonly jobs?: number;
}

/** Seconds between the signals that end a job at its time limit. */
const GRACE_SECONDS = 90;
/** Longer timers fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

interface Child {
  readonly id: ProcessId;
  end?: ProcessEnd;
}

/** Ids are `host:pid:start`, so that a later process of the same number is not taken for the job. */
export function localExecutor({ dir, program, jobs = Infinity }: LocalOptions): Executor {
  const children = new Map<string, Child>();
  let changed = Promise.withResolvers<void>();
  const start = async (job: Job): Promise<string> => {
    const { folder } = jobPaths(dir, job.hash);
    const command = [...program, "study", "job", dir, job.hash, "--executor", "local"];
    const { pid, ended } = startProcess(command, { log: `${folder}/process.txt` });
    const id = await processId(pid);
    const child: Child = { id };
    const name = `${id.host}:${pid}:${id.start}`;
    children.set(name, child);
    const timer = limitTime(job, { pid, folder });
    ended.then((end) => {
      timer.stop();
      child.end = end;
      changed.resolve();
    });
    return name;
  };
  return {
    name: "local",
    chains: false,
    limits: async () => {
      const { cpus, memoryBytes } = machineSize();
      return { cpus, memoryBytes: 0.9 * memoryBytes, gpus: await gpuCount(), jobs };
    },
    submit: async (submitted) => {
      const ids: string[] = [];
      for (const job of submitted) {
        try {
          ids.push(await start(job));
        } catch (error) {
          throw new ExecutorError(`local: found that ${program[0]} cannot be started: ${error}`);
        }
      }
      return ids;
    },
    poll: async (ids) => {
      const entries = await Promise.all(
        ids.map(async (id): Promise<[string, JobStatus]> => [id, await statusOf(id, children)]),
      );
      return new Map(entries);
    },
    cancel: async (ids, how) => {
      const signal = { gently: "SIGINT", firmly: "SIGTERM", now: "SIGKILL" } as const;
      for (const id of ids) {
        const process = parseId(id);
        if (process && await isAlive(process)) await signalGroup(process.pid, signal[how]);
      }
    },
    wait: async (ms) => {
      await Promise.race([changed.promise, pause(ms)]);
      changed = Promise.withResolvers();
    },
  };
}

async function statusOf(id: string, children: ReadonlyMap<string, Child>): Promise<JobStatus> {
  const child = children.get(id);
  if (child) return child.end ? { kind: "ended", ...child.end } : { kind: "running" };
  const process = parseId(id);
  return { kind: process && await isAlive(process) ? "running" : "gone" };
}

function parseId(id: string): ProcessId | undefined {
  const [, host, pid, start] = /^(.*):(\d+):(\d*)$/.exec(id) ?? [];
  return pid === undefined ? undefined : { host, pid: Number(pid), start };
}

/** At its limit a job is asked to write its checkpoint, and ended some time later. */
function limitTime(
  job: Job,
  { pid, folder }: { readonly pid: number; readonly folder: string },
): { stop(): void } {
  const { seconds } = job.resources;
  if (seconds === 0) return { stop: () => {} };
  const first = setTimeout(async () => {
    await writeFileAtomic(`${folder}/${TIMEOUT_MARK}`, "");
    await signalGroup(pid, "SIGTERM");
  }, Math.min(1000 * seconds, LONGEST_MS));
  const last = setTimeout(
    () => signalGroup(pid, "SIGKILL"),
    Math.min(1000 * (seconds + GRACE_SECONDS), LONGEST_MS),
  );
  return {
    stop() {
      clearTimeout(first);
      clearTimeout(last);
    },
  };
}

async function gpuCount(): Promise<number> {
  const listed = await outputOf(["nvidia-smi", "--list-gpus"]).catch(() => undefined);
  return listed?.code === 0 ? listed.stdout.split("\n").filter((line) => line.startsWith("GPU")).length : 0;
}
