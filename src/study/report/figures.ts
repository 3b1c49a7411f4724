/**
 * The figures of a report. The only file of the study that draws.
 *
 * @module
 */
import { isRecord } from "../../common/mod.ts";
import { makeFolder } from "../../host/mod.ts";
import { openNpz, toFloat64 } from "../../formats/mod.ts";
import {
  figure,
  type ImagePanel,
  percentileLimits,
  renderPhase,
  scaleOf,
  writeFigure,
} from "../../pictures/mod.ts";
import { readJson } from "../jobs/results.ts";
import { jobPaths } from "../jobs/state.ts";
import type { RealImage } from "../../numeric/mod.ts";
import { type Metric, type Part, PARTS } from "./gather.ts";
import { METRIC_STYLES, printed } from "./print.ts";
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

interface DrawOptions {
  readonly out: string;
  readonly pictures: boolean;
}

/** Draws everything into `figures/`. */
export async function drawFigures(
  dir: string,
  data: ReportData,
  { out, pictures }: DrawOptions,
): Promise<DrawnFigure[]> {
  await makeFolder(`${out}/figures`);
  const figures: DrawnFigure[] = [];
  for (const metric of data.metrics) {
    for (const part of PARTS) {
      if (!data.means.some((row) => row.metric === metric && row.part === part)) continue;
      figures.push(await drawMetric(data, { metric, part, out }));
    }
  }
  for (const view of pictures ? data.viewNames : []) {
    const drawn = await drawPictures(dir, data, { view, out });
    if (drawn) figures.push(drawn);
  }
  const overlaps = await drawOverlaps(data, out);
  return overlaps ? [...figures, overlaps] : figures;
}

const PANEL = { width: 520, height: 320 };

/** A panel for each view, a line for each method: means, and the repeats as points. */
async function drawMetric(
  data: ReportData,
  { metric, part, out }: { readonly metric: Metric; readonly part: Part; readonly out: string },
): Promise<DrawnFigure> {
  const title = `${METRIC_STYLES[metric].title} of the ${part}`;
  const panels = data.viewNames.map((view) => {
    const series = data.methods.flatMap(({ id, label }) => {
      const of = (row: { view: string; method: string; metric: Metric; part: Part; split: string }) =>
        row.view === view && row.method === id && row.metric === metric && row.part === part &&
        row.split === data.split;
      const means = data.means.filter(of).sort((a, b) => (a.dose ?? 0) - (b.dose ?? 0));
      return [{
        name: label,
        x: means.map(({ dose }) => Math.log10(dose ?? 1)),
        y: means.map(({ mean }) => mean),
        dots: true,
      }];
    });
    return { ...PANEL, series, title: view, xLabel: "log₁₀ photons per pattern", yLabel: title };
  });
  return await write(await figure(panels, { title }), {
    out,
    name: `${metric}_${part}`,
    caption: `${title} against dose, ${data.split} half, mean over the repeats; one panel for each view`,
  });
}

/** Phases of a view on one scale: a row for each dose, a column for each method, the reference first. */
async function drawPictures(
  dir: string,
  data: ReportData,
  { view, out }: { readonly view: string; readonly out: string },
): Promise<DrawnFigure | undefined> {
  const here = data.rows.filter((row) => row.view === view && row.split === data.split && row.repeat === 0);
  const doses = [...new Map(here.map(({ dose, job }) => [job, dose]))].sort(([, a], [, b]) =>
    (a ?? 0) - (b ?? 0)
  );
  if (doses.length === 0) return undefined;
  const rows = [];
  for (const [job, dose] of doses) rows.push({ dose, images: await phasesOf(`${jobPaths(dir, job).out}`) });
  const limits = percentileLimits(rows[0].images.reference, {});
  const show = (image: RealImage, title: string): ImagePanel => ({
    image: renderPhase(image, { limits }),
    title,
    label: "phase (rad)",
    scale: scaleOf(undefined),
  });
  const panels = rows.flatMap(({ dose, images }) => [
    show(images.reference, `truth${dose === null ? "" : `, ${printed(dose, "dose")}`}`),
    ...data.methods.map(({ id, label }) => {
      const image = images.methods.get(id);
      return image ? show(image, label) : undefined;
    }),
  ]);
  const svg = await figure(panels, { title: `Phases of the ${view} view`, columns: data.methods.length + 1 });
  return await write(svg, {
    out,
    name: `phase_${view}`,
    caption:
      `Phases of the ${view} view on one scale, ${data.split} half; a row for each dose, a gap where an image is missing`,
  });
}

async function phasesOf(out: string): Promise<{ reference: RealImage; methods: Map<string, RealImage> }> {
  const table = await readJson(`${out}/comparison.json`);
  const names = isRecord(table) && Array.isArray(table.methods)
    ? table.methods.filter(isRecord).map(({ name }) => String(name))
    : [];
  await using npz = await openNpz(`${out}/aligned.npz`);
  const image = async (key: string): Promise<RealImage> => {
    const array = await npz.readArray(key);
    const [height, width] = array.shape;
    return { height, width, data: Float64Array.from(toFloat64(array)) };
  };
  const methods = new Map<string, RealImage>();
  for (const [k, name] of names.entries()) methods.set(name, await image(`phase_${k}`));
  return { reference: await image("reference_phase_0"), methods };
}

/** How the overlap with the nearest neighbours is spread over the patterns of each view. */
async function drawOverlaps(
  { views, viewNames, split }: ReportData,
  out: string,
): Promise<DrawnFigure | undefined> {
  const shown = viewNames.flatMap((view) => {
    const row = views.find((one) => one.view === view && one.split === split && one.histogram.length > 0);
    return row
      ? [{ name: view, x: row.histogram.map((_, k) => (k + 0.5) / row.histogram.length), y: row.histogram }]
      : [];
  });
  if (shown.length === 0) return undefined;
  const panel = {
    ...PANEL,
    series: shown,
    xLabel: "overlap with the nearest neighbours",
    yLabel: "part of the patterns",
  };
  return await write(await figure([panel], { title: "Overlap of the patterns" }), {
    out,
    name: "overlap",
    caption: "Overlap of each pattern with its nearest neighbours",
  });
}

async function write(
  svg: string,
  { out, name, caption }: { readonly out: string; readonly name: string; readonly caption: string },
): Promise<DrawnFigure> {
  const path = `figures/${name}.png`;
  const bytes = await writeFigure(`${out}/${path}`, svg);
  return { path, caption, type: "image/png", bytes };
}
