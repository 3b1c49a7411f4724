/**
 * Zip archives, written piece by piece so that an entry never has to be in memory whole. Same entries, same
 * bytes: the time stamps are fixed.
 *
 * @module
 */
import { ZipWriter } from "../../deps/zip_js.ts";
import { writeAtomic } from "../../host/mod.ts";

/** An entry to write: its bytes, or pieces that come one after another. */
export interface ZipInput {
  readonly name: string;
  readonly content: Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Bytes in all, where the content comes in pieces; decides on zip64. */
  readonly size?: number;
}

/** Options of {@linkcode writeZip}. */
export interface ZipWriteOptions {
  /** Deflate the entries. Default false: stored entries can be read in place. */
  readonly compress?: boolean;
}

/** The earliest time that zip can hold, as local time, which is how zip stores it. */
const EPOCH = new Date(1980, 0, 1);
const ZIP64_BYTES = 0xf0000000;

/** Writes an archive to a file, whole or not at all. */
export async function writeZip(
  path: string,
  entries: readonly ZipInput[],
  options: ZipWriteOptions = {},
): Promise<void> {
  await writeAtomic(path, (file) => pump(entries, options, (bytes) => file.write(bytes)));
}

/** Encodes an archive in memory. */
export async function encodeZip(
  entries: readonly ZipInput[],
  options: ZipWriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  await pump(entries, options, (bytes) => {
    pieces.push(bytes.slice());
    return Promise.resolve();
  });
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

async function pump(
  entries: readonly ZipInput[],
  options: ZipWriteOptions,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const total = entries.reduce((sum, { content, size }) => {
    return sum + (size ?? (content instanceof Uint8Array ? content.length : 0));
  }, 0);
  const zip = new ZipWriter(new WritableStream<Uint8Array>({ write }), {
    useWebWorkers: false,
    level: options.compress ? 6 : 0,
    lastModDate: EPOCH,
    extendedTimestamp: false,
    keepOrder: true,
    zip64: total > ZIP64_BYTES,
  });
  for (const { name, content } of entries) {
    await zip.add(name, streamOf(content instanceof Uint8Array ? [content] : content));
  }
  await zip.close();
}

/** The pieces as a stream, one at a time. */
function streamOf(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = Symbol.asyncIterator in pieces
    ? pieces[Symbol.asyncIterator]()
    : pieces[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  }, { highWaterMark: 0 });
}
