/**
 * The misfit of every pattern as a picture of the scanned area.
 *
 * @module
 */
import Flatbush from "../deps/flatbush.ts";
import { figure, renderValues, scaleOf } from "../pictures/mod.ts";

/** Points of the map along its longer side. */
const POINTS = 240;

/** Positions of the patterns in object pixels, and the side of such a pixel in metres where it is known. */
export interface MisfitPlaces {
  readonly xcoords: ArrayLike<number>;
  readonly ycoords: ArrayLike<number>;
  readonly pixelSizeM?: number;
}

/** Misfits of patterns over that of photon noise. */
export interface PatternMisfit {
  /** Numbers of the patterns. */
  readonly patterns: ArrayLike<number>;
  readonly misfit: Float64Array;
  readonly median: number;
  /** Numbers of those that fit far worse than the others. */
  readonly outliers: Iterable<number> & { readonly length: number };
}

/**
 * Draws the misfits over the scanned area as SVG: each point of the map shows the nearest pattern; what is far from all
 * stays grey. Outliers are marked.
 */
export function misfitMap(
  { patterns, misfit, median, outliers }: PatternMisfit,
  { xcoords, ycoords, pixelSizeM }: MisfitPlaces,
): Promise<string> {
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
  const far = new Set(outliers);
  const marked = [...misfit.keys()].filter((i) => far.has(patterns[i]));
  const marks = {
    x: marked.map((i) => (xcoords[i] - left + margin) / point - 0.5),
    y: marked.map((i) => (ycoords[i] - top + margin) / point - 0.5),
  };
  const image = renderValues({ width, height, data });
  const panel = { image, label: "misfit / photon noise", scale: scaleOf(pixelSizeM, point), marks };
  return figure([panel], {
    title: "Misfit of the patterns",
    side: 480,
    notes: [
      `1 is photon noise alone. Median ${
        median.toPrecision(3)
      }; ${outliers.length} of ${n} patterns are outliers` +
      (outliers.length > 0 ? " (dots)." : "."),
    ],
  });
}

function rangeOf(values: ArrayLike<number>): [number, number] {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}
