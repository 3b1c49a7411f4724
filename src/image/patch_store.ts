/**
 * Predicted patches, held in memory while they fit and in a temporary file beyond that.
 *
 * @module
 */
import { openTemporary, type TemporaryStore } from "../host/mod.ts";
import { DataError, messageOf } from "../common/mod.ts";

/** Complex patches (n, N, N), interleaved, by their number. */
export interface PatchStore extends Disposable {
  readonly count: number;
  /** Numbers in a patch: 2 N^2. */
  readonly patchLength: number;
  /** Stores patches from `first` on. */
  write(first: number, patches: Float32Array): void;
  /** Patches `first` to `first + count - 1`; valid until the next call. */
  read(first: number, count: number): Float32Array;
  /** One patch. Stays valid while one more is asked for, which is enough to compare two. */
  patch(index: number): Float32Array;
}

/** Options of a patch store. */
export interface PatchStoreOptions {
  readonly count: number;
  /** N. */
  readonly side: number;
  /** Bytes up to which patches stay in memory. Default 512 MiB. Results do not depend on it. */
  readonly memoryBytes?: number;
}

const MEMORY_BYTES = 2 ** 29;
const FILE_PREFIX = "plica-patches-";
/** Bytes of single patches that a file store keeps at hand. */
const CACHE_BYTES = 2 ** 27;

/** Makes a store; dispose of it to give memory or file back. Where there are no files, memory has to do. */
export function openPatchStore({ count, side, memoryBytes = MEMORY_BYTES }: PatchStoreOptions): PatchStore {
  const patchLength = 2 * side * side;
  const file = 4 * count * patchLength <= memoryBytes ? undefined : openTemporary(FILE_PREFIX);
  return file
    ? new FileStore(file, count, patchLength)
    : patchesInMemory(new Float32Array(count * patchLength), side);
}

/** Returns a store over patches that are there already. */
export function patchesInMemory(patches: Float32Array, side: number): PatchStore {
  const patchLength = 2 * side * side;
  const part = (first: number, count: number) =>
    patches.subarray(first * patchLength, (first + count) * patchLength);
  return {
    count: Math.floor(patches.length / patchLength),
    patchLength,
    write: (first, some) => patches.set(some, first * patchLength),
    read: part,
    patch: (index) => part(index, 1),
    [Symbol.dispose]() {},
  };
}

/**
 * A store that patches are appended to: in memory while they fit, all of them in a temporary file beyond that.
 */
export class GrowingPatchStore implements PatchStore {
  readonly patchLength: number;
  #memory: Float32Array;
  #file: FileStore | undefined;
  #count = 0;

  /** `side`: N. */
  constructor(private readonly options: { readonly side: number; readonly memoryBytes?: number }) {
    this.patchLength = 2 * options.side ** 2;
    this.#memory = new Float32Array(16 * this.patchLength);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds patches at the end. */
  append(patches: Float32Array): void {
    this.write(this.#count, patches);
  }

  write(first: number, patches: Float32Array): void {
    const needed = Math.max(this.#count, first + patches.length / this.patchLength);
    if (!this.#file && needed * this.patchLength > this.#memory.length) this.#grow(needed);
    if (this.#file) this.#file.write(first, patches);
    else this.#memory.set(patches, first * this.patchLength);
    this.#count = needed;
  }

  read(first: number, count: number): Float32Array {
    if (this.#file) return this.#file.read(first, count);
    return this.#memory.subarray(first * this.patchLength, (first + count) * this.patchLength);
  }

  patch(index: number): Float32Array {
    return this.#file ? this.#file.patch(index) : this.read(index, 1);
  }

  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
    this.#memory = new Float32Array(0);
    this.#count = 0;
  }

  #grow(needed: number): void {
    const held = this.#memory.subarray(0, this.#count * this.patchLength);
    const { memoryBytes = MEMORY_BYTES } = this.options;
    const wanted = Math.max(needed, 2 * this.#count);
    const file = 4 * needed * this.patchLength <= memoryBytes ? undefined : openTemporary(FILE_PREFIX);
    if (!file) {
      const most = Math.floor(memoryBytes / 4 / this.patchLength);
      this.#memory = new Float32Array(Math.max(needed, Math.min(wanted, most)) * this.patchLength);
      this.#memory.set(held);
      return;
    }
    this.#file = new FileStore(file, needed, this.patchLength);
    this.#file.write(0, held);
    this.#memory = new Float32Array(0);
  }
}

/** float32 in a temporary file, as predicted: what comes back is what went in. */
class FileStore implements PatchStore {
  /** Oldest use first. */
  readonly #cache = new Map<number, Float32Array>();
  readonly #cached: number;
  #chunk = new Float32Array(0);

  constructor(
    private readonly file: TemporaryStore,
    readonly count: number,
    readonly patchLength: number,
  ) {
    this.#cached = Math.max(2, Math.floor(CACHE_BYTES / (4 * patchLength)));
  }

  write(first: number, patches: Float32Array): void {
    this.#cache.clear();
    try {
      this.file.write(4 * first * this.patchLength, bytesOf(patches));
    } catch (cause) {
      const gib = (4 * this.count * this.patchLength / 2 ** 30).toPrecision(3);
      throw new DataError({
        file: this.file.name,
        found: messageOf(cause),
        expected: `${gib} GiB of room for patches that do not fit into memory`,
        remedy: "point TMPDIR at a disk with room, or reconstruct fewer patterns",
        cause,
      });
    }
  }

  read(first: number, count: number): Float32Array {
    const length = count * this.patchLength;
    if (this.#chunk.length < length) this.#chunk = new Float32Array(length);
    const part = this.#chunk.subarray(0, length);
    this.#fill(part, first);
    return part;
  }

  patch(index: number): Float32Array {
    let found = this.#cache.get(index);
    if (found) {
      this.#cache.delete(index);
    } else {
      const [oldest] = this.#cache.size >= this.#cached ? this.#cache.keys() : [];
      found = (oldest === undefined ? undefined : this.#cache.get(oldest)) ??
        new Float32Array(this.patchLength);
      if (oldest !== undefined) this.#cache.delete(oldest);
      this.#fill(found, index);
    }
    this.#cache.set(index, found);
    return found;
  }

  [Symbol.dispose](): void {
    this.#cache.clear();
    this.file[Symbol.dispose]();
  }

  #fill(out: Float32Array, first: number): void {
    this.file.read(4 * first * this.patchLength, bytesOf(out));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
