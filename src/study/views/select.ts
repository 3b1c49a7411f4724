/**
 * Selects the patterns of a view: by a least distance, or by the overlap of neighbours.
 *
 * @module
 */
import { type PositionsPx, Random } from "../../numeric/mod.ts";
import { neighbourOverlap } from "../../scan/mod.ts";

/** Part of the patterns under which a choice by distance is made greedily instead. */
const LEAST_DIRECT = 0.1;

/** Result of the selection. */
export interface Selection {
  /** In the order of the scan. */
  readonly indices: Int32Array;
  readonly strategy: "all" | "direct" | "greedy" | "subsample";
  /** Part of the patterns that was drawn. */
  readonly part: number;
  /** Distance that was kept, in pixels; only of choices by distance. */
  readonly spacingPx?: number;
  /** Part that the direct choice would have kept, where it was tried. */
  readonly directPart?: number;
}

/** Every position. */
export function selectAll({ x }: PositionsPx): Selection {
  return { indices: Int32Array.from(x, (_, i) => i), strategy: "all", part: 1 };
}

/**
 * Returns positions at least `spacingPx` from every other one; where these are fewer than a tenth, or `greedy` is
 * set, the first in the order of y, then x, and each next one that is far enough from all that were taken.
 */
export function selectSpaced(
  positions: PositionsPx,
  { spacingPx, greedy }: { readonly spacingPx: number; readonly greedy: boolean },
): Selection {
  const n = positions.x.length;
  const alone = Array.from(positions.x, (_, i) => i)
    .filter((i) => nearestOther(positions, i) >= spacingPx);
  const directPart = n === 0 ? 0 : alone.length / n;
  if (!greedy && directPart >= LEAST_DIRECT) {
    return { indices: Int32Array.from(alone), strategy: "direct", part: directPart, spacingPx, directPart };
  }
  const taken = takeGreedily(positions, spacingPx);
  return {
    indices: Int32Array.from(taken).sort(),
    strategy: "greedy",
    part: taken.length / n,
    spacingPx,
    directPart,
  };
}

function takeGreedily({ x, y }: PositionsPx, spacingPx: number): number[] {
  const order = Array.from(x, (_, i) => i).sort((a, b) => y[a] - y[b] || x[a] - x[b] || a - b);
  // cells as wide as the spacing: only the eight around can hold one that is too near
  const cells = new Map<string, number[]>();
  const cellOf = (value: number) => spacingPx > 0 ? Math.floor(value / spacingPx) : 0;
  const taken: number[] = [];
  for (const i of order) {
    const [column, row] = [cellOf(x[i]), cellOf(y[i])];
    let free = true;
    for (let dy = -1; dy <= 1 && free; dy++) {
      for (let dx = -1; dx <= 1 && free; dx++) {
        free = (cells.get(`${column + dx} ${row + dy}`) ?? [])
          .every((k) => Math.hypot(x[i] - x[k], y[i] - y[k]) >= spacingPx);
      }
    }
    if (!free) continue;
    taken.push(i);
    const key = `${column} ${row}`;
    cells.set(key, [...cells.get(key) ?? [], i]);
  }
  return taken;
}

function nearestOther({ x, y }: PositionsPx, i: number): number {
  let best = Infinity;
  for (let k = 0; k < x.length; k++) if (k !== i) best = Math.min(best, Math.hypot(x[i] - x[k], y[i] - y[k]));
  return best;
}

/**
 * As many positions, drawn at random, as bring the mean overlap with the nearest neighbours closest to `overlap`. A smaller
 * draw is the beginning of a larger one, so that the measure rises with the number.
 */
export function selectSubsample(
  positions: PositionsPx,
  { overlap, diameterPx, neighbours, seed }: {
    readonly overlap: number;
    readonly diameterPx: number;
    readonly neighbours: number;
    readonly seed: number;
  },
): Selection {
  const n = positions.x.length;
  const order = new Random(seed, "view").shuffle(Int32Array.from({ length: n }, (_, i) => i));
  const measured = (count: number) => {
    const chosen = order.subarray(0, count);
    const places = {
      x: Float64Array.from(chosen, (i) => positions.x[i]),
      y: Float64Array.from(chosen, (i) => positions.y[i]),
    };
    return neighbourOverlap(places, { diameterPx, neighbours }) ?? 0;
  };
  let [low, high] = [Math.min(n, 1), n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (measured(middle) < overlap) low = middle + 1;
    else high = middle;
  }
  // draws differ, so that the measure rises only by and large
  const around = [-2, -1, 0, 1, 2].map((step) => low + step).filter((count) => count >= 1 && count <= n);
  const count = around.reduce((best, one) =>
    Math.abs(measured(one) - overlap) < Math.abs(measured(best) - overlap) ? one : best
  );
  return { indices: order.slice(0, count).sort(), strategy: "subsample", part: count / n };
}
