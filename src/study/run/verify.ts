/**
 * Looks at everything again: digests of all files, inputs against the results that they were, counts, printed numbers.
 *
 * @module
 */
import { isRecord, messageOf } from "../../common/mod.ts";
import { readTextIfThere } from "../../host/mod.ts";
import { inputDamage } from "../jobs/inputs.ts";
import { damageOf, digestOfAll, readJson } from "../jobs/results.ts";
import { jobPaths, readState, type StateRecord } from "../jobs/state.ts";
import type { Job } from "../plan/job.ts";
import { readPlan } from "../plan/plan_files.ts";
import { numbersIn } from "../report/html.ts";
import { markdownText } from "../report/markdown.ts";
import { isStyle, printed } from "../report/print.ts";
import type { ReportData } from "../report/tables.ts";
import { summarise } from "./summary.ts";

/** Files that were checked, and their problems. */
export interface Verification {
  readonly files: number;
  readonly jobs: number;
  readonly numbers: number;
  /** One line each. */
  readonly problems: readonly string[];
}

/** Largest difference of a printed number from the one in `metrics.json`, relative to it where that is above 1. */
const TOLERANCE = 1e-6;

/** Verifies the study in a folder. Changes nothing. */
export async function verifyStudy(dir: string): Promise<Verification> {
  const plan = await readPlan(dir);
  const states = new Map<string, StateRecord>();
  for (const { hash } of plan.jobs) {
    const state = await readState(dir, hash);
    if (state) states.set(hash, state);
  }
  const problems: string[] = [];
  let files = 0;
  for (const job of plan.jobs) {
    const state = states.get(job.hash);
    if (state?.state !== "success") continue;
    files += state.results?.length ?? 0;
    problems.push(...await problemsOf(dir, job, { state, states }));
  }
  problems.push(...await countProblems(dir, plan.jobs));
  const report = plan.jobs.find(({ kind }) => kind === "report");
  const done = report && states.get(report.hash)?.state === "success";
  const printedNumbers = done
    ? await checkReport(jobPaths(dir, report.hash).out)
    : { numbers: 0, problems: [] };
  problems.push(...printedNumbers.problems);
  return { files, jobs: plan.jobs.length, numbers: printedNumbers.numbers, problems };
}

async function problemsOf(
  dir: string,
  job: Job,
  { state, states }: { readonly state: StateRecord; readonly states: ReadonlyMap<string, StateRecord> },
): Promise<string[]> {
  const problems: string[] = [];
  const name = `job ${job.hash} (${job.kind})`;
  const damage = await damageOf(jobPaths(dir, job.hash).out, state.results ?? []);
  if (damage) problems.push(`${name}: input-damaged: ${damage}`);
  if (await digestOfAll(state.results ?? []) !== state.digest) {
    problems.push(`${name}: the digest is not that of its files`);
  }
  for (const [role, digest] of Object.entries(state.inputs ?? {})) {
    const input = job.inputs[role];
    if (!input) continue;
    const maker = "job" in input ? states.get(input.job) : undefined;
    const now = "file" in input ? input.sha256 : maker?.digest;
    if (now !== digest) {
      problems.push(`${name}: ${role}: made of another input than there is now; run the study again`);
    }
    if ("job" in input) continue; // looked at as the result of its own job
    const reason = await inputDamage(dir, input, undefined);
    if (reason) problems.push(`${name}: ${role}: ${reason.code}: ${reason.text}`);
  }
  return problems;
}

async function countProblems(dir: string, jobs: readonly Job[]): Promise<string[]> {
  const summary = await summarise(dir, jobs);
  const {
    n_jobs,
    n_executed,
    n_success,
    n_failed,
    n_skipped,
    n_blocked,
    n_lost,
    n_cached,
    n_cancelled,
    n_open,
  } = summary;
  const problems: string[] = [];
  if (n_success + n_failed !== n_executed) {
    problems.push(
      `counts: ${n_success} successes and ${n_failed} failures are not ${n_executed} executed jobs`,
    );
  }
  const all = n_executed + n_skipped + n_blocked + n_lost + n_cached + n_cancelled + n_open;
  if (all !== n_jobs) problems.push(`counts: ${all} states for ${n_jobs} jobs`);
  const stored = await readTextIfThere(`${dir}/summary.json`);
  const value: unknown = stored === undefined ? undefined : JSON.parse(stored);
  // a study whose jobs another program called has no summary
  if (isRecord(value) && Number(value.n_success) + Number(value.n_failed) !== Number(value.n_executed)) {
    problems.push("summary.json: n_success + n_failed is not n_executed");
  }
  return problems;
}

/** Reads every printed number back, and the text of `summary.md`. */
async function checkReport(
  out: string,
): Promise<{ readonly numbers: number; readonly problems: string[] }> {
  const problems: string[] = [];
  const page = await readTextIfThere(`${out}/index.html`) ?? "";
  let data: unknown;
  try {
    data = await readJson(`${out}/metrics.json`);
  } catch (error) {
    return { numbers: 0, problems: [messageOf(error)] };
  }
  const numbers = numbersIn(page);
  if (numbers.length === 0) problems.push("index.html: found no numbers");
  for (const { value, at, style, text } of numbers) {
    const known = Number(
      at.split("/").reduce<unknown>(
        (place, key) => typeof place === "object" && place !== null ? Reflect.get(place, key) : undefined,
        data,
      ),
    );
    const near = Math.abs(value - known) <= TOLERANCE * Math.max(1, Math.abs(known));
    if (!near) problems.push(`index.html: ${at}: found ${value}, expected ${known} as in metrics.json`);
    else if (!isStyle(style) || text !== printed(known, style)) {
      problems.push(`index.html: ${at}: found the text ${text}, expected the number ${known}`);
    }
  }
  const markdown = await readTextIfThere(`${out}/summary.md`);
  // the tables of the text are made again; its figures are links alone
  if (markdown !== undefined && !markdown.startsWith(markdownText(data as ReportData, []).trimEnd())) {
    problems.push("summary.md: found other tables than metrics.json gives");
  }
  return { numbers: numbers.length, problems };
}
