/**
 * The reconstructions of a view as pictures: a row for each dose, a column for each method.
 *
 * @module
 */
import { isRecord } from "../../common/mod.ts";
import { openNpz, toFloat64 } from "../../formats/mod.ts";
import type { RealImage } from "../../numeric/mod.ts";
import { figure, type ImagePanel, percentileLimits, renderPhase, scaleOf } from "../../pictures/mod.ts";
import { readJson } from "../jobs/results.ts";
import { jobPaths } from "../jobs/state.ts";
import { printed } from "./print.ts";
import type { ReportData } from "./tables.ts";

/** Returns phases of a view on one scale, the reference first; undefined where nothing was compared. */
export async function phaseGrid(dir: string, data: ReportData, view: string): Promise<string | undefined> {
  const here = data.rows.filter((row) => row.view === view && row.split === data.split && row.repeat === 0);
  const doses = [...new Map(here.map(({ dose, job }) => [job, dose]))].sort(([, a], [, b]) =>
    (a ?? 0) - (b ?? 0)
  );
  if (doses.length === 0) return undefined;
  const rows = [];
  for (const [job, dose] of doses) rows.push({ dose, images: await phasesOf(jobPaths(dir, job).out) });
  const limits = percentileLimits(rows[0].images.reference, {});
  // one scale for all: length beside the truth, phase beside the last image of a row
  const show = (image: RealImage, title: string, place: "first" | "last" | "between"): ImagePanel => ({
    image: renderPhase(image, { limits }),
    title,
    colourBar: place === "last",
    label: "phase (rad)",
    ...(place === "first" ? { scale: scaleOf(undefined) } : {}),
  });
  const panels = rows.flatMap(({ dose, images }) => {
    const shown = data.methods.filter(({ id }) => images.methods.has(id));
    return [
      show(images.reference, dose === null ? "truth" : `truth; ${printed(dose, "dose")} photons`, "first"),
      ...data.methods.map(({ id, label }) => {
        const image = images.methods.get(id);
        return image ? show(image, label, id === shown.at(-1)?.id ? "last" : "between") : undefined;
      }),
    ];
  });
  const columns = data.methods.length + 1;
  return await figure(panels, {
    title: `Phases of the ${view} view, ${data.split} half`,
    columns,
    side: 230,
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
