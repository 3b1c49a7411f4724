/**
 * The part of a canvas on which images are compared.
 *
 * @module
 */
import type { Box, PlacedImage } from "../numeric/mod.ts";

/** A box in the frame of the scan, in whole object pixels; both ends belong to it. */
export interface Area {
  readonly xMin: number;
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
}

/** Returns the scanned area: all pixels between the smallest and the largest scan position. */
export function scannedArea(
  { xcoords, ycoords }: { readonly xcoords: ArrayLike<number>; readonly ycoords: ArrayLike<number> },
): Area {
  const x = Float64Array.from(xcoords), y = Float64Array.from(ycoords);
  if (x.length === 0 || y.length === 0) {
    throw new RangeError("there are no scan positions, so there is no scanned area");
  }
  const ends = (v: Float64Array) =>
    v.reduce(([lo, hi], p) => [Math.min(lo, p), Math.max(hi, p)], [Infinity, -Infinity]);
  const [xLow, xHigh] = ends(x), [yLow, yHigh] = ends(y);
  return { xMin: Math.ceil(xLow), xMax: Math.floor(xHigh), yMin: Math.ceil(yLow), yMax: Math.floor(yHigh) };
}

/** Returns the area as far as all images have it. Throws `RangeError` if nothing is left. */
export function commonArea(images: readonly PlacedImage[], area?: Area): Area {
  const areas = images.map(({ x0, y0, height, width }) => (
    { xMin: x0, yMin: y0, xMax: x0 + width - 1, yMax: y0 + height - 1 }
  ));
  if (area) areas.push(area);
  const common = {
    xMin: Math.max(...areas.map((a) => a.xMin)),
    yMin: Math.max(...areas.map((a) => a.yMin)),
    xMax: Math.min(...areas.map((a) => a.xMax)),
    yMax: Math.min(...areas.map((a) => a.yMax)),
  };
  if (common.xMax < common.xMin || common.yMax < common.yMin) {
    const list = areas.map((a) => `x ${a.xMin}..${a.xMax}, y ${a.yMin}..${a.yMax}`).join("; ");
    throw new RangeError(`the images have no area in common: ${list}`);
  }
  return common;
}

/** Returns an area as a box of an image's own pixels. */
export function boxOf(area: Area, image: PlacedImage): Box {
  return {
    row: area.yMin - image.y0,
    column: area.xMin - image.x0,
    height: area.yMax - area.yMin + 1,
    width: area.xMax - area.xMin + 1,
  };
}

/** 1 where the weight is at least `minWeight` (default 0.1) of its largest, else 0. */
export function wellCovered(
  weight: ArrayLike<number>,
  { minWeight = 0.1 }: { readonly minWeight?: number } = {},
): Uint8Array {
  let max = 0;
  for (let i = 0; i < weight.length; i++) if (weight[i] > max) max = weight[i];
  return Uint8Array.from(weight, (w) => w > 0 && w >= minWeight * max ? 1 : 0);
}
