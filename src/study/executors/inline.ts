/**
 * Jobs in the submitting process, one after the other: for small studies, whose jobs are over before a process has started.
 *
 * @module
 */
import { messageOf, pause } from "../../common/mod.ts";
import { type JobHost, runJob } from "../jobs/run_job.ts";
import type { Job } from "../plan/job.ts";
import type { Executor, JobStatus } from "./executor.ts";

/** Runs a job when it is handed over. */
export function inlineExecutor(
  dir: string,
  { host, onError }: {
    readonly host: Omit<JobHost, "executor" | "executorId">;
    readonly onError: (line: string) => void;
  },
): Executor {
  const ended = new Map<string, JobStatus>();
  const run = async (job: Job): Promise<string> => {
    try {
      await runJob(dir, job.hash, { ...host, executor: "inline", executorId: job.hash });
      ended.set(job.hash, { kind: "ended", code: 0 });
    } catch (error) {
      onError(`${job.hash}: ${messageOf(error)}`);
      ended.set(job.hash, { kind: "ended", code: 1 });
    }
    return job.hash;
  };
  return {
    name: "inline",
    chains: false,
    limits: () => Promise.resolve({ cpus: Infinity, memoryBytes: Infinity, gpus: Infinity, jobs: 1 }),
    submit: async (jobs) => {
      const ids: string[] = [];
      for (const job of jobs) ids.push(await run(job));
      return ids;
    },
    poll: (ids) => Promise.resolve(new Map(ids.map((id) => [id, ended.get(id) ?? { kind: "gone" }]))),
    cancel: () => Promise.resolve(),
    wait: (ms) => pause(Math.min(ms, 0)),
  };
}
