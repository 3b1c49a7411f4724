/**
 * Files that are whole or not there: written under a temporary name, synced, renamed.
 *
 * @module
 */
import { DataError, messageOf } from "../common/mod.ts";
import { files, systemCode } from "./here.ts";
import type { WritableFile } from "./host.ts";

/**
 * Writes bytes or UTF-8 text to a file, or none at all. Throws `DataError` where the folder cannot be written.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await writeAtomic(path, (file) => file.write(bytes));
}

/**
 * Hands an open temporary file in the folder of `path` to `fill`; syncs and renames it when that succeeds and
 * removes it when it fails, so that `path` never holds half a file.
 */
export async function writeAtomic(path: string, fill: (file: WritableFile) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  const file = await files.create(temporary).catch((error) => {
    throw unwritable(path, error);
  });
  try {
    try {
      await fill(file);
      await file.sync();
    } finally {
      file.close();
    }
    await files.rename(temporary, path);
  } catch (error) {
    await files.remove(temporary).catch(() => undefined);
    throw systemCode(error) ? unwritable(path, error) : error;
  }
}

/**
 * Gives a file a second name at once, replacing what had it: a link where the file system has them, else a copy. Only for
 * files that are replaced and never changed.
 */
export async function linkAtomic(from: string, to: string): Promise<void> {
  const temporary = temporaryName(to);
  try {
    await files.link(from, temporary);
    await files.rename(temporary, to);
  } catch (error) {
    await files.remove(temporary).catch(() => undefined);
    throw unwritable(to, error);
  }
}

/** Removes what {@linkcode writeAtomic} left unfinished in a folder when its process was killed. */
export async function removeUnfinished(folder: string): Promise<void> {
  for await (const { name, isFile } of files.list(folder)) {
    if (isFile && isTemporary(name)) await files.remove(`${folder}/${name}`).catch(() => undefined);
  }
}

/** True for what a run that was killed leaves beside its results: temporary files, and its lock. */
export function isUnfinished(name: string): boolean {
  return /^\.(.+\.)?plica\.lock$/.test(name) || isTemporary(name);
}

function isTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f]{8}\.tmp$/.test(name);
}

/** Returns a hidden name beside `path`, that no other call makes. */
export function temporaryName(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  return `${path.slice(0, cut)}.${path.slice(cut)}.${crypto.randomUUID().slice(0, 8)}.tmp`;
}

/** What a system says by a code, in words that do not name the temporary file. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such folder",
  ENOTDIR: "a folder of its path is a file",
  EISDIR: "a folder of that name",
  EACCES: "no permission to write there",
  EPERM: "no permission to write there",
  EROFS: "a file system that is read only",
  ENAMETOOLONG: "a name that is too long",
};

/** Returns the error of a file that cannot be written. */
export function unwritable(path: string, error: unknown): DataError {
  return new DataError({
    file: path,
    found: REASONS[systemCode(error) ?? ""] ?? messageOf(error),
    expected: "a place that can be written",
    remedy: "check that the folder exists, its permissions and the free space",
    cause: error,
  });
}
