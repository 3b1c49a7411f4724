/**
 * Interface of executors, which run the jobs of a study. A further executor is one file that makes this: `--executor
 * FILE`.
 *
 * @module
 */
import type { Job, JobResources } from "../plan/job.ts";

/**
 * Status of a submitted job. `gone`: unknown to the executor. `cancelled`: ended by the executor's own means, so it
 * is not retried.
 */
export type JobStatus =
  | { readonly kind: "waiting" | "running" | "gone" }
  | {
    readonly kind: "ended";
    readonly code?: number;
    readonly signal?: string | null;
    readonly cancelled?: boolean;
  };

/** Limits on concurrent jobs. */
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

/** Sums the resources of jobs. */
export function sumOf(jobs: readonly JobResources[]): ExecutorLimits {
  const sum = (pick: (job: JobResources) => number) => jobs.reduce((total, job) => total + pick(job), 0);
  return {
    cpus: sum(({ cpus }) => cpus),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    gpus: sum(({ gpus }) => gpus),
    jobs: jobs.length,
  };
}
