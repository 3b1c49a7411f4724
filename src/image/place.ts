/**
 * Placing a set of patches in one call: weighted by the probe, or plain.
 *
 * @module
 */
import type { Floats } from "../numeric/mod.ts";
import {
  Canvas,
  type CanvasExtent,
  canvasExtent,
  type Positions,
  probeWeight,
  type Stitched,
} from "./canvas.ts";
import type { PatchStore } from "./patch_store.ts";

/** Patches of a store that are placed together. */
const PART = 256;

/** Options of {@linkcode placePatches}. */
export interface PlaceOptions extends Positions {
  /** Probe, (P, N, N) interleaved. */
  readonly probe: Floats;
  /** Weight of a patch's pixels, (N, N). Default: that of the probe. */
  readonly weight?: Float32Array;
  /** Side N of a patch in pixels. */
  readonly side: number;
  /** Constant phases in radians to take out of the patches; none by default. */
  readonly phases?: ArrayLike<number>;
  /** Where to place; by default the smallest canvas that holds all patches. */
  readonly extent?: CanvasExtent;
  /** Least weight relative to the largest. Default 0.01. */
  readonly minWeight?: number;
}

/**
 * The object from patches (n, N, N), interleaved or in a store, whose pixel N/2 lies at their position: bilinear splat of
 * w O and of w = sum over modes of abs(probe)^2, divided, masked where the weight is small.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const patch = new Float32Array(2 * 4 * 4).fill(1);
 * const probe = new Float32Array(2 * 4 * 4).fill(1);
 * const image = placePatches(patch, { xcoords: [10], ycoords: [20], probe, side: 4 });
 * assert.deepEqual([image.x0, image.y0, image.width], [8, 18, 4]);
 * assert.equal(image.data[0], 1);
 * ```
 */
export function placePatches(patches: Float32Array | PatchStore, options: PlaceOptions): Stitched {
  const { probe, side, minWeight, phases, xcoords, ycoords } = options;
  const canvas = new Canvas(
    options.extent ?? canvasExtent(options, side),
    options.weight ?? probeWeight(probe, side),
  );
  if (patches instanceof Float32Array) {
    canvas.add(patches, { xcoords, ycoords, phases });
    return canvas.finish({ minWeight });
  }
  const part = <T>(values: ArrayLike<T>, from: number) =>
    Array.prototype.slice.call(values, from, from + PART) as T[];
  for (let first = 0; first < patches.count; first += PART) {
    canvas.add(patches.read(first, Math.min(PART, patches.count - first)), {
      xcoords: part(xcoords, first),
      ycoords: part(ycoords, first),
      phases: phases && part(phases, first),
    });
  }
  return canvas.finish({ minWeight });
}

/**
 * Sums of plainly placed patches: interleaved `canvas` and `weight`, both (height, width), and what was left
 * out.
 */
export interface PlainSums {
  readonly height: number;
  readonly width: number;
  readonly canvas: Float64Array;
  readonly weight: Float64Array;
  /** Indices of the patches that do not lie on the canvas as a whole. */
  readonly leftOut: readonly number[];
}

/**
 * Square patches dropped on a canvas as they are: corner = position - N/2, every pixel split over four. A
 * patch with floor(corner) < 0 or floor(corner) + N + 1 >= the canvas side is left out whole. Positions are
 * in canvas pixels.
 */
export function placePlain(
  patches: Float32Array,
  options: Positions & { readonly side: number; readonly height: number; readonly width: number },
): PlainSums {
  const { xcoords, ycoords, side, height, width } = options;
  const canvas = new Float64Array(2 * height * width);
  const weight = new Float64Array(height * width);
  const leftOut: number[] = [];
  for (let i = 0; i < xcoords.length; i++) {
    const cx = xcoords[i] - side / 2, cy = ycoords[i] - side / 2;
    const column = Math.floor(cx), row = Math.floor(cy);
    if (column < 0 || row < 0 || column + side + 1 >= width || row + side + 1 >= height) {
      leftOut.push(i);
      continue;
    }
    const patch = patches.subarray(2 * i * side * side, 2 * (i + 1) * side * side);
    const corners = [
      { at: row * width + column, share: (1 - (cy - row)) * (1 - (cx - column)) },
      { at: row * width + column + 1, share: (1 - (cy - row)) * (cx - column) },
      { at: (row + 1) * width + column, share: (cy - row) * (1 - (cx - column)) },
      { at: (row + 1) * width + column + 1, share: (cy - row) * (cx - column) },
    ];
    for (const { at, share } of corners) drop(patch, { side, width, at, share, canvas, weight });
  }
  return { height, width, canvas, weight, leftOut };
}

interface Drop {
  readonly side: number;
  readonly width: number;
  /** Canvas pixel of the patch's corner. */
  readonly at: number;
  readonly share: number;
  readonly canvas: Float64Array;
  readonly weight: Float64Array;
}

function drop(patch: Float32Array, { side, width, at, share, canvas, weight }: Drop): void {
  for (let r = 0, i = 0; r < side; r++) {
    for (let c = 0, k = at + r * width; c < side; c++, i++, k++) {
      canvas[2 * k] += share * patch[2 * i];
      canvas[2 * k + 1] += share * patch[2 * i + 1];
      weight[k] += share;
    }
  }
}
