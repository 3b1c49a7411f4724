/**
 * The misfits of an image's patterns over the scanned area, as a picture.
 *
 * @module
 */
import { misfitMap } from "../../image/mod.ts";
import { writePng } from "../../pictures/mod.ts";
import { median, overNoiseOf, type PatternMisfits } from "./pattern_misfits.ts";
import type { SolutionState } from "../solve.ts";
import { outlyingPlaces } from "./verdict.ts";

/** Writes `misfit.png` into a folder, and returns its path. */
export async function writeMisfitPicture(
  folder: string,
  misfits: PatternMisfits,
  { indices, positionsPx, pixelSizeM }: Pick<SolutionState, "indices" | "positionsPx"> & {
    readonly pixelSizeM?: number;
  },
): Promise<string> {
  const path = `${folder}/misfit.png`, { places } = misfits;
  const misfit = overNoiseOf(misfits);
  const picture = await misfitMap({
    patterns: places.map((place) => indices[place]),
    misfit: Float64Array.from(misfit),
    median: median(misfit),
    outliers: outlyingPlaces(misfit).map((k) => indices[places[k]]),
  }, {
    xcoords: Float64Array.from(places, (place) => positionsPx.x[place]),
    ycoords: Float64Array.from(places, (place) => positionsPx.y[place]),
    ...(pixelSizeM === undefined ? {} : { pixelSizeM }),
  });
  await writePng(path, picture);
  return path;
}
