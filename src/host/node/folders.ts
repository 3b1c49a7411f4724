/**
 * Folders and small text files, over the modules that Node and Deno share: what a program that keeps its state on disk needs of them.
 *
 * @module
 */
import { builtin } from "./builtin.ts";

const fs = () => builtin("node:fs").promises;

/** True for an error of the system with one of these codes. */
function has(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Reads the text of a file, or undefined where there is none. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await fs().readFile(path, "utf8");
  } catch (error) {
    if (has(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Reads the end of a file, at most so many bytes; empty where there is no file. */
export async function readTail(path: string, bytes: number): Promise<string> {
  const file = await fs().open(path).catch(() => undefined);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const buffer = new Uint8Array(Math.min(size, bytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, Math.max(0, size - bytes));
    return new TextDecoder().decode(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Returns the facts about a name; undefined where there is nothing of that name. */
export async function factsOf(
  path: string,
): Promise<{ readonly isFile: boolean; readonly isFolder: boolean; readonly size: number } | undefined> {
  const info = await fs().stat(path).catch(() => undefined);
  return info && { isFile: info.isFile(), isFolder: info.isDirectory(), size: info.size };
}

/** Makes a folder with its parents. */
export async function makeFolder(path: string): Promise<void> {
  await fs().mkdir(path, { recursive: true });
}

/** Names in a folder, sorted; empty where there is none. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await fs().readdir(folder)).sort();
  } catch (error) {
    if (has(error, "ENOENT")) return [];
    throw error;
  }
}

/** Returns the paths of all files below a folder, relative to it, sorted. Links are not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (at: string) => {
    for (const entry of await fs().readdir(`${folder}/${at}`, { withFileTypes: true })) {
      if (entry.isDirectory()) await walk(`${at}${entry.name}/`);
      else if (entry.isFile()) found.push(`${at}${entry.name}`);
    }
  };
  await walk("");
  return found.sort();
}

/** Removes a file or a whole folder; nothing where there is none. */
export async function removeAll(path: string): Promise<void> {
  await fs().rm(path, { recursive: true, force: true });
}

/** Gives a file or folder another name. */
export async function renamePath(from: string, to: string): Promise<void> {
  await fs().rename(from, to);
}

/** A name that stands for another path; replaces a link of that name. */
export async function linkTo(target: string, link: string): Promise<void> {
  await fs().rm(link, { force: true });
  await fs().symlink(target, link);
}

/** Copies a file. */
export async function copyFile(from: string, to: string): Promise<void> {
  await fs().copyFile(from, to);
}

/**
 * Writes a file that must not be there yet; false where it is. It appears with its whole text at once: a hard link does not
 * replace what is there, on network file systems either.
 */
export async function createExclusive(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  await fs().writeFile(temporary, text, { flag: "wx" });
  try {
    await fs().link(temporary, path);
    return true;
  } catch (error) {
    if (has(error, "EEXIST")) return false;
    return await createPlainly(path, text); // a file system without links
  } finally {
    await fs().rm(temporary);
  }
}

async function createPlainly(path: string, text: string): Promise<boolean> {
  try {
    await fs().writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (has(error, "EEXIST")) return false;
    throw error;
  }
}

/** A file that grows; each piece is handed to the system at once. */
export function openAppending(path: string): Disposable & { write(text: string): void } {
  const { openSync, writeSync, closeSync } = builtin("node:fs");
  const file = openSync(path, "a");
  const encoder = new TextEncoder();
  return {
    write(text) {
      const bytes = encoder.encode(text);
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes.subarray(done));
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** Returns the path with its links and dots resolved. Throws where there is nothing of that name. */
export async function realPath(path: string): Promise<string> {
  return await fs().realpath(path);
}

/** Returns the bytes that are free where a folder lies. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await fs().statfs(folder);
  return bavail * bsize;
}
