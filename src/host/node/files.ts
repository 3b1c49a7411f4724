/**
 * Files in Node.
 *
 * @module
 */
import type { Files, ReadableFile, ReadableFileNow, TemporaryStore, WritableFile } from "../host.ts";
import { builtin } from "./builtin.ts";

type FileSystem = typeof import("node:fs");
type FileHandle = Awaited<ReturnType<FileSystem["promises"]["open"]>>;

/** Files by path. */
export function nodeFiles(): Files {
  const fs = builtin("node:fs");
  const { promises } = fs;
  return {
    async stat(path) {
      try {
        const facts = await promises.stat(path);
        return {
          isFile: facts.isFile(),
          isFolder: facts.isDirectory(),
          size: facts.size,
          changedMs: facts.mtimeMs,
        };
      } catch (error) {
        if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
        throw error;
      }
    },
    async *list(folder) {
      for await (const entry of await promises.opendir(folder)) {
        yield { name: entry.name, isFile: entry.isFile() };
      }
    },
    // a Buffer is a Uint8Array whose `slice` does not copy: nothing here expects that
    read: async (path) => new Uint8Array(await promises.readFile(path)),
    readText: (path) => promises.readFile(path, "utf8"),
    async open(path) {
      const file = await promises.open(path, "r");
      return readable(file, (await file.stat()).size);
    },
    openNow: (path) => readableNow(fs, path.startsWith("file:") ? new URL(path) : path),
    create: async (path) => writable(await promises.open(path, "wx")),
    append: async (path) => writable(await promises.open(path, "a")),
    makeFolder: async (path) => void await promises.mkdir(path, { recursive: true }),
    async remove(path, options) {
      if (options?.recursive) return await promises.rm(path, { recursive: true });
      const facts = await promises.lstat(path);
      await (facts.isDirectory() ? promises.rmdir(path) : promises.unlink(path));
    },
    rename: (from, to) => promises.rename(from, to),
    link: (from, to) => promises.link(from, to).catch(() => promises.copyFile(from, to)),
    lock: () => Promise.resolve({ unsupported: "Node has no locks on files" }),
    async freeBytes(folder) {
      const { bavail, bsize } = await promises.statfs(folder);
      return bavail * bsize;
    },
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function readable(file: FileHandle, size: number): ReadableFile {
  return {
    size,
    async read(offset, into) {
      let filled = 0;
      while (filled < into.length) {
        const { bytesRead } = await file.read(into, filled, into.length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    close: () => void file.close(),
  };
}

function readableNow(fs: FileSystem, path: string | URL): ReadableFileNow {
  const file = fs.openSync(path, "r");
  return {
    read: (offset, into) => readNow(fs, file, { offset, into }),
    [Symbol.dispose]: () => fs.closeSync(file),
  };
}

function readNow(
  fs: FileSystem,
  file: number,
  { offset, into }: { readonly offset: number; readonly into: Uint8Array },
): number {
  let filled = 0;
  while (filled < into.length) {
    const count = fs.readSync(file, into, filled, into.length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

function writable(file: FileHandle): WritableFile {
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length;) {
        done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
      }
    },
    size: async () => (await file.stat()).size,
    truncate: (size) => file.truncate(size),
    sync: () => file.sync(),
    close: () => void file.close(),
  };
}

/** Opens a file in the folder for temporary files, without a name where the system can. */
export function openNodeTemporary(prefix: string): TemporaryStore {
  const fs = builtin("node:fs");
  const path = `${builtin("node:os").tmpdir()}/${prefix}${crypto.randomUUID()}`;
  const file = fs.openSync(path, "wx+", 0o600);
  const named = builtin("node:process").platform === "win32";
  if (!named) fs.unlinkSync(path);
  return {
    name: path,
    write(offset, bytes) {
      for (let done = 0; done < bytes.length;) {
        done += fs.writeSync(file, bytes, done, bytes.length - done, offset + done);
      }
    },
    read(offset, into) {
      const count = readNow(fs, file, { offset, into });
      if (count < into.length) throw new RangeError(`${path} ends ${into.length - count} bytes too early`);
    },
    [Symbol.dispose]() {
      fs.closeSync(file);
      if (named) fs.unlinkSync(path);
    },
  };
}
