/**
 * Means over repeats, differences between methods, and costs in all.
 *
 * @module
 */
import type { CostRow, Gathered, Metric, MetricRow, Part } from "./gather.ts";

/** A value over the repeats. */
export interface MeanRow {
  readonly dose: number | null;
  readonly view: string;
  readonly method: string;
  readonly split: MetricRow["split"];
  readonly metric: Metric;
  readonly part: Part;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
}

/** The mean of the first method less that of another one. */
export interface DeltaRow {
  readonly dose: number | null;
  readonly view: string;
  readonly split: MetricRow["split"];
  readonly metric: Metric;
  readonly part: Part;
  readonly method: string;
  readonly minus: string;
  readonly delta: number;
}

/** Total cost of the jobs of a method and kind. */
export interface CostTotal {
  readonly kind: CostRow["kind"];
  readonly method: string | null;
  readonly jobs: number;
  readonly seconds: number;
  readonly cpu_seconds: number;
  readonly peak_memory_bytes: number;
}

/** A mean that is lower than was asked for. */
export interface Shortfall {
  readonly metric: Metric;
  readonly part: Part;
  readonly method: string;
  readonly view: string;
  readonly mean: number;
  readonly least: number;
}

/** Everything that a report prints. */
export interface ReportData extends Gathered {
  readonly name: string;
  readonly title: string;
  readonly split: MetricRow["split"];
  readonly methods: readonly { readonly id: string; readonly label: string }[];
  readonly viewNames: readonly string[];
  readonly metrics: readonly Metric[];
  readonly means: readonly MeanRow[];
  readonly deltas: readonly DeltaRow[];
  readonly totals: readonly CostTotal[];
  readonly shortfalls: readonly Shortfall[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Groups in the order in which they come. */
function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

/** Mean, least and largest value over the repeats. */
export function meansOf(rows: readonly MetricRow[]): MeanRow[] {
  const key = ({ dose, view, method, split, metric, part }: MetricRow) =>
    JSON.stringify([dose, view, method, split, metric, part]);
  return groupBy(rows, key).map((group) => {
    const [{ dose, view, method, split, metric, part }] = group;
    const values = group.map(({ value }) => value);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      dose,
      view,
      method,
      split,
      metric,
      part,
      mean,
      min: Math.min(...values),
      max: Math.max(...values),
      n: values.length,
    };
  });
}

/** Returns the first method less each other one, where both have a mean. */
export function deltasOf(means: readonly MeanRow[], methods: readonly string[]): DeltaRow[] {
  const [first, ...others] = methods;
  return means.filter(({ method }) => method === first).flatMap((own) =>
    others.flatMap((minus) => {
      const other = means.find((row) =>
        row.method === minus && row.dose === own.dose && row.view === own.view && row.split === own.split &&
        row.metric === own.metric && row.part === own.part
      );
      if (!other) return [];
      const { dose, view, split, metric, part, method } = own;
      return [{ dose, view, split, metric, part, method, minus, delta: own.mean - other.mean }];
    })
  );
}

/** Returns the costs of all jobs of a kind and method. */
export function totalsOf(costs: readonly CostRow[]): CostTotal[] {
  return groupBy(costs, ({ kind, method }) => JSON.stringify([kind, method])).map((group) => {
    const [{ kind, method }] = group;
    const sum = (pick: (row: CostRow) => number | null) =>
      group.reduce((total, row) => total + (pick(row) ?? 0), 0);
    return {
      kind,
      method,
      jobs: group.length,
      seconds: sum(({ seconds }) => seconds),
      cpu_seconds: sum((row) => row.cpu_seconds),
      peak_memory_bytes: Math.max(...group.map((row) => row.peak_memory_bytes ?? 0)),
    };
  });
}

/** Means over all doses of a split that are under what was asked for. */
export function shortfallsOf(
  means: readonly MeanRow[],
  { least, split }: { readonly least: Readonly<Partial<Record<Metric, number>>>; readonly split: string },
): Shortfall[] {
  const judged = means.filter((row) => row.split === split && least[row.metric] !== undefined);
  return groupBy(judged, ({ metric, part, method, view }) => JSON.stringify([metric, part, method, view]))
    .flatMap((group) => {
      const [{ metric, part, method, view }] = group;
      const mean = group.reduce((sum, row) => sum + row.mean, 0) / group.length;
      const wanted = least[metric] ?? -Infinity;
      return mean < wanted ? [{ metric, part, method, view, mean, least: wanted }] : [];
    });
}
