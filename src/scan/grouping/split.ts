/**
 * Sampling a part of a scan, and holding out a part of that for validation.
 *
 * @module
 */
import { OptionError } from "../../common/mod.ts";
import { nearestNeighbours, type PositionsPx, Random } from "../../numeric/mod.ts";

/** Options of {@linkcode samplePositions}. */
export interface SamplingOptions {
  /** Number of positions; default all. */
  readonly nSubsample?: number;
  /** Seed of the choice. Default 0. */
  readonly subsampleSeed?: number;
  /** The first ones in scan order instead of drawn ones. Default false. */
  readonly sequential?: boolean;
}

/**
 * Returns the indices of the positions taken of `n`, ascending. Throws `OptionError` where there are fewer than asked
 * for.
 */
export function samplePositions(n: number, options: SamplingOptions = {}): Int32Array {
  const { nSubsample = n, subsampleSeed = 0, sequential = false } = options;
  if (!Number.isInteger(nSubsample) || nSubsample < 1 || nSubsample > n) {
    throw new OptionError({
      option: "nSubsample",
      found: `${nSubsample}`,
      expected: `1 to ${n}, the positions of the scan`,
      remedy: "lower it, or leave it out to take all",
    });
  }
  if (sequential || nSubsample === n) return Int32Array.from({ length: nSubsample }, (_, i) => i);
  return new Random(subsampleSeed, "subsample").choose(n, nSubsample);
}

/** Options of {@linkcode splitPositions}. */
export interface SplitOptions {
  /**
   * Part that is held out, in [0, 1). At least one position is held out where this is above 0, and one kept.
   */
  readonly valFraction: number;
  /**
   * `fraction`: drawn at random; `y`: the strip of largest y, so that no held-out patch touches the middle.
   */
  readonly split?: "fraction" | "y";
  readonly seed: number;
  /** Positions to divide; default all. */
  readonly indices?: Int32Array;
  /**
   * With `fraction`, hold out compact clusters of so many neighbours: a group whose patterns were all held
   * out still has overlap inside. `validation` then lists cluster after cluster. Default 1.
   */
  readonly clusterSize?: number;
}

/** Indices of positions, `train` ascending; `validation` too, unless it is a list of clusters. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** Divides the positions; every one is in exactly one part. */
export function splitPositions(positions: PositionsPx, options: SplitOptions): Split {
  const indices = options.indices ?? Int32Array.from(positions.x, (_, i) => i);
  const { valFraction, split = "fraction" } = options;
  if (!(valFraction >= 0 && valFraction < 1)) {
    throw new RangeError(`valFraction is in [0, 1), not ${valFraction}`);
  }
  const wanted = valFraction === 0 ? 0 : Math.max(1, Math.round(valFraction * indices.length));
  const held = Math.max(0, Math.min(wanted, indices.length - 1));
  if (split === "fraction" && held > 0 && (options.clusterSize ?? 1) > 1) {
    return splitClusters(positions, { ...options, indices, wanted, clusterSize: options.clusterSize ?? 1 });
  }
  const places = split === "y"
    ? largestY(positions, indices, held)
    : new Random(options.seed, "validation split").choose(indices.length, held);
  const isHeld = new Uint8Array(indices.length);
  for (const place of places) isHeld[place] = 1;
  return {
    train: indices.filter((_, place) => isHeld[place] === 0),
    validation: indices.filter((_, place) => isHeld[place] === 1),
  };
}

/**
 * Neighbours of a drawn position that are looked at, in cluster sizes: enough to find free ones near others.
 */
const SEARCH = 4;

/**
 * Holds out clusters around drawn positions until there are enough, leaving at least one cluster to train on.
 */
function splitClusters(
  positions: PositionsPx,
  { indices, wanted, clusterSize, seed }: SplitOptions & {
    indices: Int32Array;
    wanted: number;
    clusterSize: number;
  },
): Split {
  const clusters = Math.min(Math.ceil(wanted / clusterSize), Math.floor(indices.length / clusterSize) - 1);
  if (clusters < 1) return { train: indices, validation: new Int32Array(0) };
  const order = new Random(seed, "validation split").shuffle(indices.slice());
  const count = Math.min(SEARCH * clusterSize, indices.length);
  const validation: number[] = [];
  const isHeld = new Set<number>();
  const full = () => validation.length === clusters * clusterSize;
  for (let from = 0; from < order.length && !full(); from += 2 * clusters) {
    const starts = order.subarray(from, from + 2 * clusters);
    const near = nearestNeighbours(positions, starts, { count, among: indices });
    for (let s = 0; s < starts.length && !full(); s++) {
      const free = near.subarray(s * count, (s + 1) * count).filter((index) => !isHeld.has(index));
      if (isHeld.has(starts[s]) || free.length < clusterSize) continue;
      for (const index of free.subarray(0, clusterSize)) {
        isHeld.add(index);
        validation.push(index);
      }
    }
  }
  return { train: indices.filter((index) => !isHeld.has(index)), validation: Int32Array.from(validation) };
}

function largestY(positions: PositionsPx, indices: Int32Array, count: number): Int32Array {
  const places = Int32Array.from(indices, (_, place) => place);
  // ties go by the order of the scan, so that the result does not depend on the sort
  places.sort((a, b) => positions.y[indices[b]] - positions.y[indices[a]] || a - b);
  return places.subarray(0, count);
}
