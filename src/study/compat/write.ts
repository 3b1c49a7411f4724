/**
 * Manifests and summaries under the names that established readers know, made from the states of the jobs.
 *
 * @module
 */
import { jsonText } from "../../common/mod.ts";
import { makeFolder, writeFileAtomic } from "../../host/mod.ts";
import type { Job, JobAxes, Plan } from "../plan/job.ts";
import { reportData } from "../report/write.ts";
import { readJson } from "../jobs/results.ts";
import { jobPaths, readState } from "../jobs/state.ts";
import type { JobRow, Summary } from "../run/summary.ts";
import { comparisonFiles } from "./comparison.ts";
import { designOf } from "./design.ts";

interface Known {
  readonly plan: Plan;
  readonly summary: Summary;
}

/** Writes `compat/` into the folder of a study. */
export async function writeCompat(dir: string, { plan, summary }: Known): Promise<void> {
  const out = `${dir}/compat`;
  const rows = new Map(summary.jobs.map((row) => [row.hash, row]));
  const timestamp = new Date().toISOString();
  const write = async (path: string, value: unknown) => {
    await makeFolder(`${out}/${path}`.replace(/\/[^/]*$/, ""));
    await writeFileAtomic(`${out}/${path}`, `${jsonText(value, { indent: 2 })}\n`);
  };
  await write("study_design.json", designOf(plan));
  const training = await trainingManifest(dir, { plan, rows, timestamp });
  await write("phase_e/training_manifest.json", training.manifest);
  await write("phase_e/skip_summary.json", training.skips);
  const reconstruction = await reconstructionManifest(dir, { plan, rows, timestamp });
  await write("phase_f/reconstruction_manifest.json", reconstruction.manifest);
  await write("phase_f/skip_summary.json", reconstruction.skips);
  const report = plan.jobs.find(({ kind }) => kind === "report");
  const compares = plan.jobs.filter(({ kind }) => kind === "compare");
  await write("phase_g/comparison_manifest.json", comparisonManifest(dir, compares, rows));
  if (!report) return;
  const files = comparisonFiles(await reportData(dir, report), { plan, compares, rows });
  await write("phase_g/metrics_summary.json", files.summary);
  await write("phase_g/metrics_delta_summary.json", files.deltas);
  await makeFolder(`${out}/phase_g`);
  for (const { name, csv } of files.tables) await writeFileAtomic(`${out}/phase_g/${name}`, csv);
}

interface Context {
  readonly plan: Plan;
  readonly rows: ReadonlyMap<string, JobRow>;
  readonly timestamp: string;
}

const viewOf = ({ view }: JobAxes) => view ?? "baseline";

function gridsizeOf({ args }: Job): number {
  const flag = args.find((word) => word.startsWith("--gridsize="));
  return flag ? Number(flag.slice("--gridsize=".length)) : 2;
}

function sourceOf(dir: string, job: Job): string {
  const { data } = job.inputs;
  return "job" in data ? `${jobPaths(dir, data.job).out}/${data.path}` : data.file;
}

async function trainingManifest(dir: string, { plan, rows, timestamp }: Context) {
  const jobs = plan.jobs.filter(({ kind }) => kind === "train");
  const skipped_views = jobs.flatMap((job) => {
    const row = rows.get(job.hash);
    return row?.state === "skipped" || row?.state === "blocked"
      ? [{ dose: job.axes.dose ?? null, view: viewOf(job.axes), reason: row.reason?.text ?? row.state }]
      : [];
  });
  const listed = [];
  for (const job of jobs) {
    const state = await readState(dir, job.hash);
    const train = sourceOf(dir, job);
    const paths = jobPaths(dir, job.hash);
    listed.push({
      dose: job.axes.dose ?? null,
      view: viewOf(job.axes),
      gridsize: gridsizeOf(job),
      method: job.axes.method ?? null,
      train_data_path: train,
      test_data_path: train.replace(/_train\.npz$/, "_test.npz"),
      artifact_dir: paths.out,
      log_path: paths.log(state?.attempts.length ?? 1),
      bundle_path: state?.state === "success" ? `${paths.out}/wts.h5.zip` : null,
      status: state?.state ?? "waiting",
    });
  }
  const root = `${dir}/jobs`;
  const common = { timestamp, skipped_views, skipped_count: skipped_views.length };
  return {
    manifest: {
      ...common,
      phase_c_root: root,
      phase_d_root: root,
      artifact_root: root,
      jobs: listed,
      skip_summary_path: "skip_summary.json",
    },
    skips: common,
  };
}

async function reconstructionManifest(dir: string, { plan, rows, timestamp }: Context) {
  const all = plan.jobs.filter(({ kind }) => kind === "reconstruct" || kind === "command");
  const wanted = all.filter(({ hash }) => rows.has(hash));
  const place = ({ axes }: Job) => ({
    dose: axes.dose ?? null,
    view: viewOf(axes),
    split: axes.split ?? "all",
    method: axes.method ?? null,
  });
  const results = [];
  for (const job of wanted) {
    const row = rows.get(job.hash);
    if (!row || (row.state !== "success" && row.state !== "failed")) continue;
    const view = plan.jobs.find((one) =>
      one.kind === "view" && one.axes.dose === job.axes.dose && one.axes.view === job.axes.view &&
      one.axes.repeat === job.axes.repeat
    );
    results.push({
      ...place(job),
      returncode: row.returncode,
      log_path: row.log === null ? null : `${dir}/${row.log}`,
      output_dir: jobPaths(dir, job.hash).out,
      ...await selectionOf(dir, view, job.axes.split ?? "all"),
    });
  }
  const missing = wanted.filter(({ hash }) => ["skipped", "blocked"].includes(rows.get(hash)?.state ?? ""))
    .map((job) => ({ ...place(job), reason: rows.get(job.hash)?.reason?.text ?? "" }));
  const left = all.filter(({ hash }) => !rows.has(hash)).map((job) => ({
    ...place(job),
    reason: "left out by a filter",
  }));
  const skipped_jobs = [...left, ...missing];
  return {
    manifest: {
      timestamp,
      jobs: wanted.map(place),
      total_jobs: all.length,
      filtered_jobs: wanted.length,
      missing_jobs: missing,
      execution_results: results,
    },
    skips: {
      timestamp,
      skipped_count: skipped_jobs.length,
      skipped_jobs,
      missing_phase_d_count: missing.length,
    },
  };
}

async function selectionOf(
  dir: string,
  view: Job | undefined,
  split: string,
): Promise<Record<string, unknown>> {
  if (!view) return {};
  const metrics = await readJson(`${jobPaths(dir, view.hash).out}/${split}_metrics.json`).catch(() =>
    undefined
  );
  if (typeof metrics !== "object" || metrics === null) return {};
  const keys = ["selection_strategy", "acceptance_rate", "spacing_threshold", "n_accepted", "n_rejected"];
  return Object.fromEntries(keys.map((key) => [key, Reflect.get(metrics, key) ?? null]));
}

function comparisonManifest(dir: string, compares: readonly Job[], rows: ReadonlyMap<string, JobRow>) {
  const known = compares.flatMap((job) => rows.get(job.hash) ?? []);
  const executed = known.filter(({ state }) => state === "success" || state === "failed");
  const n_success = executed.filter(({ state }) => state === "success").length;
  return {
    n_jobs: compares.length,
    n_executed: executed.length,
    n_success,
    n_failed: executed.length - n_success,
    execution_results: executed.map((row) => ({
      dose: row.axes.dose ?? null,
      view: viewOf(row.axes),
      split: row.axes.split ?? "all",
      returncode: row.returncode ?? (row.state === "success" ? 0 : 1),
      log_path: row.log === null ? null : `${dir}/${row.log}`,
      output_dir: jobPaths(dir, row.hash).out,
    })),
  };
}
