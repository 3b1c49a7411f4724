/**
 * A scan cut into compact blocks of equal numbers of positions.
 *
 * @module
 */
import type { PositionsPx } from "../../numeric/mod.ts";

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
