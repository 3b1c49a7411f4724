/**
 * NPZ archives: npy arrays in a zip. Opening reads the directory and the headers only; rows of stored arrays
 * are read in place; compressed arrays are inflated once, when they are first needed, and kept. Walks over large
 * compressed arrays inflate as they go and keep nothing.
 *
 * @module
 */
import { Crc32 } from "../crc32.ts";
import { DataError, describeOthers, describeShape } from "../../common/mod.ts";
import {
  countOf,
  decodeNpy,
  decodeNpyBody,
  type NpyArray,
  type NpyDType,
  npyError,
  type NpyHeader,
  npyHeaderLength,
  parseNpyHeader,
} from "./npy.ts";
import { reorderToC } from "./npy_layout.ts";
import { type ByteSource, openSource, type SourceLike, type SourceOptions } from "../../host/mod.ts";
import { openZip, type ZipEntry } from "../zip/zip.ts";

/** An array of an open NPZ. */
export interface NpzEntry {
  /** Name without `.npy`. */
  readonly key: string;
  readonly dtype: NpyDType;
  readonly shape: readonly number[];
  /** Bytes of the elements. */
  readonly bytes: number;
  /** Rows can be read in place: stored without compression and in C order. */
  readonly inPlace: boolean;
}

/** Rows of an array, from a walk over all of it. */
export interface NpzRows {
  /** Index of the first row. */
  readonly start: number;
  /** Shape [rows, ...the rest]. */
  readonly array: NpyArray;
}

/** Rows of an array that lie in the file as they are, for readers that need no more than the file. */
export interface RowLayout {
  /** Name of the file and of the array, for messages. */
  readonly file: string;
  readonly key: string;
  /** Path of the file where it is a local one. */
  readonly path?: string;
  /** Offset of the first row in bytes. */
  readonly offset: number;
  readonly rows: number;
  readonly rowBytes: number;
  readonly header: NpyHeader;
}

/** An open NPZ. Close it, or `await using`. */
export interface Npz extends AsyncDisposable {
  /** Path, address or other name, for messages. */
  readonly file: string;
  readonly source: ByteSource;
  /** Readable arrays, in the order of the archive. */
  readonly entries: readonly NpzEntry[];
  /** Entries that are no readable array, each with the reason; asking for one throws it. */
  readonly unreadable: ReadonlyMap<string, DataError>;
  has(key: string): boolean;
  /** Throws `DataError` that lists the keys that are there. */
  entry(key: string): NpzEntry;
  /**
   * Reads a whole array and verifies its CRC. Throws `DataError` for one of more than `atMost` bytes, before anything is
   * inflated. Default: what its packed bytes make plausible, 256 MiB at least.
   */
  readArray(key: string, options?: { readonly atMost?: number }): Promise<NpyArray>;
  /**
   * Rows along the first axis, in the order asked for; shape [rows, ...the rest]. In place where that can be.
   */
  readRows(key: string, indices: ArrayLike<number>): Promise<NpyArray>;
  /** Returns the layout of an array's rows; `undefined` for one that cannot be read in place. */
  rowLayout(key: string): Promise<RowLayout | undefined>;
  /**
   * All rows in order, `rowsPerChunk` at a time, in place where that can be; the CRC is verified at the end.
   */
  streamRows(key: string, rowsPerChunk: number): AsyncGenerator<NpzRows>;
  /** Yields all elements in the order of the file, in pieces of at most 16 MiB, none of them kept. */
  streamElements(key: string): AsyncGenerator<NpyArray>;
  close(): Promise<void>;
}

/** Compressed arrays up to this size are inflated once and kept. */
const KEPT_BYTES = 1 << 26;
/** Bytes of a piece of {@linkcode Npz.streamElements}; a multiple of every element size but that of texts. */
const PIECE_BYTES = 1 << 24;

interface Item {
  readonly entry: NpzEntry;
  readonly zip: ZipEntry;
  readonly header: NpyHeader;
  /** The inflated content, once needed. */
  content?: Promise<Uint8Array>;
}

/** Opens an NPZ. Throws `DataError` for a missing file, no zip, or a truncated or damaged one. */
export async function openNpz(source: SourceLike, options: SourceOptions = {}): Promise<Npz> {
  const bytes = await openSource(source, options);
  try {
    const archive = await openZip(bytes);
    const items = new Map<string, Item>();
    const unreadable = new Map<string, DataError>();
    for (const zip of archive.entries) {
      options.signal?.throwIfAborted();
      const key = zip.name.replace(/\.npy$/, "");
      try {
        items.set(key, await makeItem(zip, { file: bytes.name, key }));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        unreadable.set(key, error);
      }
    }
    return new OpenNpz(bytes, items, unreadable);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function makeItem(zip: ZipEntry, source: { file: string; key: string }): Promise<Item> {
  let head = await zip.readHead(256);
  const length = npyHeaderLength(head, source) ?? zip.size;
  if (length > zip.size) throw npyError(source, "a header longer than the entry", "a whole npy array");
  if (length > head.length) head = await zip.readHead(length);
  const header = parseNpyHeader(head, source);
  const bytes = countOf(header.shape) * header.itemBytes;
  if (header.dataOffset + bytes !== zip.size) {
    throw npyError(
      source,
      `${zip.size - header.dataOffset} bytes of data`,
      `${bytes} for shape ${describeShape(header.shape)} of ${header.dtype}`,
    );
  }
  const inPlace = zip.stored && (!header.fortranOrder || header.shape.length < 2);
  return {
    zip,
    header,
    entry: { key: source.key, dtype: header.dtype, shape: header.shape, bytes, inPlace },
  };
}

class OpenNpz implements Npz {
  readonly file: string;
  readonly entries: readonly NpzEntry[];

  constructor(
    readonly source: ByteSource,
    readonly items: ReadonlyMap<string, Item>,
    readonly unreadable: ReadonlyMap<string, DataError>,
  ) {
    this.file = source.name;
    this.entries = [...items.values()].map((item) => item.entry);
  }

  has(key: string): boolean {
    return this.items.has(key);
  }

  entry(key: string): NpzEntry {
    return this.#item(key).entry;
  }

  async readArray(key: string, { atMost }: { readonly atMost?: number } = {}): Promise<NpyArray> {
    const { zip, content, header } = this.#item(key);
    if (!content) return decodeNpy(await zip.read({ atMost }), { file: this.file, key });
    const data = decodeNpyBody({ ...header, fortranOrder: false }, await content);
    return { dtype: header.dtype, shape: header.shape, data };
  }

  async readRows(key: string, indices: ArrayLike<number>): Promise<NpyArray> {
    const item = this.#item(key);
    const { dtype, shape } = item.entry;
    const rowBytes = this.#rowBytes(item);
    const body = new Uint8Array(indices.length * rowBytes);
    for (let i = 0; i < indices.length;) {
      const first = indices[i];
      let run = 1;
      while (i + run < indices.length && indices[i + run] === first + run) run++;
      if (!(first >= 0 && first + run <= shape[0])) {
        throw new RangeError(`${key} has no row ${first + run - 1}`);
      }
      body.set(await this.#range(item, first * rowBytes, run * rowBytes), i * rowBytes);
      i += run;
    }
    return this.#decodeRows(item, dtype, indices.length, body);
  }

  async rowLayout(key: string): Promise<RowLayout | undefined> {
    const item = this.#item(key);
    if (!item.entry.inPlace) return undefined;
    return {
      file: this.file,
      key,
      path: this.source.path,
      offset: (await item.zip.dataOffset()) + item.header.dataOffset,
      rows: item.entry.shape[0],
      rowBytes: this.#rowBytes(item),
      header: { ...item.header, fortranOrder: false },
    };
  }

  async *streamRows(key: string, rowsPerChunk: number): AsyncGenerator<NpzRows> {
    const item = this.#item(key);
    const rowBytes = this.#rowBytes(item);
    const { shape, dtype, inPlace, bytes } = item.entry;
    if (bytes === 0) return;
    if (!inPlace && !item.content && bytes > KEPT_BYTES && !item.header.fortranOrder) {
      let start = 0;
      for await (const body of bodyPieces(item, rowsPerChunk * rowBytes)) {
        const rows = body.length / rowBytes;
        yield { start, array: this.#decodeRows(item, dtype, rows, body) };
        start += rows;
      }
      return;
    }
    const crc = inPlace ? new Crc32() : undefined;
    crc?.update(await item.zip.readRange(0, item.header.dataOffset));
    const read = (start: number) => {
      const rows = Math.max(0, Math.min(rowsPerChunk, shape[0] - start));
      const body = this.#range(item, start * rowBytes, rows * rowBytes);
      body.catch(() => {}); // awaited in the next turn
      return { rows, body };
    };
    let next = read(0);
    for (let start = 0; start < shape[0]; start += rowsPerChunk) {
      const rows = next.rows;
      const body = await next.body;
      // the system reads the next piece while this one is looked at
      next = read(start + rowsPerChunk);
      crc?.update(body);
      yield { start, array: this.#decodeRows(item, dtype, rows, body) };
    }
    if (crc && crc.value !== item.zip.crc32) {
      const source = { file: this.file, key };
      throw npyError(
        source,
        "bytes that do not match their checksum",
        "an intact array",
        "copy the file again",
      );
    }
  }

  async *streamElements(key: string): AsyncGenerator<NpyArray> {
    const item = this.#item(key);
    const { header, entry: { dtype, bytes } } = item;
    if (bytes === 0) return;
    const step = Math.max(1, Math.floor(PIECE_BYTES / header.itemBytes)) * header.itemBytes;
    for await (const body of bodyPieces(item, step)) {
      const shape = [body.length / header.itemBytes];
      yield { dtype, shape, data: decodeNpyBody({ ...header, shape, fortranOrder: false }, body) };
    }
  }

  async close(): Promise<void> {
    for (const item of this.items.values()) delete item.content;
    await this.source.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #item(key: string): Item {
    const item = this.items.get(key);
    if (item) return item;
    throw this.unreadable.get(key) ?? new DataError({
      file: this.file,
      key,
      found: describeOthers(this.entries.map((entry) => entry.key), "arrays"),
      expected: "an array of this name",
      remedy: "add it to the file, or check that this is the right file",
    });
  }

  #rowBytes(item: Item): number {
    const { entry, header } = item;
    if (entry.shape.length === 0) throw new RangeError(`${entry.key} is a single value: it has no rows`);
    return countOf(entry.shape.slice(1)) * header.itemBytes;
  }

  /** Bytes of the elements in C order. */
  async #range(item: Item, offset: number, length: number): Promise<Uint8Array> {
    if (item.entry.inPlace) return await item.zip.readRange(item.header.dataOffset + offset, length);
    const content = await (item.content ??= this.#inflate(item));
    return content.subarray(offset, offset + length);
  }

  async #inflate(item: Item): Promise<Uint8Array> {
    const body = (await item.zip.read()).subarray(item.header.dataOffset);
    if (!item.header.fortranOrder) return body;
    return reorderToC(body, item.header.shape, item.header.itemBytes);
  }

  #decodeRows(item: Item, dtype: NpyDType, rows: number, body: Uint8Array): NpyArray {
    const shape = [rows, ...item.entry.shape.slice(1)];
    return { dtype, shape, data: decodeNpyBody({ ...item.header, shape, fortranOrder: false }, body) };
  }
}

/**
 * The elements of an array, inflated as they are asked for, `step` bytes at a time; the last piece may be shorter. A piece
 * is overwritten by the next.
 */
async function* bodyPieces({ zip, header }: Item, step: number): AsyncGenerator<Uint8Array> {
  let [filled, skip, left] = [0, header.dataOffset, zip.size - header.dataOffset];
  const piece = new Uint8Array(Math.min(step, left));
  for await (const inflated of zip.stream()) {
    let at = Math.min(skip, inflated.length);
    skip -= at;
    while (at < inflated.length) {
      const length = Math.min(step, left);
      const part = inflated.subarray(at, at + length - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < length) continue;
      yield piece.subarray(0, filled);
      left -= filled;
      filled = 0;
    }
  }
}
