/**
 * The stack of patterns: read in place where the file allows, from memory otherwise.
 *
 * @module
 */
import { countOf, type NpyArray } from "../io/npy.ts";
import { toFloat32 } from "../io/npy_write.ts";
import type { Npz } from "../io/npz.ts";
import type { StackLayout } from "./contract.ts";

/** Bytes that a walk over the stack holds at a time. */
const CHUNK_BYTES = 1 << 25;

/** Consecutive patterns, as stored (counts or amplitude), shape [rows, N, N]. */
export interface StackChunk {
  readonly start: number;
  readonly data: Float32Array;
}

/** Reads patterns in the domain in which they are stored. */
export class PatternStack {
  /**
   * A stack with the pattern index last, turned; held because no pattern of it is in one place in the file.
   */
  #turned: Promise<Float32Array> | undefined;

  constructor(readonly npz: Npz, readonly layout: StackLayout) {}

  /** Patterns are read from the file each time. */
  get streams(): boolean {
    return !this.layout.transposed && this.npz.entry(this.layout.key).inPlace;
  }

  /** Copies patterns to `out`, shape [indices, N, N]. Throws `RangeError` for an index that is not there. */
  async read(indices: ArrayLike<number>, out: Float32Array): Promise<void> {
    const { n, size, key, transposed } = this.layout;
    const pixels = size * size;
    if (out.length !== indices.length * pixels) {
      throw new RangeError(`room for ${out.length} values, needed ${indices.length} x ${pixels}`);
    }
    for (let i = 0; i < indices.length; i++) {
      if (!(indices[i] >= 0 && indices[i] < n)) {
        throw new RangeError(`no pattern ${indices[i]} in a scan of ${n}`);
      }
    }
    if (!transposed) {
      out.set(toFloat32(await this.npz.readRows(key, indices)));
      return;
    }
    const all = await (this.#turned ??= this.#turn());
    for (let i = 0; i < indices.length; i++) {
      out.set(all.subarray(indices[i] * pixels, (indices[i] + 1) * pixels), i * pixels);
    }
  }

  /** All patterns in order, in pieces. Verifies the checksum of the file on the way. */
  async *chunks(): AsyncGenerator<StackChunk> {
    const { n, size, key, transposed } = this.layout;
    const pixels = size * size;
    const { bytes } = this.npz.entry(key);
    const rows = Math.max(1, Math.floor(CHUNK_BYTES / (bytes / n)));
    if (!transposed) {
      for await (const { start, array } of this.npz.streamRows(key, rows)) {
        yield { start, data: toFloat32(array) };
      }
      return;
    }
    const all = await (this.#turned ??= this.#turn());
    for (let start = 0; start < n; start += rows) {
      yield { start, data: all.subarray(start * pixels, (start + rows) * pixels) };
    }
  }

  async #turn(): Promise<Float32Array> {
    return turnStack(await this.npz.readArray(this.layout.key));
  }
}

/** (N, N, n) to (n, N, N). */
function turnStack(array: NpyArray): Float32Array {
  const stack = toFloat32(array);
  const n = array.shape[2];
  const pixels = countOf(array.shape) / n;
  const out = new Float32Array(stack.length);
  // blocks of patterns keep the writes within the cache
  const block = 16;
  for (let first = 0; first < n; first += block) {
    const last = Math.min(first + block, n);
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let k = first; k < last; k++) out[k * pixels + pixel] = stack[pixel * n + k];
    }
  }
  return out;
}
