/**
 * Partitions of a scan: compact blocks, and two halves that cover the same area.
 *
 * @module
 */
import { OptionError } from "../../common/mod.ts";
import { nearestNeighbours, type PositionsPx } from "../../numeric/mod.ts";

/**
 * The block, 0 to `blocks` - 1, of each position among `indices`; -1 for the others. Positions are halved along the longer
 * side again and again (a k-d tree), so that blocks touch along short borders. Depends on nothing but the positions.
 */
export function blocksOf(
  positions: PositionsPx,
  { blocks, indices }: { readonly blocks: number; readonly indices: Int32Array },
): Int32Array {
  const block = new Int32Array(positions.x.length).fill(-1);
  const cut = (members: Int32Array, first: number, count: number): void => {
    if (count === 1) {
      for (const member of members) block[member] = first;
      return;
    }
    const along = spanOf(positions.x, members) >= spanOf(positions.y, members) ? positions.x : positions.y;
    const sorted = members.slice().sort((a, b) => along[a] - along[b] || a - b);
    const half = count >> 1, place = Math.round(sorted.length * half / count);
    cut(sorted.subarray(0, place), first, half);
    cut(sorted.subarray(place), first + half, count - half);
  };
  cut(indices, 0, blocks);
  return block;
}

function spanOf(values: Float64Array, members: Int32Array): number {
  let low = Infinity, high = -Infinity;
  for (const member of members) {
    low = Math.min(low, values[member]);
    high = Math.max(high, values[member]);
  }
  return high - low;
}

/**
 * Returns the positions on the black and on the white fields of a checkerboard whose fields are one step of the scan
 * wide (the median distance to the nearest neighbour), ascending. Every region of the object is so seen by both, by
 * other patterns. Throws `OptionError` for fewer than 8 positions.
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

/**
 * Returns the half of small y and the half of large y, each in the order of the scan; ties go by that order, and the
 * first half takes the one in the middle.
 */
export function splitHalves(y: ArrayLike<number>): { readonly train: Int32Array; readonly test: Int32Array } {
  const byY = Int32Array.from(y, (_, i) => i).sort((a, b) => y[a] - y[b] || a - b);
  const half = Math.ceil(byY.length / 2);
  return { train: byY.slice(0, half).sort(), test: byY.slice(half).sort() };
}
