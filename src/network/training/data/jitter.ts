/**
 * Jitter of the positions of a batch.
 *
 * @module
 */
import { Random } from "../../../numeric/mod.ts";

/** Moves every position by up to `largest` pixels along each axis, drawn evenly. */
export function jittered(
  relative: Float32Array,
  { largest, seed, epoch, number }: {
    readonly largest: number;
    readonly seed: number;
    readonly epoch: number;
    /** Of the batch in its epoch. */
    readonly number: number;
  },
): Float32Array {
  const random = new Random(seed, `jitter of epoch ${epoch}, batch ${number}`);
  return relative.map((offset) => offset + largest * (2 * random.uniform() - 1));
}
