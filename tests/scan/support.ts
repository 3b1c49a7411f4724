/**
 * Small scans for the tests of what is read.
 *
 * @module
 */
import type { NpyArray } from "../../src/formats/npy/npy.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";

/** Arrays of a scan that is fine: 9 patterns of 64 x 64 amplitudes on a grid with a step of 8 pixels. */
export function goodScan(n = 9, size = 64): Record<string, NpyArray> {
  const pixels = size * size;
  const diffraction = Float32Array.from({ length: n * pixels }, (_, i) => Math.sqrt((i * 7919) % 101));
  const probe = Float32Array.from({ length: 2 * pixels }, (_, i) => Math.cos(i));
  return {
    diffraction: { dtype: "float32", shape: [n, size, size], data: diffraction },
    xcoords: {
      dtype: "float64",
      shape: [n],
      data: Float64Array.from({ length: n }, (_, i) => 8 * (i % 3) + 0.25),
    },
    ycoords: {
      dtype: "float64",
      shape: [n],
      data: Float64Array.from({ length: n }, (_, i) => 8 * Math.floor(i / 3)),
    },
    probeGuess: { dtype: "complex64", shape: [size, size], data: probe },
  };
}

/** The scan as a file in memory; `undefined` takes a key out. */
export async function scanFile(
  changes: Record<string, NpyArray | undefined> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const kept: Record<string, NpyArray> = {};
  for (const [key, array] of Object.entries({ ...goodScan(), ...changes })) if (array) kept[key] = array;
  return await encodeNpz(kept);
}
