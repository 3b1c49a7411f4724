/**
 * Runs a study from its file to its report.
 *
 * @module
 */
import {
  factsOf,
  linkTo,
  makeFolder,
  namesIn,
  readTextIfThere,
  realPath,
  writeFileAtomic,
} from "../../host/mod.ts";
import { ConfigError } from "../../common/mod.ts";
import { writeCompat } from "../compat/write.ts";
import type { Executor } from "../executors/executor.ts";
import { readStudyFile } from "../file/read.ts";
import type { StudyFile } from "../file/schema.ts";
import type { StateRecord } from "../jobs/state.ts";
import { jobPaths } from "../jobs/state.ts";
import { type Choice, chooseJobs } from "../plan/choose.ts";
import { phaseCounts, planStudy } from "../plan/expand.ts";
import type { Job, Plan } from "../plan/job.ts";
import { writePlan } from "../plan/plan_files.ts";
import { drive, type Retry } from "./drive.ts";
import { lockStudy } from "./lock.ts";
import { summarise, type Summary, writeSummary } from "./summary.ts";

/** Options of {@linkcode runStudy}. */
export interface RunStudyOptions extends Choice {
  /** Default: the name of the study, beside where it is called. */
  readonly outputDir?: string;
  /** Makes the executor of a folder. */
  executor(dir: string, study: StudyFile): Promise<Executor>;
  readonly dryRun?: boolean;
  readonly retry?: Retry;
  readonly failFast?: boolean;
  /** Writes the manifests of established readers as well. */
  readonly compat?: boolean;
  readonly signal: AbortSignal;
  readonly hurry?: AbortSignal;
  readonly onNotice: (line: string) => void;
  onChange?(job: Job, state: StateRecord): void;
}

/** Outcome of a study. */
export interface StudyRun {
  readonly dir: string;
  readonly plan: Plan;
  /** The wanted jobs. */
  readonly jobs: readonly Job[];
  readonly summary: Summary;
  /** Jobs of each phase that are wanted, in the order of the phases. */
  readonly phases: ReadonlyMap<Job["kind"], number>;
}

/** Plans, locks, runs and sums up. Throws `ConfigError` for a study or a folder that cannot be used. */
export async function runStudy(file: string, options: RunStudyOptions): Promise<StudyRun> {
  const read = await readStudyFile(file);
  const given = options.outputDir ?? read.study.name;
  const folder = await realPath(read.folder);
  const { plan, notices } = await planStudy({ ...read, folder });
  for (const notice of notices) options.onNotice(notice);
  const jobs = chooseJobs(plan, options);
  if (jobs.length === 0) options.onNotice("no job matches: nothing to do");
  const phases = phaseCounts(jobs);
  if (options.dryRun) {
    return { dir: given, plan, jobs, phases, summary: await summarise(given, jobs, new Set()) };
  }
  await refuseOtherFolder(given);
  await makeFolder(given);
  const dir = await realPath(given);
  await using _lock = await lockStudy(dir);
  const executor = await options.executor(dir, read.study);
  await writePlan(dir, plan);
  await writeFileAtomic(
    `${dir}/study${file.endsWith(".json") ? ".json" : ".yaml"}`,
    await readTextIfThere(file) ?? "",
  );
  const executed = await drive({ ...options, dir, plan, jobs, executor });
  const summary = await summarise(dir, jobs, executed);
  await writeSummary(dir, summary);
  await linkReport(dir, jobs);
  if (options.compat) await writeCompat(dir, { plan, summary });
  return { dir, plan, jobs, phases, summary };
}

/** A study is never written into a folder of something else. */
async function refuseOtherFolder(dir: string): Promise<void> {
  const facts = await factsOf(dir);
  if (!facts) return;
  if (!facts.isFolder) {
    throw new ConfigError(`--output-dir ${dir}: found a file, expected a folder; choose another name`);
  }
  // a run that has just begun, or was ended there, has a lock and no plan yet
  const names = await namesIn(dir);
  const ofStudy = names.includes("plan.json") || names.includes("lock");
  if (ofStudy || names.every((name) => name.startsWith("lock."))) return;
  throw new ConfigError(
    `--output-dir ${dir}: found a folder with files and no plan.json, expected the folder of a study or an empty one; choose another one`,
  );
}

async function linkReport(dir: string, jobs: readonly Job[]): Promise<void> {
  const report = jobs.find(({ kind }) => kind === "report");
  if (!report || !await factsOf(jobPaths(dir, report.hash).out)) return;
  await linkTo(`jobs/${report.hash}/out`, `${dir}/report`);
}
