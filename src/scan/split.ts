/**
 * Holding out a part of a scan for validation.
 *
 * @module
 */
import type { PositionsPx } from "./neighbours.ts";
import { Random } from "./random.ts";

/** How {@linkcode splitPositions} divides. */
export interface SplitOptions {
  /** Part that is held out, in [0, 1). At least one position is held out where this is above 0, and one kept. */
  readonly valFraction: number;
  /** `fraction`: drawn at random; `y`: the strip of largest y, so that no held-out patch touches the middle. */
  readonly split?: "fraction" | "y";
  readonly seed: number;
  /** Positions to divide; default all. */
  readonly indices?: Int32Array;
}

/** Indices of positions, each ascending. */
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

function largestY(positions: PositionsPx, indices: Int32Array, count: number): Int32Array {
  const places = Int32Array.from(indices, (_, place) => place);
  // ties go by the order of the scan, so that the result does not depend on the sort
  places.sort((a, b) => positions.y[indices[b]] - positions.y[indices[a]] || a - b);
  return places.subarray(0, count);
}
