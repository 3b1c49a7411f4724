/**
 * The figures of a report: metrics and costs against dose, overlaps, and the reconstructions.
 *
 * @module
 */
import { makeFolder } from "../../host/mod.ts";
import { type CurvePanel, figure, type Series, writeFigure } from "../../pictures/mod.ts";
import type { CostRow, Metric, Part } from "./gather.ts";
import { PARTS } from "./gather.ts";
import { phaseGrid } from "./picture_grid.ts";
import { METRIC_STYLES } from "./print.ts";
import type { ReportData } from "./tables.ts";

/** A figure of the page. */
export interface Figure {
  /** Relative to the report's folder. */
  readonly path: string;
  readonly caption: string;
}

/** A figure with its bytes, for the page. */
export interface DrawnFigure extends Figure {
  /** Media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Draws everything into `figures/`, each figure as SVG and as PNG; the smaller of both is the one of the page. */
export async function drawFigures(
  dir: string,
  data: ReportData,
  { out, pictures }: { readonly out: string; readonly pictures: boolean },
): Promise<DrawnFigure[]> {
  await makeFolder(`${out}/figures`);
  const figures: DrawnFigure[] = [];
  const add = async (name: string, svg: string | undefined, caption: string) => {
    if (svg !== undefined) figures.push(await write(`${out}/figures/${name}`, { name, svg, caption }));
  };
  const half = data.split === "all" ? "whole scans" : `${data.split} half`;
  for (const metric of data.metrics) {
    for (const part of PARTS) {
      await add(
        `${metric}_${part}`,
        await metricFigure(data, metric, part),
        `${
          METRIC_STYLES[metric].title
        } of the ${part} against dose, ${half}: mean, least and largest of the repeats, which are the circles`,
      );
    }
  }
  for (const view of pictures ? data.viewNames : []) {
    await add(
      `phase_${view}`,
      await phaseGrid(dir, data, view),
      `Phases of the ${view} view on one scale, ${half}, first repeat: a row for each dose, a gap where an image is missing`,
    );
  }
  await add("overlap", await overlapFigure(data), "Overlap of each pattern with its nearest neighbours");
  await add(
    "cost",
    await costFigure(data),
    "Processor seconds and peak memory of the jobs against dose, all views and halves together",
  );
  return figures;
}

const PANEL = { width: 520, height: 320, logX: true, xLabel: "photons per pattern" } as const;
/** Methods stand beside each other by this factor on the axis of dose, so that their bars do not cover each other. */
const BESIDE = 1.06;

/** Values of one method at one dose. */
interface Spot {
  readonly dose: number;
  readonly values: readonly number[];
}

/** Mean, spread and values of a method; `place` is its number among `of`. */
function seriesOf(
  name: string,
  spots: readonly Spot[],
  { place, of }: { place: number; of: number },
): Series {
  const beside = BESIDE ** (place - (of - 1) / 2);
  const sorted = spots.toSorted((a, b) => a.dose - b.dose);
  const repeated = sorted.some(({ values }) => values.length > 1);
  const x = sorted.map(({ dose }) => dose * beside);
  const spread = repeated
    ? {
      low: sorted.map(({ values }) => Math.min(...values)),
      high: sorted.map(({ values }) => Math.max(...values)),
      points: {
        x: sorted.flatMap(({ values }, i) => values.map(() => x[i])),
        y: sorted.flatMap(({ values }) => values),
      },
    }
    : {};
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // every method keeps its colour; one without values stays out of the legend
  return {
    name: sorted.length > 0 ? name : "",
    x,
    y: sorted.map(({ values }) => mean(values)),
    dots: true,
    ...spread,
  };
}

/** Values by dose; those of a measured scan stand at the dose that it has. */
function spotsOf<Row extends { readonly dose: number | null }>(
  { rows: all }: ReportData,
  rows: readonly Row[],
  valueOf: (row: Row) => number | null,
): Spot[] {
  const measured = all.find(({ dose_measured: dose }) => dose !== null)?.dose_measured ?? 1;
  const byDose = new Map<number, number[]>();
  for (const row of rows) {
    const value = valueOf(row);
    const dose = row.dose ?? measured;
    if (value !== null) byDose.set(dose, [...byDose.get(dose) ?? [], value]);
  }
  return [...byDose].map(([dose, values]) => ({ dose, values }));
}

/** A panel for each view, a line for each method. */
async function metricFigure(data: ReportData, metric: Metric, part: Part): Promise<string | undefined> {
  const { title } = METRIC_STYLES[metric];
  const rows = data.rows.filter((row) =>
    row.metric === metric && row.part === part && row.split === data.split
  );
  const panels = data.viewNames.map((view): CurvePanel => ({
    ...PANEL,
    title: `${view} view`,
    yLabel: title,
    series: data.methods.map(({ id, label }, place) => {
      const own = rows.filter((row) => row.view === view && row.method === id);
      return seriesOf(label, spotsOf(data, own, ({ value }) => value), { place, of: data.methods.length });
    }),
  }));
  const filled = panels.filter(isFilled);
  if (filled.length === 0) return undefined;
  const empty = data.viewNames.filter((_, k) => !isFilled(panels[k]));
  const notes = empty.length === 0
    ? []
    : [`No value in the view ${empty.join(", ")}: the table of what is missing says why.`];
  // views are compared by eye: they have one scale
  const values = rows.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.05 * (high - low) || 0.05 * Math.abs(high) || 0.5;
  const yLimits = [low - room, high + room] as const;
  const options = { title: `${title} of the ${part}`, notes };
  return await figure(filled.map((panel) => ({ ...panel, yLimits })), options);
}

function isFilled({ series }: CurvePanel): boolean {
  return series.some(({ x }) => x.length > 0);
}

/** How the overlap with the nearest neighbours is spread over the patterns of each view. */
async function overlapFigure({ views, viewNames, split }: ReportData): Promise<string | undefined> {
  const series = viewNames.flatMap((view) => {
    const row = views.find((one) => one.view === view && one.split === split && one.histogram.length > 0);
    const middle = (k: number, of: number) => (k + 0.5) / of;
    return row
      ? [{ name: view, x: row.histogram.map((_, k, all) => middle(k, all.length)), y: row.histogram }]
      : [];
  });
  if (series.length === 0) return undefined;
  const labels = { xLabel: "overlap with the nearest neighbours", yLabel: "part of the patterns" };
  return await figure([{ width: PANEL.width, height: PANEL.height, series, ...labels }], {
    title: "Overlap of the patterns",
  });
}

/** Jobs that make an image, and those that make a network. */
const COSTS = [
  { title: "Trainings", kinds: ["train"], label: "processor seconds", valueOf: cpuSeconds, log: true },
  {
    title: "Jobs that make an image",
    kinds: ["infer", "reconstruct", "command"],
    label: "processor seconds",
    valueOf: cpuSeconds,
    log: true,
  },
  {
    title: "Memory",
    kinds: ["train", "infer", "reconstruct", "command"],
    label: "peak memory (MB)",
    valueOf: ({ peak_memory_bytes: bytes }: CostRow) => bytes === null ? null : bytes / 1e6,
    log: false,
  },
] as const;

function cpuSeconds({ cpu_seconds }: CostRow): number | null {
  return cpu_seconds;
}

async function costFigure(data: ReportData): Promise<string | undefined> {
  const { costs, methods } = data;
  const panels = COSTS.map(({ title, kinds, label, valueOf, log }): CurvePanel => {
    const wanted: readonly string[] = kinds;
    const series = methods.map(({ id, label: name }, place) => {
      const rows = costs.filter(({ kind, method }) => method === id && wanted.includes(kind));
      // every method keeps its colour; without jobs it stays out of the legend
      return seriesOf(rows.length > 0 ? name : "", spotsOf(data, rows, valueOf), {
        place,
        of: methods.length,
      });
    });
    const largest = Math.max(0, ...series.flatMap(({ high, y }) => Array.from(high ?? y)));
    const scale = log ? { logY: true } : { yLimits: [0, 1.05 * largest || 1] as const };
    return { ...PANEL, width: 400, height: 280, title, yLabel: label, series, ...scale };
  });
  const filled = panels.filter(({ series }) => series.some(({ x }) => x.length > 0));
  return filled.length === 0 ? undefined : await figure(filled, { title: "Cost of a job" });
}

async function write(
  stem: string,
  { name, svg, caption }: { readonly name: string; readonly svg: string; readonly caption: string },
): Promise<DrawnFigure> {
  const png = await writeFigure(`${stem}.png`, svg);
  const text = new TextEncoder().encode(svg);
  return text.length < png.length
    ? { path: `figures/${name}.svg`, caption, type: "image/svg+xml", bytes: text }
    : { path: `figures/${name}.png`, caption, type: "image/png", bytes: png };
}
