/**
 * The misfit of every pattern as a picture of the scanned area.
 *
 * @module
 */
import Flatbush from "../../deps/flatbush.ts";
import { type Raster, renderAmplitude, sideBySide } from "../../pictures/mod.ts";

import type { Quality } from "./quality.ts";

/** Points of the map along its longer side. */
const POINTS = 240;

/** Positions and misfits: each point of the map shows the nearest pattern; what is far from all stays grey. */
export function misfitMap(
  { misfit, median, outliers }: Quality,
  { xcoords, ycoords }: { readonly xcoords: ArrayLike<number>; readonly ycoords: ArrayLike<number> },
): Raster {
  const n = misfit.length;
  const [left, right] = rangeOf(xcoords), [top, bottom] = rangeOf(ycoords);
  const spacing = Math.sqrt(Math.max((right - left) * (bottom - top), 1) / n) || 1;
  const margin = spacing / 2;
  const point = Math.max((right - left + 2 * margin) / POINTS, (bottom - top + 2 * margin) / POINTS);
  const width = Math.ceil((right - left + 2 * margin) / point);
  const height = Math.ceil((bottom - top + 2 * margin) / point);
  const index = new Flatbush(n);
  for (let i = 0; i < n; i++) index.add(xcoords[i], ycoords[i], xcoords[i], ycoords[i]);
  index.finish();
  const data = Float64Array.from({ length: width * height }, (_, i) => {
    const x = left - margin + (i % width + 0.5) * point;
    const y = top - margin + (Math.floor(i / width) + 0.5) * point;
    const [nearest] = index.neighbors(x, y, 1, 2 * spacing);
    return nearest === undefined ? NaN : misfit[nearest];
  });
  const image = renderAmplitude({ width, height, data });
  const caption = `median ${median.toPrecision(3)}, ${outliers.length} outliers`;
  return sideBySide([{ image, caption }], { title: "misfit, 1 is noise", zoom: 2 });
}

function rangeOf(values: ArrayLike<number>): [number, number] {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}
