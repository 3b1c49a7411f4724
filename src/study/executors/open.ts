/**
 * The executors by name, and those of others, by the path of their file.
 *
 * @module
 */
import { ConfigError, isRecord, messageOf, nearest } from "../../common/mod.ts";
import { factsOf, realPath } from "../../host/mod.ts";
import type { StudyFile } from "../file/schema.ts";
import type { JobHost } from "../jobs/run_job.ts";
import type { Executor } from "./executor.ts";
import { inlineExecutor } from "./inline.ts";
import { localExecutor } from "./local.ts";
import { slurmExecutor } from "./slurm.ts";

/** Context of an executor. */
export interface ExecutorContext {
  /** Folder of the study. */
  readonly dir: string;
  /** The command that starts Plica. */
  readonly program: readonly string[];
  readonly slurm: StudyFile["slurm"];
  /** Most jobs at once. */
  readonly jobs?: number;
  readonly host: Omit<JobHost, "executor" | "executorId">;
  readonly onError: (line: string) => void;
}

/** Context of an executor from a file. */
export interface ExecutorFileContext extends Pick<ExecutorContext, "dir" | "program" | "jobs" | "onError"> {
  /** The path of the file, by which jobs know their executor. */
  readonly name: string;
  /** The command that runs a job; `id` is what the executor calls it, where that is known before it begins. */
  jobCommand(hash: string, id?: string): string[];
}

/** The export `openExecutor` of such a file. */
export type OpenExecutor = (
  context: ExecutorFileContext,
) => Omit<Executor, "name"> | Promise<Omit<Executor, "name">>;

const EXECUTORS = Object.freeze(
  {
    local: ({ dir, program, jobs }) => localExecutor({ dir, program, jobs }),
    slurm: ({ dir, program, jobs, slurm: settings }) => slurmExecutor({ dir, program, jobs, settings }),
    inline: ({ dir, host, onError }) => inlineExecutor(dir, { host, onError }),
  } satisfies Record<string, (context: ExecutorContext) => Executor>,
);

/** True for the name of an executor, and the path of a file that may hold one. */
export function namesExecutor(name: string): boolean {
  return Object.hasOwn(EXECUTORS, name) || /[\\/.]/.test(name);
}

/** Makes an executor. Throws `ConfigError` for a name that there is not, and a file that makes none. */
export async function openExecutor(name: string, context: ExecutorContext): Promise<Executor> {
  const make = Object.entries(EXECUTORS).find(([known]) => known === name)?.[1];
  if (make) return make(context);
  if (namesExecutor(name)) return await executorOfFile(name, context);
  const names = Object.keys(EXECUTORS);
  const hint = nearest(name, names);
  throw new ConfigError(
    `--executor: found ${name}, expected one of ${names.join(", ")}, or the path of a file${
      hint ? `; did you mean ${hint}?` : ""
    }`,
  );
}

const CALLS = ["limits", "submit", "poll", "cancel", "wait"] as const;

async function executorOfFile(file: string, context: ExecutorContext): Promise<Executor> {
  if (!(await factsOf(file))?.isFile) {
    throw new ConfigError(`--executor ${file}: found no such file, expected a module with openExecutor`);
  }
  const name = await realPath(file);
  const { dir, program, jobs, onError } = context;
  const jobCommand = (hash: string, id?: string) => [
    ...program,
    "study",
    "job",
    dir,
    hash,
    `--executor=${name}`,
    ...(id === undefined ? [] : [`--executor-id=${id}`]),
  ];
  const open = await exportOf(name);
  const made: unknown = await open({ name, dir, program, jobs, onError, jobCommand });
  const missing = CALLS.find((call) => !isRecord(made) || typeof made[call] !== "function");
  if (missing === undefined) return { ...made as Omit<Executor, "name">, name };
  throw new ConfigError(
    `--executor ${file}: found an executor without ${missing}, expected ${CALLS.join(", ")}`,
  );
}

async function exportOf(file: string): Promise<OpenExecutor> {
  let module: unknown;
  try {
    module = await import(`file://${encodeURI(file)}`);
  } catch (error) {
    throw new ConfigError(
      `--executor ${file}: found no module that can be loaded: ${messageOf(error).split("\n")[0]}`,
    );
  }
  const open: unknown = Reflect.get(Object(module), "openExecutor");
  if (typeof open === "function") return open as OpenExecutor;
  throw new ConfigError(`--executor ${file}: found no export openExecutor, expected a function of that name`);
}
