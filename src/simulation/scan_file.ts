/**
 * A simulated scan as the arrays of the canonical NPZ.
 *
 * @module
 */
import { type NpzArrays, textArray } from "../formats/mod.ts";
import type { SimulatedScan } from "./simulate.ts";

/**
 * `diffraction` (n, N, N) amplitude, `xcoords`, `ycoords`, `probeGuess` (P, N, N), the true object as `objectGuess`, and
 * `_metadata`. Write them with `writeNpz` or `encodeNpz`.
 */
export function scanArrays(scan: SimulatedScan, metadata: Readonly<Record<string, unknown>> = {}): NpzArrays {
  const { side, diffraction, xcoords, ycoords, probe, object } = scan;
  const n = xcoords.length;
  const modes = probe.length / (2 * side * side);
  return {
    diffraction: { dtype: "float32", shape: [n, side, side], data: diffraction },
    xcoords: { dtype: "float64", shape: [n], data: xcoords },
    ycoords: { dtype: "float64", shape: [n], data: ycoords },
    probeGuess: { dtype: "complex64", shape: [modes, side, side], data: probe },
    objectGuess: {
      dtype: "complex64",
      shape: [object.height, object.width],
      data: Float32Array.from(object.data),
    },
    _metadata: textArray(JSON.stringify({ note: "simulated; objectGuess is the truth", ...metadata })),
  };
}
