/**
 * Zip archives at random access: entries listed without reading them, ranges of stored entries read in place,
 * whole entries inflated with their CRC checked. Zip64, stored and deflated.
 *
 * @module
 */
import { type FileEntry, Reader, Uint8ArrayWriter, ZipReader } from "../../deps/zip_js.ts";
import { DataError, describeOthers, messageOf } from "../../common/mod.ts";
import type { ByteSource } from "../../host/mod.ts";

/** An entry of an open archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes after inflation. */
  readonly size: number;
  /** Stored without compression, so that ranges can be read in place. */
  readonly stored: boolean;
  /** CRC-32 of the content. */
  readonly crc32: number;
  /** The whole content; throws `DataError` where it is damaged. */
  read(): Promise<Uint8Array>;
  /** The first bytes of the content, at most `length`; unverified. */
  readHead(length: number): Promise<Uint8Array>;
  /** A range of a stored entry; unverified. Throws `DataError` where the archive ends before it. */
  readRange(offset: number, length: number): Promise<Uint8Array>;
  /** Where the content of a stored entry begins in the archive. */
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

class SourceReader extends Reader<ByteSource> {
  readonly #source: ByteSource;
  constructor(source: ByteSource) {
    super(source);
    this.#source = source;
    this.size = source.size;
  }
  override readUint8Array(index: number, length: number): Promise<Uint8Array> {
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
    const entries = (await reader.getEntries()).filter((entry): entry is FileEntry => !entry.directory);
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

function makeEntry(source: ByteSource, entry: FileEntry): ZipEntry {
  const damaged = (found: string, cause?: unknown) =>
    new DataError({
      file: source.name,
      // an array goes by its key everywhere else
      key: entry.filename.replace(/\.npy$/, ""),
      found,
      expected: "an intact entry",
      remedy: "copy or write the file again",
      cause,
    });
  if (entry.encrypted) throw damaged("an encrypted entry");
  const stored = entry.compressionMethod === 0;
  let dataOffset: Promise<number> | undefined;
  const start = () => dataOffset ??= findData(source, entry.offset, damaged);
  const readCompressed = async (offset: number, length: number) => {
    const bytes = await source.read((await start()) + offset, length);
    if (bytes.length !== length) throw damaged("an entry that ends beyond the file");
    return bytes;
  };
  return {
    name: entry.filename,
    size: entry.uncompressedSize,
    stored,
    crc32: entry.crc32 ?? 0,
    readRange(offset, length) {
      if (!stored) throw new Error(`${entry.filename} is compressed: its ranges cannot be read in place`);
      if (offset < 0 || offset + length > entry.uncompressedSize) throw damaged("a range beyond the entry");
      return readCompressed(offset, length);
    },
    dataOffset: start,
    async readHead(length) {
      if (stored) return await readCompressed(0, Math.min(length, entry.uncompressedSize));
      try {
        return await inflateHead(entry, Math.min(length, entry.uncompressedSize));
      } catch (error) {
        throw error instanceof DataError ? error : damaged(`damaged data (${messageOf(error)})`, error);
      }
    },
    async read() {
      try {
        const bytes = await entry.getData(new Uint8ArrayWriter(), { checkCrc32: true, useWebWorkers: false });
        if (bytes.length !== entry.uncompressedSize) throw new Error(`${bytes.length} bytes`);
        return bytes;
      } catch (error) {
        throw damaged(`damaged data (${messageOf(error)})`, error);
      }
    },
  };
}

async function findData(
  source: ByteSource,
  offset: number,
  damaged: (found: string) => DataError,
): Promise<number> {
  const header = await source.read(offset, LOCAL_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length < LOCAL_HEADER_BYTES || view.getUint32(0, true) !== 0x04034b50) {
    throw damaged("no local header where the directory says");
  }
  return offset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

/** Inflates until `length` bytes are there, then stops the stream. */
async function inflateHead(entry: FileEntry, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  let filled = 0;
  const sink = new WritableStream<Uint8Array>({
    write(piece) {
      const part = piece.subarray(0, length - filled);
      out.set(part, filled);
      filled += part.length;
      if (filled === length) throw new Error("enough");
    },
  });
  try {
    await entry.getData(sink, { useWebWorkers: false });
  } catch (error) {
    if (filled < length) throw error;
  }
  return out.subarray(0, filled);
}
