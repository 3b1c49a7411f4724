/**
 * Folders and small text files: what a program that keeps its state on disk needs of them.
 *
 * @module
 */

/** Reads the text of a file, or undefined where there is none. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

/** Reads the end of a file, at most so many bytes; empty where there is no file. */
export async function readTail(path: string, bytes: number): Promise<string> {
  const file = await Deno.open(path).catch(() => undefined);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    await file.seek(Math.max(0, size - bytes), Deno.SeekMode.Start);
    const buffer = new Uint8Array(Math.min(size, bytes));
    let filled = 0;
    while (filled < buffer.length) {
      const count = await file.read(buffer.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return new TextDecoder().decode(buffer.subarray(0, filled));
  } finally {
    file.close();
  }
}

/** Returns the facts about a name; undefined where there is nothing of that name. */
export async function factsOf(
  path: string,
): Promise<{ readonly isFile: boolean; readonly isFolder: boolean; readonly size: number } | undefined> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info && { isFile: info.isFile, isFolder: info.isDirectory, size: info.size };
}

/** Makes a folder with its parents. */
export async function makeFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
}

/** Names in a folder, sorted; empty where there is none. */
export async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

/** Returns the paths of all files below a folder, relative to it, sorted. Links are not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (at: string) => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(`${folder}/${at}`)) {
      if (isDirectory) await walk(`${at}${name}/`);
      else if (isFile) found.push(`${at}${name}`);
    }
  };
  await walk("");
  return found.sort();
}

/** Removes a file or a whole folder; nothing where there is none. */
export async function removeAll(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Gives a file or folder another name. */
export async function renamePath(from: string, to: string): Promise<void> {
  await Deno.rename(from, to);
}

/** A name that stands for another path; replaces a link of that name. */
export async function linkTo(target: string, link: string): Promise<void> {
  await Deno.remove(link).catch(() => undefined);
  await Deno.symlink(target, link);
}

/** Copies a file. */
export async function copyFile(from: string, to: string): Promise<void> {
  await Deno.copyFile(from, to);
}

/**
 * Writes a file that must not be there yet; false where it is. It appears with its whole text at once: a hard link does not
 * replace what is there, on network file systems either.
 */
export async function createExclusive(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  await Deno.writeTextFile(temporary, text, { createNew: true });
  try {
    await Deno.link(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    return await createPlainly(path, text); // a file system without links
  } finally {
    await Deno.remove(temporary);
  }
}

async function createPlainly(path: string, text: string): Promise<boolean> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** A file that grows; each piece is handed to the system at once. */
export function openAppending(path: string): Disposable & { write(text: string): void } {
  const file = Deno.openSync(path, { append: true, create: true });
  const encoder = new TextEncoder();
  return {
    write(text) {
      const bytes = encoder.encode(text);
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** Returns the path with its links and dots resolved. Throws where there is nothing of that name. */
export async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path);
}

/** Returns the bytes that are free where a folder lies. */
export async function freeBytes(folder: string): Promise<number> {
  const { statfs } = await import("node:fs/promises");
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
