/**
 * Folders for results: checked before any work, and claimed by one run at a time.
 *
 * @module
 */
import { isRecord, messageOf, OptionError } from "../common/mod.ts";
import { isUnfinished, removeUnfinished, temporaryName } from "./atomic.ts";
import { files, isMissing, machine, systemCode } from "./here.ts";
import type { FileLock } from "./host.ts";

/** Treatment of an existing output folder. */
export interface OutputDirOptions {
  /** Accept a folder that has files in it; they stay until they are replaced. Default false. */
  readonly overwrite?: boolean;
}

/**
 * Checks before any work that results can be written into a folder, and leaves nothing behind. Throws `OptionError`
 * for a file of that name, a folder that is not empty (unless `overwrite`) and one that cannot be written or made.
 */
export async function checkOutputDir(path: string, options: OutputDirOptions = {}): Promise<void> {
  try {
    const existing = await nearestFolder(path);
    if (existing === path && !options.overwrite) await refuseFull(path);
    const trial = temporaryName(`${existing}/trial`);
    (await files.create(trial)).close();
    await files.remove(trial);
  } catch (error) {
    throw error instanceof OptionError ? error : unwritableFolder(path, error);
  }
}

/** Makes the folder for results, with its parents. Throws as {@linkcode checkOutputDir} does. */
export async function prepareOutputDir(path: string, options: OutputDirOptions = {}): Promise<void> {
  await checkOutputDir(path, options);
  await files.makeFolder(path).catch((error) => {
    throw unwritableFolder(path, error);
  });
}

/**
 * Checks before any work that a folder has room for what will be written. Throws `OptionError` where less than `bytes` are
 * free; where nobody can tell, nothing is checked.
 */
export async function checkFreeSpace(
  path: string,
  { bytes, of }: { readonly bytes: number; readonly of: string },
): Promise<void> {
  const free = await nearestFolder(path).then((place) => files.freeBytes(place)).catch(() => Infinity);
  if (free >= bytes) return;
  const megabytes = (count: number) => `${Number((count / 1e6).toPrecision(3))} MB`;
  throw refuseFolder(path, `${megabytes(free)} free`, {
    expected: `at least ${megabytes(bytes)}, ${of}`,
    remedy: "free some space, or choose a folder on another disk",
  });
}

/** A folder or file that belongs to one run until it is disposed of; folders that were made and stayed empty go then. */
export type OutputClaim = AsyncDisposable;

/** Options of {@linkcode claimOutputDir}. */
export interface ClaimOptions extends OutputDirOptions {
  /** Receives a line on a lock that a dead process left, and on file systems without locks. */
  readonly onNote?: (line: string) => void;
}

/**
 * Makes the folder for results, with its parents, and locks it: `.plica.lock` names host, process and time. The system
 * gives the lock of a dead process back. Throws as {@linkcode checkOutputDir} does, and `OptionError` for a folder that
 * another run writes into.
 */
export async function claimOutputDir(path: string, options: ClaimOptions = {}): Promise<OutputClaim> {
  const { overwrite = false, onNote } = options;
  try {
    await nearestFolder(path);
    const { lock, made } = await lockFolder(path, onNote);
    const release = async () => {
      await lock?.release();
      for (const folder of made) if (!await files.remove(folder).then(() => true, () => false)) break;
    };
    try {
      if (!overwrite) await refuseFull(path);
      await removeUnfinished(path);
    } catch (error) {
      await release();
      throw error;
    }
    return { [Symbol.asyncDispose]: release };
  } catch (error) {
    throw error instanceof OptionError ? error : unwritableFolder(path, error);
  }
}

/** Claims a file that is going to be written, by a lock beside it. Throws `OptionError` where another run writes it. */
export async function claimOutputFile(
  path: string,
  { onNote }: Pick<ClaimOptions, "onNote"> = {},
): Promise<OutputClaim> {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  const lock = await takeLock(`${path.slice(0, cut)}.${path.slice(cut)}.plica.lock`, {
    option: "outputFile",
    path,
    onNote,
  });
  return { [Symbol.asyncDispose]: async () => await lock?.release() };
}

/** Folders that had to be made, the innermost first, and the lock; none where the file system has no locks. */
async function lockFolder(
  path: string,
  onNote: ((line: string) => void) | undefined,
): Promise<{ lock: FileLock | undefined; made: readonly string[] }> {
  for (;;) {
    const made = await missingFolders(path);
    await files.makeFolder(path);
    try {
      return { lock: await takeLock(`${path}/.plica.lock`, { option: "outputDir", path, onNote }), made };
    } catch (error) {
      // another run may just have removed the folder, which it had made for nothing
      if (!isMissing(error)) throw error;
    }
  }
}

async function takeLock(
  file: string,
  { option, path, onNote }: { readonly option: string; readonly path: string } & Pick<ClaimOptions, "onNote">,
): Promise<FileLock | undefined> {
  const { host, pid } = machine.process;
  const lock = await files.lock(file, JSON.stringify({ host, pid, started: new Date().toISOString() }));
  if ("heldBy" in lock) {
    throw new OptionError({
      option,
      found: `${path}, which ${describe(lock.heldBy)} is writing`,
      expected: "a place that no other run uses",
      remedy: "choose another one, or wait for that run",
    });
  }
  if ("unsupported" in lock) {
    await files.remove(file).catch(() => undefined);
    onNote?.(
      `${path}: this file system has no locks (${messageOf(lock.unsupported)}); let no other run write there`,
    );
    return undefined;
  }
  if (lock.left) onNote?.(`${path}: ${describe(lock.left)} ended before it was done; its lock is taken over`);
  return lock;
}

/** `a run (process 12 on lab, since ...)`; a lock that is just being taken has no text yet. */
function describe(holder: string): string {
  try {
    const facts: unknown = JSON.parse(holder);
    if (isRecord(facts)) return `a run (process ${facts.pid} on ${facts.host}, since ${facts.started})`;
  } catch {
    return "another run";
  }
  return "another run";
}

async function refuseFull(path: string): Promise<void> {
  for await (const { name } of files.list(path)) {
    if (isUnfinished(name)) continue;
    throw refuseFolder(path, "a folder with files in it", {
      expected: "an empty or new folder",
      remedy: "choose another one, or set the option overwrite",
    });
  }
}

/** The path itself, or the nearest of its parents that is there. Throws `OptionError` for a file. */
async function nearestFolder(path: string): Promise<string> {
  for (let place = path;; place = parentOf(place)) {
    const facts = await files.stat(place);
    if (facts?.isFolder) return place;
    if (facts) {
      const found = place === path ? "a file" : `${place} is a file`;
      throw refuseFolder(path, found, { expected: "a folder", remedy: "choose another name" });
    }
    if (parentOf(place) === place) throw new Error(`there is no folder ${place}`);
  }
}

async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let place = path; !await files.stat(place) && parentOf(place) !== place; place = parentOf(place)) {
    missing.push(place);
  }
  return missing;
}

/** `a/b` of `a/b/c/`, `.` of `a`. */
function parentOf(path: string): string {
  const bare = path.replace(/(?<=.)[\\/]+$/, "");
  const cut = Math.max(bare.lastIndexOf("/"), bare.lastIndexOf("\\"));
  if (cut < 0) return ".";
  return cut === 0 || bare[cut - 1] === ":" ? bare.slice(0, cut + 1) : bare.slice(0, cut);
}

function refuseFolder(
  path: string,
  found: string,
  { expected, remedy }: { expected: string; remedy: string },
): OptionError {
  return new OptionError({ option: "outputDir", found: `${path}: ${found}`, expected, remedy });
}

function unwritableFolder(path: string, error: unknown): unknown {
  if (error instanceof Error && !systemCode(error) && error.name !== "NotCapable") return error;
  // what follows the number of the error is the name of a temporary file
  const reason = messageOf(error).replace(/ \(os error \d+\).*$/, "");
  return refuseFolder(path, `a place that cannot be written (${reason})`, {
    expected: "a folder that can be written",
    remedy: "choose another folder or change its permissions",
  });
}
