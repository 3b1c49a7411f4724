/**
 * A comparison as tables, curves and a picture.
 *
 * @module
 */
import { openCsv, writeFileAtomic } from "../host/mod.ts";
import { jsonText } from "../common/mod.ts";
import { type NpzArrays, textArray, writeNpz } from "../formats/mod.ts";

import { writePng } from "../pictures/mod.ts";

import type { RealImage } from "../numeric/mod.ts";
import type { ComparisonEntry, ImageFigures } from "./compare.ts";
import { drawComparison } from "./comparison_picture.ts";
import { type FrcCrossing, halfBitThreshold } from "./frc.ts";

/** Paths of what was written. */
export interface ComparisonFiles {
  readonly metrics: string;
  readonly json: string;
  readonly picture: string;
  readonly curves: string;
  readonly aligned?: string;
}

/** One row of the table: figures by column; what is unknown is undefined. */
export type ComparisonRow = Readonly<Record<string, string | number | undefined>>;

/**
 * Returns the figures of a method under their column names; resolutions are half periods, in pixels and nanometres.
 */
export function comparisonRow({ name, comparison, pixelSizeM, seconds }: ComparisonEntry): ComparisonRow {
  const { amplitude, phase, shift, area, coveredPart, images } = comparison;
  return {
    name,
    ...prefixed("amplitude", amplitude, pixelSizeM),
    ...prefixed("phase", phase, pixelSizeM),
    shift_y_px: shift.dy,
    shift_x_px: shift.dx,
    scale: images.scale,
    phase_offset_rad: images.plane.phase,
    ramp_y_rad_per_px: images.plane.ramp.y,
    ramp_x_rad_per_px: images.plane.ramp.x,
    x_min: area.xMin,
    x_max: area.xMax,
    y_min: area.yMin,
    y_max: area.yMax,
    covered_part: coveredPart,
    pixel_size_m: pixelSizeM,
    seconds,
  };
}

function prefixed(
  name: string,
  figures: ImageFigures,
  pixelSizeM: number | undefined,
): Record<string, number | undefined> {
  const crossings = { frc50: figures.frc50, frc_1_7: figures.frcSeventh, frc_half_bit: figures.frcHalfBit };
  const resolutions = Object.entries(crossings).flatMap(([key, { resolutionPx }]: [string, FrcCrossing]) => [
    [`${name}_${key}_px`, resolutionPx],
    [`${name}_${key}_nm`, pixelSizeM === undefined ? undefined : 1e9 * pixelSizeM * resolutionPx],
  ]);
  return {
    [`${name}_mae`]: figures.mae,
    [`${name}_mse`]: figures.mse,
    [`${name}_psnr_db`]: figures.psnr,
    [`${name}_ssim`]: figures.ssim,
    [`${name}_ssim_own_range`]: figures.ssimOwnRange,
    [`${name}_ms_ssim_iterated`]: figures.msSsimIterated,
    [`${name}_ms_ssim_wang`]: figures.msSsimWang,
    ...Object.fromEntries(resolutions),
  };
}

/**
 * Writes `comparison_metrics.csv` (a row for each method), `comparison.json`, `frc_curves.csv`, `comparison.png`
 * ({@linkcode drawComparison}) and, if asked for, `aligned.npz` with the
 * compared images of each method. `about` goes into the JSON.
 */
export async function writeComparison(
  folder: string,
  entries: readonly ComparisonEntry[],
  { about = {}, aligned = false, halves = false }: {
    readonly about?: Readonly<Record<string, unknown>>;
    readonly aligned?: boolean;
    /** Each method was compared with itself on the other half of the scan. Default false. */
    readonly halves?: boolean;
  } = {},
): Promise<ComparisonFiles> {
  const files = {
    metrics: `${folder}/comparison_metrics.csv`,
    json: `${folder}/comparison.json`,
    picture: `${folder}/comparison.png`,
    curves: `${folder}/frc_curves.csv`,
    ...(aligned ? { aligned: `${folder}/aligned.npz` } : {}),
  };
  const rows = entries.map(comparisonRow);
  const columns = Object.keys(rows[0] ?? {});
  await writeCsv(files.metrics, columns, rows.map((row) => columns.map((column) => row[column])));
  await writeFileAtomic(files.json, jsonText({ ...about, methods: rows }, { indent: 2 }) + "\n");
  await writeCurves(files.curves, entries);
  await writePng(files.picture, await drawComparison(entries, { halves }));
  if (files.aligned) await writeNpz(files.aligned, alignedArrays(entries));
  return files;
}

type Cells = readonly (string | number | undefined)[];

async function writeCsv(path: string, columns: readonly string[], rows: readonly Cells[]): Promise<void> {
  await using csv = await openCsv(path, columns, { kept: rows });
  await csv.close();
}

async function writeCurves(path: string, entries: readonly ComparisonEntry[]): Promise<void> {
  const columns = ["name", "part", "frequency_per_px", "frc", "half_bit", "fourier_pixels"];
  const rows = entries.flatMap(({ name, comparison }) =>
    (["amplitude", "phase"] as const).flatMap((part) => {
      const { frequency, correlation, pixels } = comparison[part].frc;
      return Array.from(frequency, (at, k): Cells => [
        name,
        part,
        at,
        correlation[k],
        halfBitThreshold(pixels[k]),
        pixels[k],
      ]);
    })
  );
  await writeCsv(path, columns, rows);
}

function alignedArrays(entries: readonly ComparisonEntry[]): NpzArrays {
  const image = ({ height, width, data }: RealImage) =>
    ({ dtype: "float64", shape: [height, width], data: Float64Array.from(data) }) as const;
  const arrays: Record<string, NpzArrays[string]> = {
    names: textArray(JSON.stringify(entries.map(({ name }) => name))),
  };
  for (const [k, { comparison: { images } }] of entries.entries()) {
    arrays[`amplitude_${k}`] = image(images.amplitude);
    arrays[`phase_${k}`] = image(images.phase);
    arrays[`reference_amplitude_${k}`] = image(images.referenceAmplitude);
    arrays[`reference_phase_${k}`] = image(images.referencePhase);
  }
  return arrays;
}
