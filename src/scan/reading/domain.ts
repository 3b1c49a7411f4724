/**
 * From counts to amplitudes and back.
 *
 * @module
 */
import type { Measurement } from "../types.ts";

/** Squares amplitudes, or takes the root of counts, in place; leaves alone what is in its domain already. */
export function convertDomain(
  patterns: Float32Array,
  { from, to }: { readonly from: Measurement; readonly to: Measurement },
): void {
  if (from === to) return;
  if (to === "counts") {
    for (let i = 0; i < patterns.length; i++) patterns[i] *= patterns[i];
  } else {
    for (let i = 0; i < patterns.length; i++) patterns[i] = Math.sqrt(patterns[i]);
  }
}
