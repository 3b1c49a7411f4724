/**
 * The overlap of a view by three measures, and how many disks its area can hold.
 *
 * @module
 */
import { nearestNeighbours, type PositionsPx } from "../../numeric/mod.ts";
import { discOverlap, type Groups, makeGroups, neighbourOverlap } from "../../scan/mod.ts";

/** Options of {@linkcode measureView}. */
export interface MeasureOptions {
  /** Diameter D of the disk that stands for the probe. */
  readonly diameterPx: number;
  readonly neighbours: number;
  readonly gridsize: number;
  readonly neighborCount: number;
  readonly nGroups?: number;
  /** Of the groups. */
  readonly seed: number;
}

/** Overlap of a view; undefined where it has no meaning. */
export interface ViewMeasures {
  /** Mean overlap of the seed of a group with its neighbours; undefined for groups of one. */
  readonly withinGroups: number | undefined;
  /** Mean overlap with the nearest neighbours, places taken twice counted once; 0 for one place. */
  readonly positions: number;
  /** Mean overlap of centres of groups with all others nearer than D; 0 where there are none. */
  readonly groups: number;
  readonly places: number;
  readonly groupCount: number;
  /** min(bounding area / (n pi R^2), 0.1): the largest part that could be kept without overlap. */
  readonly acceptanceBound: number;
  readonly effectiveAcceptance: number;
  /** Part of the positions whose mean overlap with their nearest neighbours lies in each of 20 classes from 0 to 1. */
  readonly histogram: readonly number[];
}

const LARGEST_BOUND = 0.1;

/** Measures positions. Groups are made as a training makes them, of as many positions as there are. */
export function measureView(positions: PositionsPx, options: MeasureOptions): ViewMeasures {
  const { diameterPx, neighbours, gridsize } = options;
  const groups = groupsFor(positions, options);
  const bound = acceptanceBound(positions, diameterPx);
  return {
    withinGroups: gridsize > 1 && groups ? seedOverlap(positions, groups, diameterPx) : undefined,
    positions: neighbourOverlap(positions, { diameterPx, neighbours }) ?? 0,
    groups: groups ? centreOverlap(groups.centersPx, diameterPx) : 0,
    places: new Set(Array.from(positions.x, (x, i) => `${x} ${positions.y[i]}`)).size,
    groupCount: groups?.count ?? 0,
    acceptanceBound: bound,
    effectiveAcceptance: Math.max(bound, Number.EPSILON),
    histogram: histogramOf(positions, options),
  };
}

const CLASSES = 20;

function histogramOf(
  { x, y }: PositionsPx,
  { diameterPx, neighbours }: Pick<MeasureOptions, "diameterPx" | "neighbours">,
): number[] {
  const n = x.length;
  const parts = new Array<number>(CLASSES).fill(0);
  const count = Math.min(neighbours + 1, n);
  if (n < 2) return parts;
  const near = nearestNeighbours({ x, y }, Int32Array.from({ length: n }, (_, i) => i), { count });
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 1; k < count; k++) {
      const other = near[i * count + k];
      sum += discOverlap(Math.hypot(x[i] - x[other], y[i] - y[other]), { diameterPx });
    }
    parts[Math.min(CLASSES - 1, Math.floor(CLASSES * sum / (count - 1)))] += 1 / n;
  }
  return parts;
}

function groupsFor(
  positions: PositionsPx,
  { gridsize, neighborCount, nGroups, seed }: MeasureOptions,
): Groups | undefined {
  const n = positions.x.length;
  if (n < gridsize ** 2) return undefined;
  return makeGroups(positions, {
    size: gridsize ** 2,
    neighborCount,
    nGroups: Math.min(nGroups ?? n, n),
    seed,
  });
}

function seedOverlap({ x, y }: PositionsPx, { indices, size, count }: Groups, diameterPx: number): number {
  let sum = 0;
  for (let g = 0; g < count; g++) {
    const seed = indices[g * size];
    for (let k = 1; k < size; k++) {
      const other = indices[g * size + k];
      sum += discOverlap(Math.hypot(x[seed] - x[other], y[seed] - y[other]), { diameterPx });
    }
  }
  return sum / (count * (size - 1));
}

/** Sorted by y, so that only centres within a diameter are looked at. */
function centreOverlap({ x, y }: PositionsPx, diameterPx: number): number {
  const order = Array.from(y, (_, i) => i).sort((a, b) => y[a] - y[b]);
  const sums = new Float64Array(x.length), counts = new Float64Array(x.length);
  for (let a = 0; a < order.length; a++) {
    for (let b = a + 1; b < order.length && y[order[b]] - y[order[a]] < diameterPx; b++) {
      const [i, k] = [order[a], order[b]];
      const distance = Math.hypot(x[i] - x[k], y[i] - y[k]);
      if (distance >= diameterPx) continue;
      const shared = discOverlap(distance, { diameterPx });
      for (const at of [i, k]) {
        sums[at] += shared;
        counts[at]++;
      }
    }
  }
  const means = Array.from(sums, (sum, i) => counts[i] > 0 ? sum / counts[i] : 0);
  return means.length === 0 ? 0 : means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

function acceptanceBound({ x, y }: PositionsPx, diameterPx: number): number {
  if (x.length === 0) return 0;
  const extent = (values: ArrayLike<number>) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = 0; i < values.length; i++) {
      [low, high] = [Math.min(low, values[i]), Math.max(high, values[i])];
    }
    return high - low;
  };
  const disk = Math.PI * (diameterPx / 2) ** 2;
  return Math.min(extent(x) * extent(y) / (x.length * disk), LARGEST_BOUND);
}
