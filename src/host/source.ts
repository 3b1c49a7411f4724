/**
 * Bytes at random access, wherever they are: a local file, an http address, a Blob, memory.
 *
 * @module
 */
import { DataError, messageOf } from "../common/mod.ts";
import { files, isMissing } from "./here.ts";
import type { ReadableFile, ReadableFileNow } from "./host.ts";

/** A readable source: a path, an address (text or URL), bytes, or a Blob (a File of the browser). */
export type SourceLike = string | URL | Uint8Array | Blob;

/** An open source. Reads may overlap in time; each gives its own bytes. */
export interface ByteSource {
  /** Path, address or file name, for messages. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /** Bytes of a range; shorter only where the source ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * Reads at once, on this thread, and returns how many bytes there were: for local files and for memory. Of the few
   * KiB of a pattern that the system has cached it takes microseconds, where `read` waits for the event loop twice.
   */
  readonly readNow?: (offset: number, into: Uint8Array) => number;
  /** Path of a local file, for worker threads that open it themselves. */
  readonly path?: string;
  close(): Promise<void>;
}

/** Options of {@linkcode openSource}. */
export interface SourceOptions {
  /** Name in messages; default: the path, the address, the name of the File, or `bytes in memory`. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** Opens a source. Throws `DataError` where it cannot be found or read. */
export async function openSource(source: SourceLike, options: SourceOptions = {}): Promise<ByteSource> {
  if (source instanceof Uint8Array) return memorySource(source, options.name ?? "bytes in memory");
  if (source instanceof Blob) return blobSource(source, options.name);
  const url = source instanceof URL
    ? source
    : /^(https?|file|data|blob):/i.test(source)
    ? new URL(source)
    : null;
  if (url === null) return await fileSource(String(source), options.name ?? String(source));
  if (url.protocol === "file:") {
    return await fileSource(url, options.name ?? decodeURIComponent(url.pathname));
  }
  return await webSource(url, options);
}

/** The name that messages give a source. */
function nameOfSource(source: SourceLike): string {
  if (source instanceof Uint8Array) return "bytes in memory";
  if (source instanceof Blob) return source instanceof File ? source.name : "a Blob";
  return source instanceof URL && source.protocol === "file:"
    ? decodeURIComponent(source.pathname)
    : String(source);
}

function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    readNow(offset, into) {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
    close: () => Promise.resolve(),
  };
}

function blobSource(blob: Blob, name: string | undefined): ByteSource {
  return {
    name: name ?? nameOfSource(blob),
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: () => Promise.resolve(),
  };
}

async function fileSource(path: string | URL, name: string): Promise<ByteSource> {
  const refuse = (found: string, remedy: string, cause?: unknown) =>
    new DataError({ file: name, found, expected: "a readable file", remedy, cause });
  const local = path instanceof URL ? path.href : path;
  const unreadable = (error: unknown) =>
    isMissing(error)
      ? refuse("no such file", "check the path", error)
      : refuse(messageOf(error), "check the path and its permissions", error);
  const facts = await files.stat(path).catch((error) => {
    throw unreadable(error);
  });
  // opening a pipe would wait for a writer
  if (!facts) throw refuse("no such file", "check the path");
  if (!facts.isFile) throw refuse(facts.isFolder ? "a folder" : "no regular file", "name the file itself");
  const file = await files.open(path).catch((error) => {
    throw unreadable(error);
  });
  return seekableSource(file, { name, path: local });
}

function seekableSource(
  file: ReadableFile,
  { name, path }: { readonly name: string; readonly path: string },
): ByteSource {
  const { size } = file;
  // a handle of its own: the position of the other is in use while its reads are under way
  let now: ReadableFileNow | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  return {
    name,
    size,
    read(offset, length) {
      if (closed) return Promise.reject(new Error(`${name} is closed`));
      const out = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      const result = file.read(offset, out).then((count) => out.subarray(0, count));
      last = result.catch(() => undefined);
      return result;
    },
    path,
    readNow(offset, into) {
      if (closed) throw new Error(`${name} is closed`);
      return (now ??= files.openNow(path)).read(offset, into);
    },
    async close() {
      const open = !closed;
      closed = true;
      await last;
      if (open) file.close();
      now?.[Symbol.dispose]();
      now = undefined;
    },
  };
}

async function webSource(url: URL, options: SourceOptions): Promise<ByteSource> {
  const name = options.name ?? url.href.slice(0, 200);
  const refuse = (found: string, remedy: string, cause?: unknown) =>
    new DataError({ file: name, found, expected: "an answer with the file", remedy, cause });
  const get = async (headers: Record<string, string>) => {
    try {
      return await fetch(url, { headers, signal: options.signal });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw refuse(messageOf(error), "check the address and the network", error);
    }
  };
  const ranged = url.protocol === "http:" || url.protocol === "https:";
  const first = await get(ranged ? { range: "bytes=0-0" } : {});
  const size = Number(/\/(\d+)$/.exec(first.headers.get("content-range") ?? "")?.[1] ?? NaN);
  if (first.status !== 206 || !Number.isSafeInteger(size)) {
    if (!first.ok) {
      await first.body?.cancel();
      throw refuse(`status ${first.status}`, "check the address");
    }
    return memorySource(new Uint8Array(await first.arrayBuffer()), name);
  }
  await first.body?.cancel();
  return {
    name,
    size,
    async read(offset, length) {
      const end = Math.min(offset + length, size);
      if (end <= offset) return new Uint8Array(0);
      const answer = await get({ range: `bytes=${offset}-${end - 1}` });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      // a server may change its mind and send the whole file
      if (answer.status === 200 && bytes.length === size) return bytes.subarray(offset, end);
      if (answer.status === 206 && bytes.length === end - offset) return bytes;
      throw refuse(
        `status ${answer.status} with ${bytes.length} bytes`,
        "try again, or copy the file here first",
      );
    },
    close: () => Promise.resolve(),
  };
}
