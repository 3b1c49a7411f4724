/**
 * Subsets of the patterns that each cover the whole scan.
 *
 * @module
 */
import type { PositionsPx, Random } from "../../numeric/mod.ts";

/** Cells that a nearest member is looked for in, on each side; farther away is far enough. */
const REACH = 4;
/** Part of a cell that a subset of the average size counts as nearer, so that sizes stay close. */
const SIZE_PENALTY = 0.5;

/**
 * Puts the patterns, in random order, each into the subset whose nearest member is farthest away, with a penalty for
 * subsets that are larger than the others. Time grows with the number of patterns, not with its square.
 */
export function coveringSubsets(
  { x, y }: PositionsPx,
  { count, random }: { readonly count: number; readonly random: Random },
): Int32Array[] {
  const n = x.length;
  const grid = gridOf({ x, y });
  const subsets = Array.from(
    { length: count },
    () => ({ members: [] as number[], cells: new Map<number, number[]>() }),
  );
  for (const i of random.shuffle(Int32Array.from({ length: n }, (_, k) => k))) {
    let [best, most] = [subsets[0], -Infinity];
    const mean = subsets.reduce((sum, { members }) => sum + members.length, 0) / count;
    for (const subset of subsets) {
      const free = nearest(subset.cells, i, { x, y, grid });
      const merit = free / grid.cell - SIZE_PENALTY * (subset.members.length - mean);
      if (merit > most) [best, most] = [subset, merit];
    }
    best.members.push(i);
    const cell = grid.row(y[i]) * grid.columns + grid.column(x[i]);
    const there = best.cells.get(cell);
    if (there) there.push(i);
    else best.cells.set(cell, [i]);
  }
  return subsets.map(({ members }) => Int32Array.from(members)).filter(({ length }) => length > 0);
}

interface Grid {
  readonly cell: number;
  readonly columns: number;
  column(x: number): number;
  row(y: number): number;
}

/** Square cells with two patterns each on average. */
function gridOf({ x, y }: PositionsPx): Grid {
  const least = (values: Float64Array) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const [left, top] = [least(x), least(y)];
  const [width, height] = [most(x) - left, most(y) - top];
  const longest = Math.max(width, height, 1e-9);
  // a scan along a line has no area: its cells are as long as two of its steps
  const cell = Math.max(Math.sqrt(2 * width * height / x.length), 2 * longest / x.length);
  return {
    cell,
    columns: Math.floor(width / cell) + 1,
    column: (value) => Math.floor((value - left) / cell),
    row: (value) => Math.floor((value - top) / cell),
  };
}

/** Distance of pattern i from the nearest member, at most that to the border of what is looked at. */
function nearest(
  cells: ReadonlyMap<number, readonly number[]>,
  i: number,
  { x, y, grid }: PositionsPx & { readonly grid: Grid },
): number {
  const [row, column] = [grid.row(y[i]), grid.column(x[i])];
  let least = REACH * grid.cell;
  for (let ring = 0; ring <= REACH && (ring - 1) * grid.cell < least; ring++) {
    for (let r = row - ring; r <= row + ring; r++) {
      const inner = Math.abs(r - row) < ring;
      for (let c = column - ring; c <= column + ring; c += inner ? Math.max(1, 2 * ring) : 1) {
        if (c < 0 || c >= grid.columns) continue;
        for (const other of cells.get(r * grid.columns + c) ?? []) {
          least = Math.min(least, Math.hypot(x[other] - x[i], y[other] - y[i]));
        }
      }
    }
  }
  return least;
}
