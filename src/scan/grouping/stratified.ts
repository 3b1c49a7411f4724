/**
 * A few positions that stand for a whole scan.
 *
 * @module
 */
import { OptionError } from "../../common/mod.ts";
import { type PositionsPx, Random } from "../../numeric/mod.ts";

/** Options of {@linkcode stratifiedSample}. */
export interface StratifiedOptions {
  /** Number of positions. */
  readonly subsetSize: number;
  /** Seed of the choice within the cells. Default 0. */
  readonly seed?: number;
}

/** Coverage of a scan by the chosen positions, 0 to 1. */
export interface Coverage {
  /** Extent of the chosen positions over that of all, along x and y. */
  readonly x: number;
  readonly y: number;
  /** Area of the bounding box of the chosen positions over that of all: the product of x and y. */
  readonly boundingBox: number;
  /** Cells of the grid with a chosen position over those with any position. */
  readonly cells: number;
}

/** A sample of a scan. */
export interface StratifiedSample {
  /** Ascending. */
  readonly indices: Int32Array;
  /** The cells: the bounding box of all positions, cut into equal parts. */
  readonly grid: { readonly rows: number; readonly columns: number };
  readonly coverage: Coverage;
}

/** Less is no sample of the scan. */
const LEAST_COVERAGE = 0.9;

/**
 * Chooses positions by cells of a grid: the outermost ones in x and y, one of every cell with any, and then one more of
 * each cell in turn. The grid is the finest that leaves one position for each of its cells. Throws `OptionError` where
 * there are fewer positions than asked for, or too few asked for to cover 90 % of the bounding box and of the cells.
 */
export function stratifiedSample(positions: PositionsPx, options: StratifiedOptions): StratifiedSample {
  const { subsetSize, seed = 0 } = options;
  const n = positions.x.length;
  const refuse = (expected: string, remedy: string) =>
    new OptionError({ option: "subsetSize", found: `${subsetSize}`, expected, remedy });
  if (!Number.isInteger(subsetSize) || subsetSize < 1 || subsetSize > n) {
    throw refuse(`1 to ${n}, the positions of the scan`, "lower it");
  }
  const corners = outermost(positions);
  for (let target = subsetSize; target > 0; target--) {
    const cells = cellsOf(positions, target);
    const needed = new Set([...corners].map((i) => cells.of[i]));
    const count = corners.size + cells.members.size - needed.size;
    if (count > subsetSize && target > 1) continue;
    const indices = fill(cells, { corners, subsetSize, random: new Random(seed, "fixture") });
    const coverage = coverageOf(positions, { indices, cells });
    if (coverage.boundingBox < LEAST_COVERAGE || coverage.cells < LEAST_COVERAGE) break;
    return { indices, grid: cells.grid, coverage };
  }
  throw refuse("enough to cover 90 % of the scanned area", "raise it to 4 or more");
}

interface Cells {
  readonly grid: { readonly rows: number; readonly columns: number };
  /** The cell of each position. */
  readonly of: Int32Array;
  /** The positions of each cell that has any. */
  readonly members: ReadonlyMap<number, readonly number[]>;
}

/** At most `most` cells, about as wide as high. */
function cellsOf({ x, y }: PositionsPx, most: number): Cells {
  const [x0, width] = rangeOf(x);
  const [y0, height] = rangeOf(y);
  const ideal = width === 0 ? 1 : height === 0 ? most : Math.round(Math.sqrt(most * width / height));
  const columns = Math.min(most, Math.max(1, ideal));
  const rows = height === 0 ? 1 : Math.max(1, Math.floor(most / columns));
  const part = (value: number, extent: number, parts: number) =>
    extent === 0 ? 0 : Math.min(parts - 1, Math.floor(value / extent * parts));
  const of = Int32Array.from(x, (value, i) => {
    return part(y[i] - y0, height, rows) * columns + part(value - x0, width, columns);
  });
  const members = new Map<number, number[]>();
  of.forEach((cell, i) => {
    const list = members.get(cell);
    if (list) list.push(i);
    else members.set(cell, [i]);
  });
  return { grid: { rows, columns }, of, members };
}

/** The positions of least and largest x and y, at most four. */
function outermost({ x, y }: PositionsPx): Set<number> {
  const chosen = new Set<number>();
  for (const values of [x, y]) {
    let [least, most] = [0, 0];
    values.forEach((value, i) => {
      if (value < values[least]) least = i;
      if (value > values[most]) most = i;
    });
    chosen.add(least).add(most);
  }
  return chosen;
}

function fill(
  { members, of }: Cells,
  { corners, subsetSize, random }: {
    corners: ReadonlySet<number>;
    subsetSize: number;
    random: Random;
  },
): Int32Array {
  const chosen = new Set([...corners].slice(0, subsetSize));
  const served = new Set([...chosen].map((i) => of[i]));
  const order = random.shuffle([...members.keys()].sort((a, b) => a - b));
  const left = new Map(order.map((cell) => {
    const rest = (members.get(cell) ?? []).filter((i) => !chosen.has(i));
    return [cell, random.shuffle(rest)];
  }));
  for (const cell of order) if (!served.has(cell)) take(cell);
  while (chosen.size < subsetSize) order.forEach(take);
  return Int32Array.from(chosen).sort();

  function take(cell: number): void {
    if (chosen.size === subsetSize) return;
    const next = left.get(cell)?.pop();
    if (next !== undefined) chosen.add(next);
  }
}

function coverageOf(
  { x, y }: PositionsPx,
  { indices, cells }: { indices: Int32Array; cells: Cells },
): Coverage {
  const along = (values: Float64Array) => {
    const [, all] = rangeOf(values);
    return all === 0 ? 1 : rangeOf(Float64Array.from(indices, (i) => values[i]))[1] / all;
  };
  const covered = { x: along(x), y: along(y) };
  const served = new Set(Array.from(indices, (i) => cells.of[i]));
  return { ...covered, boundingBox: covered.x * covered.y, cells: served.size / cells.members.size };
}

/** The least value, and how far the largest is from it. */
function rangeOf(values: Float64Array): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most - least];
}
