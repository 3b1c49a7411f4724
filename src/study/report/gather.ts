/**
 * Everything that a report shows, as one value: `metrics.json`. Whatever is printed is taken from there.
 *
 * @module
 */
import { isRecord } from "../../common/mod.ts";
import { readJson } from "../jobs/results.ts";
import { jobPaths, readState, type StateRecord } from "../jobs/state.ts";
import type { METRICS } from "../file/schema.ts";
import type { Job, JobAxes, Plan, SplitName } from "../plan/job.ts";

/** A figure of merit. */
export type Metric = typeof METRICS[number];

/** The image that a figure is of. */
export type Part = "phase" | "amplitude";

/** The parts, the first one first. */
export const PARTS: readonly Part[] = ["phase", "amplitude"];

/** One measured value. */
export interface MetricRow {
  readonly dose: number | null;
  readonly dose_measured: number | null;
  readonly view: string;
  readonly overlap_measured: number | null;
  readonly method: string;
  readonly split: SplitName;
  readonly repeat: number;
  readonly metric: Metric;
  readonly part: Part;
  readonly value: number;
  /** Hash of the comparison. */
  readonly job: string;
}

/** A value that is not there, and why. */
export interface Hole {
  readonly dose: number | null;
  readonly view: string;
  readonly method: string;
  readonly split: SplitName;
  readonly repeat: number;
  readonly code: string;
  readonly text: string;
  readonly job: string;
}

/** Cost of a job. */
export interface CostRow {
  readonly kind: Job["kind"];
  readonly method: string | null;
  readonly view: string | null;
  readonly dose: number | null;
  readonly split: string | null;
  readonly repeat: number | null;
  readonly seconds: number | null;
  readonly cpu_seconds: number | null;
  readonly peak_memory_bytes: number | null;
  readonly attempts: number;
  readonly job: string;
}

/** A view of a dose as it was made. */
export interface ViewRow {
  readonly dose: number | null;
  /** Mean counts of a pattern in the file. */
  readonly dose_measured: number | null;
  readonly view: string;
  readonly split: string;
  readonly repeat: number;
  readonly patterns: number;
  readonly patterns_total: number;
  readonly overlap_measured: number;
  readonly overlap_wanted: number | null;
  /** Of the first pattern of a group with the others; null for groups of one. */
  readonly overlap_in_groups: number | null;
  /** Of centres of groups. */
  readonly overlap_of_groups: number | null;
  readonly strategy: string;
  readonly acceptance_bound: number;
  /** Part of the patterns in each of 20 classes of overlap from 0 to 1. */
  readonly histogram: readonly number[];
  readonly job: string;
}

/** All measurements of a study. */
export interface Gathered {
  readonly rows: readonly MetricRow[];
  readonly holes: readonly Hole[];
  readonly costs: readonly CostRow[];
  readonly views: readonly ViewRow[];
}

/** The columns of a comparison's table. */
const COLUMNS: Readonly<Record<Metric, string>> = {
  ms_ssim: "ms_ssim_iterated",
  ms_ssim_wang: "ms_ssim_wang",
  ssim: "ssim",
  mae: "mae",
  mse: "mse",
  psnr: "psnr_db",
  frc50: "frc50_px",
};

/** Reads the results of a study's comparisons, and the states of all its jobs. */
export async function gather(dir: string, plan: Plan, metrics: readonly Metric[]): Promise<Gathered> {
  const states = new Map<string, StateRecord | undefined>();
  for (const { hash } of plan.jobs) states.set(hash, await readState(dir, hash));
  const rows: MetricRow[] = [];
  const holes: Hole[] = [];
  for (const job of plan.jobs.filter(({ kind }) => kind === "compare")) {
    const state = states.get(job.hash);
    const table = state?.state === "success"
      ? await readTable(`${jobPaths(dir, job.hash).out}/comparison.json`)
      : undefined;
    const measured = viewFacts(plan, states, job.axes);
    for (const role of Object.keys(job.inputs).filter((one) => one.startsWith("image:"))) {
      const method = role.slice("image:".length);
      const place = placeOf(job.axes, method);
      const values = table?.methods.get(method);
      if (!values) {
        holes.push({ ...place, ...whyMissing(job, role, { states, skipped: table?.skipped.get(method) }) });
        continue;
      }
      const missing = new Map<string, string[]>();
      for (const metric of metrics) {
        for (const part of PARTS) {
          const value = Number(values[`${part}_${COLUMNS[metric]}`] ?? NaN);
          if (Number.isFinite(value)) {
            rows.push({ ...place, ...measured, metric, part, job: job.hash, value });
            continue;
          }
          const why = whyNoValue(metric, value);
          missing.set(why, [...missing.get(why) ?? [], `${metric} of the ${part}`]);
        }
      }
      for (const [why, what] of missing) {
        holes.push({ ...place, code: "no-value", text: `${what.join(", ")}: ${why}`, job: job.hash });
      }
    }
  }
  return {
    rows,
    holes,
    costs: plan.jobs.flatMap((job) => costOf(job, states.get(job.hash))),
    views: await viewsOf(dir, plan, states),
  };
}

function whyNoValue(metric: Metric, value: number): string {
  if (value === Infinity) {
    return metric === "frc50"
      ? "infinite: the rings never fall to a half"
      : "infinite: the images are the same";
  }
  return metric.startsWith("ms_ssim")
    ? "not defined: the compared area is too small for five scales"
    : "not a number";
}

async function readTable(path: string) {
  const value = await readJson(path);
  const list = (key: string) =>
    isRecord(value) && Array.isArray(value[key]) ? value[key].filter(isRecord) : [];
  return {
    methods: new Map(list("methods").map((row) => [String(row.name), row])),
    skipped: new Map(list("skipped").map((row) => [String(row.name), String(row.reason)])),
  };
}

function placeOf({ dose, view = "", split = "all", repeat = 0 }: JobAxes, method: string) {
  return { dose: dose ?? null, view, method, split, repeat };
}

function whyMissing(
  job: Job,
  role: string,
  { states, skipped }: {
    readonly states: ReadonlyMap<string, StateRecord | undefined>;
    readonly skipped: string | undefined;
  },
): Pick<Hole, "code" | "text" | "job"> {
  if (skipped !== undefined) return { code: "not-comparable", text: skipped, job: job.hash };
  const input = job.inputs[role];
  const maker = "job" in input ? states.get(input.job) : undefined;
  const from = "job" in input ? input.job : job.hash;
  if (maker && maker.state !== "success") {
    const { state, reason } = maker;
    return {
      code: reason?.code ?? state,
      text: reason?.text ?? `the job is ${state}`,
      job: reason?.job ?? from,
    };
  }
  const own = states.get(job.hash);
  if (!maker && "job" in input) return { code: "excluded", text: "the job was left out", job: from };
  return {
    code: own?.reason?.code ?? "excluded",
    text: own?.reason?.text ?? "the comparison was left out",
    job: own?.reason?.job ?? job.hash,
  };
}

/** Dose and overlap of the patterns that were seen. */
function viewFacts(
  plan: Plan,
  states: ReadonlyMap<string, StateRecord | undefined>,
  { dose, view, repeat, split = "all" }: JobAxes,
): Pick<MetricRow, "dose_measured" | "overlap_measured"> {
  const job = plan.jobs.find((one) =>
    one.kind === "view" && one.axes.dose === dose && one.axes.view === view && one.axes.repeat === repeat
  );
  const facts = job ? states.get(job.hash)?.facts : undefined;
  const number = (value: unknown) => typeof value === "number" ? value : null;
  return {
    dose_measured: number(facts?.[`dose_${split}`]),
    overlap_measured: number(facts?.[`overlap_${split}`]),
  };
}

function costOf({ hash, kind, axes }: Job, state: StateRecord | undefined): CostRow[] {
  if (!state || state.attempts.length === 0) return [];
  const sum = (pick: (attempt: StateRecord["attempts"][number]) => number | undefined) => {
    const known = state.attempts.map(pick).filter((value) => value !== undefined);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const peaks = state.attempts.map(({ peakBytes }) => peakBytes ?? 0);
  return [{
    kind,
    method: axes.method ?? null,
    view: axes.view ?? null,
    dose: axes.dose ?? null,
    split: axes.split ?? null,
    repeat: axes.repeat ?? null,
    seconds: sum(({ seconds }) => seconds),
    cpu_seconds: sum(({ cpuSeconds }) => cpuSeconds),
    peak_memory_bytes: Math.max(...peaks) || null,
    attempts: state.attempts.length,
    job: hash,
  }];
}

async function viewsOf(
  dir: string,
  plan: Plan,
  states: ReadonlyMap<string, StateRecord | undefined>,
): Promise<ViewRow[]> {
  const rows: ViewRow[] = [];
  for (const { hash, kind, axes } of plan.jobs) {
    if (kind !== "view" || states.get(hash)?.state !== "success") continue;
    const bundle = await readJson(`${jobPaths(dir, hash).out}/metrics_bundle.json`);
    for (const [split, metrics] of Object.entries(isRecord(bundle) ? bundle : {})) {
      if (!isRecord(metrics)) continue;
      const value = (key: string) => typeof metrics[key] === "number" ? metrics[key] : null;
      const facts = states.get(hash)?.facts ?? {};
      const counts = facts[`dose_${split}`];
      rows.push({
        dose: axes.dose ?? null,
        dose_measured: typeof counts === "number" ? counts : null,
        view: axes.view ?? "",
        split,
        repeat: axes.repeat ?? 0,
        patterns: Number(metrics.n_accepted),
        patterns_total: Number(metrics.n_images_total),
        overlap_measured: Number(metrics.metric_2_image_based_avg),
        overlap_wanted: value("overlap_wanted"),
        overlap_in_groups: value("metric_1_group_based_avg"),
        overlap_of_groups: value("metric_3_group_to_group_avg"),
        strategy: String(metrics.selection_strategy),
        acceptance_bound: Number(metrics.geometry_acceptance_bound),
        histogram: Array.isArray(metrics.overlap_histogram) ? metrics.overlap_histogram.map(Number) : [],
        job: hash,
      });
    }
  }
  return rows;
}
