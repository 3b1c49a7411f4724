/**
 * The table of a study: counts, and a row for each job.
 *
 * @module
 */
import { jsonText } from "../../common/mod.ts";
import { writeFileAtomic } from "../../host/mod.ts";
import { jobPaths, readState, readSubmission, type Reason, type StateRecord } from "../jobs/state.ts";
import { axesText, type Job, type JobAxes } from "../plan/job.ts";
import { type InputState, verdictOf } from "../jobs/inputs.ts";

/** States as people see them; `waiting` and `ready` follow from the inputs. */
export type ShownState = StateRecord["state"] | "waiting" | "ready";

/** One job in the table. */
export interface JobRow {
  readonly hash: string;
  readonly kind: Job["kind"];
  readonly axes: JobAxes;
  readonly name: string;
  readonly state: ShownState;
  readonly reason: Reason | null;
  readonly returncode: number | null;
  readonly signal: string | null;
  readonly attempts: number;
  readonly seconds: number | null;
  readonly cpu_seconds: number | null;
  readonly peak_memory_bytes: number | null;
  readonly host: string | null;
  readonly executor: string | null;
  readonly executor_id: string | null;
  readonly log: string | null;
  readonly cached: boolean;
}

/** The counts; n_success + n_failed = n_executed. */
export interface Summary {
  readonly n_jobs: number;
  readonly n_executed: number;
  readonly n_success: number;
  readonly n_failed: number;
  readonly n_skipped: number;
  readonly n_blocked: number;
  readonly n_lost: number;
  readonly n_cached: number;
  readonly n_cancelled: number;
  /** Waiting, ready, submitted or running. */
  readonly n_open: number;
  readonly jobs: readonly JobRow[];
}

/** Reads the states of jobs and counts them. `executed`: those of this run; without it all that were ever run. */
export async function summarise(
  dir: string,
  jobs: readonly Job[],
  executed?: ReadonlySet<string>,
): Promise<Summary> {
  const states = new Map<string, StateRecord | undefined>();
  for (const { hash } of jobs) states.set(hash, await readState(dir, hash));
  const rows = [];
  for (const job of jobs) rows.push(await rowOf(dir, job, states));
  return countRows(rows, executed);
}

/** Counts rows. */
function countRows(rows: readonly JobRow[], executed?: ReadonlySet<string>): Summary {
  const count = (...states: readonly ShownState[]) =>
    rows.filter(({ state }) => states.includes(state)).length;
  const ran = ({ hash, cached, attempts }: JobRow) =>
    executed ? executed.has(hash) && !cached : attempts > 0 && !cached;
  const success = rows.filter((row) => row.state === "success" && ran(row)).length;
  const failed = count("failed");
  return {
    n_jobs: rows.length,
    n_executed: success + failed,
    n_success: success,
    n_failed: failed,
    n_skipped: count("skipped"),
    n_blocked: count("blocked"),
    n_lost: count("lost"),
    n_cached: count("success") - success,
    n_cancelled: count("cancelled"),
    n_open: count("waiting", "ready", "submitted", "running"),
    jobs: rows,
  };
}

async function rowOf(
  dir: string,
  job: Job,
  states: ReadonlyMap<string, StateRecord | undefined>,
): Promise<JobRow> {
  const record = states.get(job.hash);
  const last = record?.attempts.at(-1);
  const submission = await readSubmission(dir, job.hash);
  const shown = record?.state ?? (submission ? "submitted" : derived(job, states));
  return {
    hash: job.hash,
    kind: job.kind,
    axes: job.axes,
    name: axesText(job.axes),
    state: shown,
    reason: record?.reason ?? null,
    returncode: last?.returncode ?? null,
    signal: last?.signal ?? null,
    attempts: record?.attempts.length ?? 0,
    seconds: last?.seconds ?? null,
    cpu_seconds: last?.cpuSeconds ?? null,
    peak_memory_bytes: last?.peakBytes ?? null,
    host: last?.process.host ?? null,
    executor: submission?.executor ?? last?.executor ?? null,
    executor_id: submission?.id ?? last?.executorId ?? null,
    log: last ? jobPaths(".", job.hash).log(last.number).slice(2) : null,
    cached: record?.cached ?? false,
  };
}

function derived(job: Job, states: ReadonlyMap<string, StateRecord | undefined>): "waiting" | "ready" {
  const stateOf = (hash: string): InputState => states.get(hash) ?? "pending";
  return verdictOf(job, stateOf).kind === "ready" ? "ready" : "waiting";
}

/** Writes `summary.json` at once. */
export async function writeSummary(dir: string, summary: Summary): Promise<void> {
  await writeFileAtomic(`${dir}/summary.json`, `${jsonText(summary, { indent: 1 })}\n`);
}

/**
 * Returns the exit code of a study that ended like this: 1 where something failed, was lost or is blocked.
 */
export function exitCodeOf({ n_failed, n_lost, n_blocked, n_open, n_cancelled }: Summary): number {
  return n_failed + n_lost + n_blocked + n_open + n_cancelled > 0 ? 1 : 0;
}
