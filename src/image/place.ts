/**
 * The fourth stage of a reconstruction: places patches on a canvas, weighted by the probe.
 *
 * @module
 */
import { breather } from "../common/mod.ts";
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
  /** Frame of the canvas. Default: the smallest that holds all patches. */
  readonly extent?: CanvasExtent;
  /** Least weight relative to the largest. Default 0.01. */
  readonly minWeight?: number;
  readonly signal?: AbortSignal;
}

/**
 * Assembles the object from patches (n, N, N), interleaved or in a store, whose pixel N/2 lies at their position:
 * bilinear splat of w O and of w = sum over modes of abs(probe)^2, divided, masked where the weight is small.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const patch = new Float32Array(2 * 4 * 4).fill(1);
 * const probe = new Float32Array(2 * 4 * 4).fill(1);
 * const image = await placePatches(patch, { xcoords: [10], ycoords: [20], probe, side: 4 });
 * assert.deepEqual([image.x0, image.y0, image.width], [8, 18, 4]);
 * assert.equal(image.data[0], 1);
 * ```
 */
export async function placePatches(
  patches: Float32Array | PatchStore,
  options: PlaceOptions,
): Promise<Stitched> {
  const { probe, side, minWeight, phases, xcoords, ycoords, signal } = options;
  const canvas = new Canvas(
    options.extent ?? canvasExtent(options, side),
    options.weight ?? probeWeight(probe, side),
  );
  await addPatches(canvas, patches, { xcoords, ycoords, phases, signal });
  return canvas.finish({ minWeight });
}

/** Adds patches to a canvas part by part. `phases`: constants in radians to take out; `signal` ends it with its reason. */
export async function addPatches(
  canvas: Canvas,
  patches: Float32Array | PatchStore,
  { xcoords, ycoords, phases, signal }: Positions & {
    readonly phases?: ArrayLike<number>;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  if (patches instanceof Float32Array) return canvas.add(patches, { xcoords, ycoords, phases });
  const part = (values: ArrayLike<number>, from: number) =>
    Float64Array.from({ length: Math.min(PART, values.length - from) }, (_, i) => values[from + i]);
  const breathe = breather(signal);
  for (let first = 0; first < patches.count; first += PART) {
    await breathe();
    canvas.add(patches.read(first, Math.min(PART, patches.count - first)), {
      xcoords: part(xcoords, first),
      ycoords: part(ycoords, first),
      phases: phases && part(phases, first),
    });
  }
}
