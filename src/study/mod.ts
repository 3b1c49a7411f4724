/**
 * Studies: many reconstructions over dose, overlap and method, as a graph of jobs with one report.
 *
 * In goes a study file, out come job folders, tables and a report. Called by the command `plica study` alone. Jobs run the
 * program's own commands, which the caller hands in; besides, the wing imports common, config, host, scan, image, formats,
 * comparison's files and pictures.
 *
 * @module
 */
export { type Executor, ExecutorError, type ExecutorLimits, type JobStatus } from "./executors/executor.ts";
export {
  type ExecutorFileContext,
  namesExecutor,
  type OpenExecutor,
  openExecutor,
} from "./executors/open.ts";
export { readStudyFile } from "./file/read.ts";
export type { JobLog } from "./jobs/log.ts";
export { type JobHost, runJob } from "./jobs/run_job.ts";
export { phaseCounts, planStudy } from "./plan/expand.ts";
export { axesText } from "./plan/job.ts";
export { readPlan } from "./plan/plan_files.ts";
export { REPORT_FORMATS, type ReportFormat, writeReport } from "./report/write.ts";
export { cancelStudy } from "./run/cancel.ts";
export { exportSnakemake } from "./run/export.ts";
export { runStudy, type StudyRun } from "./run/run_study.ts";
export { exitCodeOf as studyExitCode, summarise, type Summary } from "./run/summary.ts";
export { verifyStudy } from "./run/verify.ts";
