/**
 * Jitter of the positions of a batch.
 *
 * @module
 */
import { Random } from "../../../numeric/mod.ts";
import type { BatchPlace } from "./batch_inputs.ts";

/** Every position moved by up to `largest` pixels along each axis, drawn evenly. */
export function jittered(
  relative: Float32Array,
  { largest, seed, epoch, number }: BatchPlace & { readonly largest: number; readonly seed: number },
): Float32Array {
  const random = new Random(seed, `jitter of epoch ${epoch}, batch ${number}`);
  return relative.map((offset) => offset + largest * (2 * random.uniform() - 1));
}
