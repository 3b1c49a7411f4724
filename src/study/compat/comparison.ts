/**
 * Tables of the comparison under established names: three arms, phase and amplitude beside each other.
 *
 * @module
 */
import type { Job, Plan } from "../plan/job.ts";
import type { DeltaRow, ReportData } from "../report/tables.ts";
import type { MetricRow } from "../report/gather.ts";
import type { JobRow } from "../run/summary.ts";

/** Plan, comparisons and results of a study. */
interface Jobs {
  readonly plan: Plan;
  readonly compares: readonly Job[];
  readonly rows: ReadonlyMap<string, JobRow>;
}

/** Returns a table for each comparison, the summary, and the differences. */
export function comparisonFiles(data: ReportData, { plan, compares, rows }: Jobs) {
  const arms = armsOf(plan);
  const states = compares.flatMap((job) => rows.get(job.hash)?.state ?? []);
  const n_success = states.filter((state) => state === "success").length;
  return {
    tables: compares.map((job) => ({
      name: tableName(job),
      csv: tableOf(data.rows.filter((row) => row.job === job.hash), arms),
    })),
    summary: {
      n_jobs: compares.length,
      n_success,
      n_failed: states.filter((state) => state === "failed").length,
      jobs: compares.map((job) => ({
        dose: job.axes.dose ?? null,
        view: job.axes.view ?? "",
        split: job.axes.split ?? "all",
        metrics: data.rows.filter((row) => row.job === job.hash).map(({ method, metric, part, value }) => ({
          model: nameOf(arms, method),
          metric,
          part,
          value,
        })),
      })),
      aggregate_metrics: Object.fromEntries(
        [...arms].map((
          [method, name],
        ) => [name, aggregateOf(data.rows.filter((row) => row.method === method))]),
      ),
    },
    deltas: { deltas: deltasOf(data.deltas, arms) },
  };
}

/** The first method of each kind has the established name; further ones keep their own. */
function armsOf({ jobs }: Plan): Map<string, string> {
  const arms = new Map<string, string>();
  const taken = new Set<string>();
  for (const { kind, axes: { method }, args } of jobs) {
    if (method === undefined || arms.has(method)) continue;
    const supervised = args.includes("--model-type=supervised") || args.includes("--mode=supervised");
    const name = kind === "train"
      ? supervised ? "Baseline" : "PtychoPINN"
      : kind === "infer"
      ? undefined
      : "PtyChi";
    if (name === undefined) continue;
    arms.set(method, taken.has(name) ? method : name);
    taken.add(name);
  }
  return arms;
}

function nameOf(arms: ReadonlyMap<string, string>, method: string): string {
  return arms.get(method) ?? method;
}

const tableName = ({ axes: { dose, view, split, repeat } }: Job) =>
  `comparison_metrics_dose${dose ?? ""}_${view}_${split}${repeat ? `_repeat${repeat}` : ""}.csv`;

function tableOf(rows: readonly MetricRow[], arms: ReadonlyMap<string, string>): string {
  const lines = rows.filter(({ part }) => part === "amplitude").map((amplitude) => {
    const { method, metric } = amplitude;
    const phase = rows.find((row) => row.method === method && row.metric === metric && row.part === "phase");
    return [nameOf(arms, method), metric, amplitude.value, phase?.value ?? "", ""].join(",");
  });
  return ["model,metric,amplitude,phase,value", ...lines].join("\n") + "\n";
}

function aggregateOf(
  rows: readonly MetricRow[],
): Record<string, Readonly<Record<string, number | undefined>>> {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  return Object.fromEntries(metrics.map((metric) => {
    const values = (part: string) =>
      rows.filter((row) => row.metric === metric && row.part === part).map(({ value }) => value);
    const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    const [amplitude, phase] = [values("amplitude"), values("phase")];
    const best = metric === "ms_ssim" && amplitude.length > 0 && phase.length > 0
      ? { best_amplitude: Math.max(...amplitude), best_phase: Math.max(...phase) }
      : {};
    return [metric, {
      ...(amplitude.length > 0 ? { mean_amplitude: mean(amplitude) } : {}),
      ...(phase.length > 0 ? { mean_phase: mean(phase) } : {}),
      ...best,
    }];
  }));
}

/** `vs_NAME: { metric: { phase, amplitude } }`, means over doses, views and halves. */
function deltasOf(rows: readonly DeltaRow[], arms: ReadonlyMap<string, string>) {
  const out: Record<string, Record<string, Record<string, number>>> = {};
  for (const minus of new Set(rows.map((row) => row.minus))) {
    for (const metric of ["ms_ssim", "mae"] as const) {
      for (const part of ["phase", "amplitude"] as const) {
        const values = rows.filter((row) => row.minus === minus && row.metric === metric && row.part === part)
          .map(({ delta }) => delta);
        if (values.length === 0) continue;
        const arm = out[`vs_${nameOf(arms, minus)}`] ??= {};
        (arm[metric] ??= {})[part] = values.reduce((sum, value) => sum + value, 0) / values.length;
      }
    }
  }
  return out;
}
