/**
 * What the study asks of whatever runs its jobs. A further executor is one file that makes this: `--executor FILE`.
 *
 * @module
 */
import type { Job, JobResources } from "../plan/job.ts";

/**
 * What an executor knows of a job that it was given. `gone`: it does not know it any more. `cancelled`: somebody ended it
 * by the executor's own means, so that it is not to be tried again.
 */
export type JobStatus =
  | { readonly kind: "waiting" | "running" | "gone" }
  | {
    readonly kind: "ended";
    readonly code?: number;
    readonly signal?: string | null;
    readonly cancelled?: boolean;
  };

/** What may run at once. */
export interface ExecutorLimits {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  readonly jobs: number;
}

/** Runs jobs. All facts about a job are in its folder, so that the process that submitted it may go away. */
export interface Executor {
  readonly name: string;
  /** Takes jobs before their inputs are there, and begins those `after` others when these have ended, however they ended. */
  readonly chains: boolean;
  limits(): Promise<ExecutorLimits>;
  /** Hands jobs over; an id for each, in their order. Throws `ExecutorError` where it cannot. */
  submit(jobs: readonly Job[], options: { readonly after: readonly string[] }): Promise<string[]>;
  poll(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>>;
  /** Asks jobs to end: `gently` lets them write their checkpoint. */
  cancel(ids: readonly string[], how: "gently" | "firmly" | "now"): Promise<void>;
  /** Resolves when something may have changed, at the latest after this time. */
  wait(ms: number): Promise<void>;
}

/** The executor is not there or takes no jobs. */
export class ExecutorError extends Error {
  override name = "ExecutorError";
}

/** True where a job fits besides what is in use. */
export function fits(job: JobResources, used: ExecutorLimits, limits: ExecutorLimits): boolean {
  return used.jobs < limits.jobs &&
    used.cpus + job.cpus <= limits.cpus &&
    used.memoryBytes + job.memoryBytes <= limits.memoryBytes &&
    used.gpus + job.gpus <= limits.gpus;
}

/** What jobs use together. */
export function sumOf(jobs: readonly JobResources[]): ExecutorLimits {
  const sum = (pick: (job: JobResources) => number) => jobs.reduce((total, job) => total + pick(job), 0);
  return {
    cpus: sum(({ cpus }) => cpus),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    gpus: sum(({ gpus }) => gpus),
    jobs: jobs.length,
  };
}
