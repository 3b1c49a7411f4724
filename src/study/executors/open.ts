/**
 * The executors by name.
 *
 * @module
 */
import { ConfigError, nearest } from "../../common/mod.ts";
import type { StudyFile } from "../file/schema.ts";
import type { JobHost } from "../jobs/run_job.ts";
import type { Executor } from "./executor.ts";
import { inlineExecutor } from "./inline.ts";
import { localExecutor } from "./local.ts";
import { slurmExecutor } from "./slurm.ts";

/** What an executor may need. */
export interface ExecutorContext {
  readonly dir: string;
  /** The command that starts Plica. */
  readonly program: readonly string[];
  readonly slurm: StudyFile["slurm"];
  /** Most jobs at once. */
  readonly jobs?: number;
  readonly host: Omit<JobHost, "executor" | "executorId">;
  readonly onError: (line: string) => void;
}

/** How each executor is made. */
export const EXECUTORS = Object.freeze(
  {
    local: ({ dir, program, jobs }) => localExecutor({ dir, program, jobs }),
    slurm: ({ dir, program, jobs, slurm: settings }) => slurmExecutor({ dir, program, jobs, settings }),
    inline: ({ dir, host, onError }) => inlineExecutor(dir, { host, onError }),
  } satisfies Record<string, (context: ExecutorContext) => Executor>,
);

/** The name of an executor. */
export type ExecutorName = keyof typeof EXECUTORS;

/** Makes an executor. Throws `ConfigError` for a name that there is not. */
export function openExecutor(name: string, context: ExecutorContext): Executor {
  const make = Object.entries(EXECUTORS).find(([known]) => known === name)?.[1];
  if (make) return make(context);
  const names = Object.keys(EXECUTORS);
  const hint = nearest(name, names);
  throw new ConfigError(
    `--executor: found ${name}, expected one of ${names.join(", ")}${hint ? `; did you mean ${hint}?` : ""}`,
  );
}
