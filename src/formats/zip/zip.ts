/**
 * Zip archives at random access: entries listed without reading them, ranges of stored entries read in place,
 * whole entries inflated with their CRC checked. Zip64, stored and deflated.
 *
 * The directory of an archive is a claim. Before an entry is inflated its sizes are compared with what the file can
 * hold, and inflation stops where more comes out than the directory says.
 *
 * @module
 */
import { type FileEntry, Reader, ZipReader } from "../../deps/zip_js.ts";
import { DataError, describeOthers, messageOf } from "../../common/mod.ts";
import { Crc32 } from "../crc32.ts";
import type { ByteSource } from "../../host/mod.ts";

/** An entry of an open archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes after inflation, as the directory says. */
  readonly size: number;
  /** Bytes in the archive. */
  readonly compressedSize: number;
  /** Stored without compression, so that ranges can be read in place. */
  readonly stored: boolean;
  /** CRC-32 of the content. */
  readonly crc32: number;
  /**
   * Reads the whole content. Throws `DataError` where it is damaged, or has more than `atMost` bytes; nothing is inflated
   * in the latter case. Default: {@linkcode heldBytes}.
   */
  read(options?: { readonly atMost?: number }): Promise<Uint8Array>;
  /** Yields the content in pieces, none of them kept. Throws `DataError` at the end where it is damaged. */
  stream(): AsyncGenerator<Uint8Array>;
  /** The first bytes of the content, at most `length`; unverified. */
  readHead(length: number): Promise<Uint8Array>;
  /** A range of a stored entry; unverified. Throws `DataError` where the archive ends before it. */
  readRange(offset: number, length: number): Promise<Uint8Array>;
  /** Returns the offset of a stored entry's content in the archive. */
  dataOffset(): Promise<number>;
}

/** An open archive; entries in the order of the directory. Closing the source is the caller's part. */
export interface ZipArchive {
  readonly file: string;
  readonly entries: readonly ZipEntry[];
  /** The entry of that name; throws `DataError` that lists those that are there. */
  entry(name: string): ZipEntry;
}

const LOCAL_HEADER_BYTES = 30;
const DEFLATED = 8;
/** Largest directory that is read, and the most entries in it. */
const MAX_DIRECTORY_BYTES = 1 << 24;
const MAX_ENTRIES = 65536;
/** Deflate makes of one byte at most this many (RFC 1951: 258 bytes from two bits), and of none a few. */
const DEFLATE_RATIO = 1032;
const DEFLATE_SLACK = 1024;
/** Packed bytes that are read at a time; of deflated ones up to 1,032 times as many may come. */
const STORED_PIECE = 1 << 22;
const HEAD_PIECE = 1 << 11;
const PACKED_PIECE = 1 << 13;
/** Arrays of measured data shrink 200-fold at most; from this size on, what shrinks more is refused whole. */
const HELD_BYTES = 1 << 28;
const HELD_RATIO = 200;

/** Most bytes that an entry may hold in memory: what its compressed bytes make plausible, 256 MiB at least. */
function heldBytes({ compressedSize }: Pick<ZipEntry, "compressedSize">): number {
  return Math.max(HELD_BYTES, HELD_RATIO * compressedSize);
}

class SourceReader extends Reader<ByteSource> {
  readonly #source: ByteSource;
  constructor(source: ByteSource) {
    super(source);
    this.#source = source;
    this.size = source.size;
  }
  // entries are read in small pieces, so that only a directory can ask for more
  override readUint8Array(index: number, length: number): Promise<Uint8Array> {
    if (length > MAX_DIRECTORY_BYTES) {
      const found = `a directory of ${length} bytes`;
      return Promise.reject(refusal(this.#source, found, `at most ${MAX_DIRECTORY_BYTES} bytes`));
    }
    return this.#source.read(index, Math.min(length, this.size - index));
  }
}

/** Reads the directory of an archive. Throws `DataError` for no zip, a truncated or an inconsistent one. */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  const head = await source.read(0, 4);
  // "PK" 3 4 begins an archive, "PK" 5 6 an empty one
  const isZip = head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
  if (!isZip) {
    throw new DataError({
      file: source.name,
      found: source.size === 0 ? "an empty file" : "no zip archive",
      expected: "a zip archive (npz, wts.h5.zip)",
      remedy: "check that this is the right file",
    });
  }
  // workers would outlive the call; appended data would let the directory of an inner archive pass for the
  // outer one
  const reader = new ZipReader(new SourceReader(source), { useWebWorkers: false, maxAppendedDataSize: 0 });
  try {
    const entries: FileEntry[] = [];
    for await (const entry of reader.getEntriesGenerator()) {
      if (!entry.filename) throw refusal(source, "an entry without a name", "a name for each");
      if (!entry.directory) entries.push(entry);
      if (entries.length > MAX_ENTRIES) {
        throw refusal(source, `more than ${MAX_ENTRIES} entries`, `at most ${MAX_ENTRIES}`);
      }
    }
    if (entries.length === 0) throw refusal(source, "an archive without entries", "at least one entry");
    return makeArchive(source, entries.map((entry) => makeEntry(source, entry)));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError({
      file: source.name,
      found: `a truncated or damaged zip archive of ${source.size} bytes (${messageOf(error)})`,
      expected: "an archive with a whole directory at its end",
      remedy: "copy or write the file again",
      cause: error,
    });
  } finally {
    await reader.close();
  }
}

function refusal({ name }: ByteSource, found: string, expected: string): DataError {
  return new DataError({ file: name, found, expected, remedy: "check that this is the right file" });
}

function makeArchive(source: ByteSource, entries: readonly ZipEntry[]): ZipArchive {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  if (byName.size !== entries.length) {
    throw new DataError({
      file: source.name,
      found: "two entries of the same name",
      expected: "distinct names",
      remedy: "write the archive again",
    });
  }
  return {
    file: source.name,
    entries,
    entry(name) {
      const entry = byName.get(name);
      if (entry) return entry;
      throw new DataError({
        file: source.name,
        key: name,
        found: describeOthers([...byName.keys()]),
        expected: "an entry of this name",
        remedy: "check that this is the right file",
      });
    },
  };
}

type Damaged = (
  found: string,
  options?: { readonly expected?: string; readonly cause?: unknown },
) => DataError;

function makeEntry(source: ByteSource, entry: FileEntry): ZipEntry {
  const damaged: Damaged = (found, { expected = "an intact entry", cause } = {}) =>
    new DataError({
      file: source.name,
      // an array goes by its key everywhere else
      key: entry.filename.replace(/\.npy$/, ""),
      found,
      expected,
      remedy: "copy or write the file again",
      cause,
    });
  if (entry.encrypted) throw damaged("an encrypted entry");
  const { uncompressedSize: size, compressedSize } = entry;
  const stored = entry.compressionMethod === 0;
  let dataOffset: Promise<number> | undefined;
  const start = () => dataOffset ??= findData(source, entry.offset, damaged);
  const readPacked = async (offset: number, length: number) => {
    const bytes = await source.read((await start()) + offset, length);
    if (bytes.length !== length) throw damaged("an entry that ends beyond the file");
    return bytes;
  };
  const readStored = (offset: number, length: number) => {
    checkSizes(source, entry, damaged);
    return readPacked(offset, length);
  };
  async function* packedPieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < compressedSize;) {
      // the first piece is short, as often no more than the head of an array is asked for
      const length = Math.min(
        compressedSize - at,
        stored ? STORED_PIECE : at === 0 ? HEAD_PIECE : PACKED_PIECE,
      );
      yield await readPacked(at, length);
      at += length;
    }
  }
  async function* content(): AsyncGenerator<Uint8Array> {
    checkSizes(source, entry, damaged);
    yield* contentOf(packedPieces(), entry, damaged);
  }
  return {
    name: entry.filename,
    size,
    compressedSize,
    stored,
    crc32: entry.crc32 ?? 0,
    readRange(offset, length) {
      if (!stored) throw new Error(`${entry.filename} is compressed: its ranges cannot be read in place`);
      if (offset < 0 || offset + length > size) throw damaged("a range beyond the entry");
      return readStored(offset, length);
    },
    dataOffset: start,
    async readHead(length) {
      if (stored) return await readStored(0, Math.min(length, size));
      const out = new Uint8Array(Math.min(length, size));
      let filled = 0;
      for await (const piece of content()) {
        const part = piece.subarray(0, out.length - filled);
        out.set(part, filled);
        filled += part.length;
        if (filled === out.length) break;
      }
      return out;
    },
    stream: content,
    async read({ atMost = heldBytes({ compressedSize }) } = {}) {
      if (size > atMost) {
        throw damaged(`${size} bytes${packed(entry)}`, { expected: `at most ${atMost} bytes` });
      }
      checkSizes(source, entry, damaged);
      const out = new Uint8Array(size);
      let filled = 0;
      for await (const piece of content()) {
        out.set(piece, filled);
        filled += piece.length;
      }
      return out;
    },
  };
}

function packed({ compressedSize, uncompressedSize }: FileEntry): string {
  return compressedSize === uncompressedSize ? "" : ` packed into ${compressedSize}`;
}

/** Compares what the directory says of an entry with what the file can hold. */
function checkSizes(source: ByteSource, entry: FileEntry, damaged: Damaged): void {
  const { uncompressedSize: size, compressedSize, compressionMethod, offset } = entry;
  if (offset + compressedSize > source.size) throw damaged("an entry that ends beyond the file");
  const most = compressionMethod === 0
    ? compressedSize
    : compressionMethod === DEFLATED
    ? DEFLATE_RATIO * compressedSize + DEFLATE_SLACK
    : Infinity;
  if (size > most) {
    throw damaged(`${size} bytes${packed(entry)}`, { expected: `at most ${most} bytes from so few` });
  }
}

/** Yields the content of an entry; stops where more comes than the directory says, and verifies the CRC at the end. */
async function* contentOf(packed: AsyncIterable<Uint8Array>, entry: FileEntry, damaged: Damaged) {
  const { uncompressedSize: size, compressionMethod: method, crc32 } = entry;
  if (method !== 0 && method !== DEFLATED) {
    throw damaged(`compression method ${method}`, { expected: "an entry that is stored or deflated" });
  }
  const crc = new Crc32();
  let filled = 0;
  try {
    for await (const piece of method === 0 ? packed : inflate(packed)) {
      filled += piece.length;
      if (filled > size) throw damaged(`more than the ${size} bytes that the directory says`);
      crc.update(piece);
      yield piece;
    }
  } catch (cause) {
    throw cause instanceof DataError ? cause : damaged(`damaged data (${messageOf(cause)})`, { cause });
  }
  if (filled !== size) throw damaged(`damaged data (${filled} of ${size} bytes)`);
  if (crc.value !== crc32) throw damaged("damaged data (bytes that do not match their checksum)");
}

/** Inflates raw deflate. Each packed piece is inflated as a whole, so that small ones keep what is held small. */
async function* inflate(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream("deflate-raw");
  const writer = writable.getWriter();
  const fed = (async () => {
    for await (const piece of packed) await writer.write(new Uint8Array(piece));
    await writer.close();
  })();
  // what fails while feeding fails the reader as well
  fed.catch((error) => writer.abort(error).catch(() => undefined));
  const reader = readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await fed;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function findData(
  source: ByteSource,
  offset: number,
  damaged: Damaged,
): Promise<number> {
  const header = await source.read(offset, LOCAL_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length < LOCAL_HEADER_BYTES || view.getUint32(0, true) !== 0x04034b50) {
    throw damaged("no local header where the directory says");
  }
  return offset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}
