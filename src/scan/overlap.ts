/**
 * Overlap: the part of the object that neighbouring patterns share.
 *
 * The probe is taken as a disk. Two disks of diameter D at a distance d share the part
 * (2 / pi) (acos q - q sqrt(1 - q^2)), q = d / D, of the area of one: the intersection of two circles over the area of
 * one (E. W. Weisstein, "Circle-Circle Intersection", MathWorld, for equal radii).
 *
 * @module
 */
import { probeExtent } from "../physics/mod.ts";
import { type Groups, groupsOf, makeGroups } from "./grouping/groups.ts";
import { nearestNeighbours, type PositionsPx } from "../numeric/mod.ts";
import type { Probe } from "./types.ts";

/** Default of the neighbours that a position is compared with. */
const NEIGHBOURS = 6;

/**
 * Returns the part of the area of a disk that it shares with another of the same diameter at a distance: 1 at 0, 0
 * from the diameter on. Throws `RangeError` for a diameter that is not above 0.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(discOverlap(0, { diameterPx: 20 }), 1);
 * assert.ok(Math.abs(discOverlap(10, { diameterPx: 20 }) - (2 / 3 - Math.sqrt(3) / (2 * Math.PI))) < 1e-12);
 * ```
 */
export function discOverlap(distancePx: number, { diameterPx }: { readonly diameterPx: number }): number {
  if (!(diameterPx > 0)) throw new RangeError(`a diameter is above 0, not ${diameterPx}`);
  const q = Math.min(1, Math.abs(distancePx) / diameterPx);
  return 2 / Math.PI * (Math.acos(q) - q * Math.sqrt(1 - q * q));
}

/** Options of the overlap measures. */
export interface OverlapOptions {
  /** Diameter of the probe in pixels. */
  readonly diameterPx: number;
  /** K; fewer where there are fewer positions. Default 6. */
  readonly neighbours?: number;
}

/**
 * Returns the mean over the positions of their mean overlap with their K nearest neighbours. Positions that coincide
 * count once: what was measured twice does not overlap with itself. Undefined for fewer than two places.
 */
export function neighbourOverlap(positions: PositionsPx, options: OverlapOptions): number | undefined {
  const places = withoutDuplicates(positions);
  const n = places.x.length;
  const count = Math.min(options.neighbours ?? NEIGHBOURS, n - 1) + 1;
  if (n < 2) return undefined;
  const seeds = Int32Array.from({ length: n }, (_, i) => i);
  const near = nearestNeighbours(places, seeds, { count });
  let sum = 0;
  for (let i = 0; i < n; i++) {
    // the position itself comes first
    for (let k = 1; k < count; k++) sum += between(places, [i, near[i * count + k]], options);
  }
  return sum / (n * (count - 1));
}

/**
 * Returns the mean over the groups of the mean overlap of their pairs of positions, duplicates within a group taken
 * out. Undefined where no group has two places.
 */
export function groupOverlap(
  positions: PositionsPx,
  { groups, diameterPx }: OverlapOptions & { readonly groups: Pick<Groups, "count" | "size" | "indices"> },
): number | undefined {
  let [sum, counted] = [0, 0];
  for (let g = 0; g < groups.count; g++) {
    const members = groups.indices.subarray(g * groups.size, (g + 1) * groups.size);
    const places = withoutDuplicates({
      x: Float64Array.from(members, (i) => positions.x[i]),
      y: Float64Array.from(members, (i) => positions.y[i]),
    });
    const size = places.x.length;
    if (size < 2) continue;
    let pairs = 0;
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < a; b++) pairs += between(places, [a, b], { diameterPx });
    }
    sum += 2 * pairs / (size * (size - 1));
    counted++;
  }
  return counted === 0 ? undefined : sum / counted;
}

/**
 * Returns the mean over the groups of the mean overlap of a disk at their centre with those at the K nearest other
 * centres.
 */
export function groupCentreOverlap(
  { centersPx }: Pick<Groups, "centersPx">,
  options: OverlapOptions,
): number | undefined {
  return neighbourOverlap(centersPx, options);
}

/** The overlaps of a scan. */
export interface ScanOverlap {
  /** Diameter of the disk that stands for the probe: given, or that of its second moment. */
  readonly diameterPx: number;
  /** K. */
  readonly neighbours: number;
  /** Positions with their K nearest neighbours. */
  readonly positions?: number;
  /** Pairs within groups of `gridsize` squared. */
  readonly withinGroups?: number;
  /** Centres of groups with the K nearest other centres. */
  readonly groupCentres?: number;
  readonly gridsize: number;
}

/** Options of {@linkcode scanOverlap}. */
export interface ScanOverlapOptions {
  /** Radius of the probe in pixels. Default: sqrt(2 <r^2>) over abs(probe)^2, exact for a uniform disk; at least 0.5. */
  readonly radiusPx?: number;
  /** Default 6. */
  readonly neighbours?: number;
  /** Default 2. */
  readonly gridsize?: number;
}

/**
 * All overlap measures of a scan. Groups are made as a training makes them, one for each position, of the nearest positions
 * there are.
 */
export function scanOverlap(
  { positionsPx, probe }: { readonly positionsPx: PositionsPx; readonly probe: Probe },
  options: ScanOverlapOptions = {},
): ScanOverlap {
  const { radiusPx, neighbours = NEIGHBOURS, gridsize = 2 } = options;
  // all the light may be in one pixel
  const diameterPx = 2 * (radiusPx ?? Math.max(0.5, probeExtent(probe.data, { side: probe.size }).radius));
  const measure = { diameterPx, neighbours };
  const groups = closestGroups(positionsPx, gridsize);
  return {
    diameterPx,
    neighbours,
    gridsize,
    positions: neighbourOverlap(positionsPx, measure),
    ...(groups && {
      withinGroups: groupOverlap(positionsPx, { groups, ...measure }),
      groupCentres: groupCentreOverlap(groups, measure),
    }),
  };
}

/** Every position with its gridsize^2 - 1 nearest neighbours; undefined where there are too few positions. */
function closestGroups(positions: PositionsPx, gridsize: number): Groups | undefined {
  const size = gridsize ** 2, n = positions.x.length;
  if (size < 2 || n < size) return undefined;
  if (n === size) return makeGroups(positions, { size, seed: 0, neighborCount: size, nGroups: 1 });
  const seeds = Int32Array.from({ length: n }, (_, i) => i);
  return groupsOf(positions, { indices: nearestNeighbours(positions, seeds, { count: size }), size });
}

function between(
  { x, y }: PositionsPx,
  [a, b]: readonly [number, number],
  { diameterPx }: Pick<OverlapOptions, "diameterPx">,
): number {
  return discOverlap(Math.hypot(x[a] - x[b], y[a] - y[b]), { diameterPx });
}

function withoutDuplicates({ x, y }: PositionsPx): PositionsPx {
  const seen = new Set<string>();
  const kept = Array.from(x, (_, i) => i).filter((i) => {
    const place = `${x[i]} ${y[i]}`;
    return seen.has(place) ? false : seen.add(place);
  });
  return { x: Float64Array.from(kept, (i) => x[i]), y: Float64Array.from(kept, (i) => y[i]) };
}
