/**
 * The files of the quality of an image: figures and a map.
 *
 * @module
 */
import { writeFileAtomic } from "../../host/mod.ts";
import { writePng } from "../../pictures/mod.ts";
import { misfitMap, type MisfitPlaces } from "../../image/mod.ts";
import { OUTLIER_Z, type Quality } from "./quality.ts";

/** Paths of what was written. */
export interface QualityFiles {
  /** `quality.json`: misfit and robust z-score of every pattern. */
  readonly quality: string;
  /** `misfit.png`: the misfit over the scanned area. */
  readonly misfit: string;
}

/** Outliers that a summary names. */
const NAMED = 20;

/** Writes `quality.json` and `misfit.png` into a folder; positions are those of the patterns of `quality`. */
export async function writeQuality(
  folder: string,
  { quality, ...at }: MisfitPlaces & { readonly quality: Quality },
): Promise<QualityFiles> {
  const paths = { quality: `${folder}/quality.json`, misfit: `${folder}/misfit.png` };
  const rounded = (values: Float64Array) => Array.from(values, (value) => Number(value.toPrecision(6)));
  const { patterns, misfit, z } = quality;
  const content = {
    ...qualitySummary(quality),
    pattern: Array.from(patterns),
    misfit: rounded(misfit),
    z: rounded(z),
  };
  await writeFileAtomic(paths.quality, JSON.stringify(content) + "\n");
  await writePng(paths.misfit, await misfitMap(quality, at));
  return paths;
}

/** Summarises the quality for `--json`. */
export function qualitySummary({ mean, median, outliers, outlierFraction }: Quality) {
  return {
    misfit_mean: mean,
    misfit_median: median,
    outlier_z: OUTLIER_Z,
    outliers: outliers.length,
    outlier_fraction: outlierFraction,
    outlier_patterns: Array.from(outliers.subarray(0, NAMED)),
  };
}

/** One line: `misfit 1.2 times photon noise (median), 3 of 516 patterns are outliers`. */
export function qualityText({ median, outliers, patterns }: Quality): string {
  return `misfit ${median.toPrecision(3)} times photon noise (median), ` +
    `${outliers.length} of ${patterns.length} patterns are outliers`;
}
