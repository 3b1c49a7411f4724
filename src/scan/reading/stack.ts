/**
 * The stack of patterns: read in place where the file allows, from memory otherwise.
 *
 * @module
 */
import {
  countOf,
  type NpyArray,
  type Npz,
  readRowsNow,
  type RowLayout,
  toFloat32,
} from "../../formats/mod.ts";

import type { StackLayout } from "./contract.ts";
import { convertDomain } from "./domain.ts";
import { PatternReaders } from "./readers.ts";
import type { Measurement } from "../types.ts";

/** Bytes that a walk over the stack holds at a time. */
const CHUNK_BYTES = 1 << 23;

/** Consecutive patterns, as stored (counts or amplitude), shape [rows, N, N]. */
export interface StackChunk {
  readonly start: number;
  readonly data: Float32Array;
}

/** Files of patterns from this size on are read by a thread of their own: the system may not have them cached. */
const LARGE_BYTES = 1 << 28;

/** Threads and read-ahead of a stack; 0 is automatic. */
export interface ReadingOptions {
  readonly numWorkers?: number;
  readonly prefetchFactor?: number;
  /** 0 where a pixel is bad, (N, N): it is read as 0, whatever the file holds there. */
  readonly mask?: Uint8Array;
}

/** Reads patterns. */
export class PatternStack {
  /**
   * A stack with the pattern index last, turned; held because no pattern of it is in one place in the file.
   */
  #turned: Promise<Float32Array> | undefined;

  #rows: Promise<RowLayout | undefined> | undefined;
  #readers: PatternReaders | undefined;
  readonly #bad: readonly number[];

  constructor(
    readonly npz: Npz,
    readonly layout: StackLayout,
    private readonly options: ReadingOptions = {},
  ) {
    this.#bad = Array.from(options.mask ?? [], (good, pixel) => good === 0 ? pixel : -1).filter((k) =>
      k >= 0
    );
  }

  /** Patterns are read from the file each time. */
  get streams(): boolean {
    return !this.layout.transposed && this.npz.entry(this.layout.key).inPlace;
  }

  /** Threads that read ahead. */
  get workers(): number {
    if (!this.streams || this.npz.source.path === undefined) return 0;
    const { numWorkers = 0 } = this.options;
    if (numWorkers > 0) return numWorkers;
    return this.npz.entry(this.layout.key).bytes > LARGE_BYTES ? 1 : 0;
  }

  /** Batches to ask for before they are needed. */
  get readAhead(): number {
    return Math.max(1, this.workers) * (this.options.prefetchFactor || 2);
  }

  /**
   * Patterns as counts or amplitudes, shape [indices, N, N]; in `out` where given. Throws `RangeError` for an index
   * that is not there.
   */
  async read(
    indices: ArrayLike<number>,
    { as, out }: { readonly as: Measurement; readonly out?: Float32Array },
  ): Promise<Float32Array> {
    this.#check(indices, out);
    const rows =
      await (this.#rows ??= this.streams ? this.npz.rowLayout(this.layout.key) : Promise.resolve(undefined));
    const { path } = rows ?? {};
    const { measurement: stored } = this.layout;
    if (rows && path !== undefined && this.workers > 0) {
      this.#readers ??= new PatternReaders({ layout: { ...rows, path }, stored, workers: this.workers });
      const found = this.#hide(await this.#readers.read(indices, as));
      out?.set(found);
      return out ?? found;
    }
    const patterns = out ?? new Float32Array(indices.length * this.layout.size ** 2);
    const { readNow } = this.npz.source;
    if (rows && readNow) readRowsNow(readNow, { layout: rows, indices, out: patterns });
    else await this.#copy(indices, patterns);
    convertDomain(this.#hide(patterns), { from: stored, to: as });
    return patterns;
  }

  /** Ends the threads. */
  close(): void {
    this.#readers?.close();
  }

  /** Bad pixels as 0, in place. */
  #hide(patterns: Float32Array): Float32Array {
    if (this.#bad.length === 0) return patterns;
    for (let at = 0; at < patterns.length; at += this.layout.size ** 2) {
      for (const pixel of this.#bad) patterns[at + pixel] = 0;
    }
    return patterns;
  }

  #check(indices: ArrayLike<number>, out: Float32Array | undefined): void {
    const { n, size } = this.layout;
    if (out && out.length !== indices.length * size * size) {
      throw new RangeError(`room for ${out.length} values, needed ${indices.length} x ${size * size}`);
    }
    for (let i = 0; i < indices.length; i++) {
      if (!(indices[i] >= 0 && indices[i] < n)) {
        throw new RangeError(`no pattern ${indices[i]} in a scan of ${n}`);
      }
    }
  }

  async #copy(indices: ArrayLike<number>, out: Float32Array): Promise<void> {
    const { size, key, transposed } = this.layout;
    const pixels = size * size;
    if (!transposed) {
      // in parts, since what is read is there several times on its way
      const part = Math.max(1, Math.floor(CHUNK_BYTES / (4 * pixels)));
      for (let from = 0; from < indices.length; from += part) {
        const some = Array.prototype.slice.call(indices, from, from + part);
        out.set(toFloat32(await this.npz.readRows(key, some)), from * pixels);
      }
      return;
    }
    const all = await (this.#turned ??= this.#turn());
    for (let i = 0; i < indices.length; i++) {
      out.set(all.subarray(indices[i] * pixels, (indices[i] + 1) * pixels), i * pixels);
    }
  }

  /** Reads all patterns in order, in pieces, and verifies the checksum of the file. */
  async *chunks(): AsyncGenerator<StackChunk> {
    const { n, size, key, transposed } = this.layout;
    const pixels = size * size;
    const { bytes } = this.npz.entry(key);
    const rows = Math.max(1, Math.floor(CHUNK_BYTES / (bytes / n)));
    if (!transposed) {
      for await (const { start, array } of this.npz.streamRows(key, rows)) {
        const data = toFloat32(array);
        yield { start, data: this.#bad.length > 0 ? this.#hide(data.slice()) : data }; // it may be the file itself
      }
      return;
    }
    const all = await (this.#turned ??= this.#turn());
    for (let start = 0; start < n; start += rows) {
      yield { start, data: this.#hide(all.subarray(start * pixels, (start + rows) * pixels)) };
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
