/**
 * Files in Deno.
 *
 * @module
 */
import type {
  FileLock,
  Files,
  LockRefusal,
  ReadableFile,
  ReadableFileNow,
  TemporaryStore,
  WritableFile,
} from "../host.ts";

/** Files by path. */
export const denoFiles: Files = {
  async stat(path) {
    try {
      const { isFile, isDirectory, size, mtime } = await Deno.stat(path);
      return { isFile, isFolder: isDirectory, size, changedMs: mtime?.getTime() ?? NaN };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return undefined;
      }
      throw error;
    }
  },
  list: (folder) => Deno.readDir(folder),
  read: (path) => Deno.readFile(path),
  readText: (path) => Deno.readTextFile(path),
  async open(path) {
    const file = await Deno.open(path, { read: true });
    return readable(file, (await file.stat()).size);
  },
  openNow(path) {
    return readableNow(Deno.openSync(path.startsWith("file:") ? new URL(path) : path, { read: true }));
  },
  create: async (path) => writable(await Deno.open(path, { write: true, createNew: true })),
  append: async (path) => writable(await Deno.open(path, { append: true })),
  makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
  remove: (path, options) => Deno.remove(path, options),
  rename: (from, to) => Deno.rename(from, to),
  link: (from, to) => Deno.link(from, to).catch(() => Deno.copyFile(from, to)),
  lock,
  async freeBytes(folder) {
    const { statfs } = await import("node:fs/promises");
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

function readable(file: Deno.FsFile, size: number): ReadableFile {
  // the position of a file is shared, so one seek and its read end before the next begin
  let queue: Promise<unknown> = Promise.resolve();
  const readAt = async (offset: number, into: Uint8Array) => {
    await file.seek(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < into.length) {
      const count = await file.read(into.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return filled;
  };
  return {
    size,
    read(offset, into) {
      const result = queue.then(() => readAt(offset, into));
      queue = result.catch(() => undefined);
      return result;
    },
    close: () => file.close(),
  };
}

function readableNow(file: Deno.FsFile): ReadableFileNow {
  return {
    read: (offset, into) => readNow(file, offset, into),
    [Symbol.dispose]: () => file.close(),
  };
}

function readNow(file: Deno.FsFile, offset: number, into: Uint8Array): number {
  file.seekSync(offset, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < into.length) {
    const count = file.readSync(into.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

function writable(file: Deno.FsFile): WritableFile {
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    },
    size: async () => (await file.stat()).size,
    truncate: (size) => file.truncate(size),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}

/** A system lock on the open file. It ends with its process, so a stale file blocks no one. */
async function lock(path: string, text: string): Promise<FileLock | LockRefusal> {
  for (;;) {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      if (!await file.tryLock(true)) {
        const heldBy = await Deno.readTextFile(path).catch(() => "");
        file.close();
        return { heldBy };
      }
    } catch (error) {
      file.close();
      return { unsupported: error instanceof Error ? error.message : String(error) };
    }
    // another one may have removed the file between opening and locking: then this lock is on a file without a name
    const [own, named] = [await file.stat(), await Deno.stat(path).catch(() => undefined)];
    if (!named || own.ino !== named.ino || own.dev !== named.dev) {
      file.close();
      continue;
    }
    return await held(file, { path, text, size: own.size });
  }
}

async function held(
  file: Deno.FsFile,
  { path, text, size }: { readonly path: string; readonly text: string; readonly size: number },
): Promise<FileLock> {
  const left = new Uint8Array(Math.min(size, 4096));
  readNow(file, 0, left);
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  await writable(file).write(new TextEncoder().encode(text));
  let open = true;
  return {
    left: new TextDecoder().decode(left),
    async release() {
      if (!open) return;
      open = false;
      // the name goes before the lock, so that nobody locks a file that is about to go
      await Deno.remove(path).catch(() => undefined);
      file.close();
    },
  };
}

/**
 * Opens a file in the folder for temporary files. Its name goes at once where the system can, so that nothing is ever
 * left.
 */
export function openDenoTemporary(prefix: string): TemporaryStore {
  const path = Deno.makeTempFileSync({ prefix });
  const file = Deno.openSync(path, { read: true, write: true });
  const named = Deno.build.os === "windows";
  if (!named) Deno.removeSync(path);
  return {
    name: path,
    write(offset, bytes) {
      file.seekSync(offset, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    },
    read(offset, into) {
      const count = readNow(file, offset, into);
      if (count < into.length) throw new RangeError(`${path} ends ${into.length - count} bytes too early`);
    },
    [Symbol.dispose]() {
      file.close();
      if (named) Deno.removeSync(path);
    },
  };
}
