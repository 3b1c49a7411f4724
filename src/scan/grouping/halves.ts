/**
 * Two halves of a scan that cover the same area.
 *
 * @module
 */
import { OptionError } from "../../common/mod.ts";
import { nearestNeighbours, type PositionsPx } from "../../numeric/mod.ts";

/**
 * The positions on the black and on the white fields of a checkerboard whose fields are one step of the scan wide (the
 * median distance to the nearest neighbour), ascending. Every region of the object is so seen by both, by other patterns.
 * Throws `OptionError` for fewer than 8 positions.
 */
export function checkerboardHalves(positions: PositionsPx): readonly [Int32Array, Int32Array] {
  const { x, y } = positions;
  const n = x.length;
  if (n < 8) {
    throw new OptionError({
      option: "halves",
      found: `${n} positions`,
      expected: "at least 8, so that each half overlaps",
      remedy: "compare with a reference instead",
    });
  }
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const nearest = nearestNeighbours(positions, all, { count: 2 });
  const steps = Float64Array.from(
    all,
    (i) => Math.hypot(x[nearest[2 * i + 1]] - x[i], y[nearest[2 * i + 1]] - y[i]),
  )
    .sort();
  const step = steps[n >> 1] || 1;
  const lowest = (values: Float64Array) => values.reduce((low, value) => Math.min(low, value), Infinity);
  const [left, top] = [lowest(x), lowest(y)];
  const parity = (i: number) => (Math.round((x[i] - left) / step) + Math.round((y[i] - top) / step)) & 1;
  return [all.filter((i) => parity(i) === 0), all.filter((i) => parity(i) === 1)];
}
