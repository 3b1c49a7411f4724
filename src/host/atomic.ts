/**
 * Files that are whole or not there: written under a temporary name, synced, renamed.
 *
 * @module
 */
import { DataError, messageOf, OptionError } from "../common/mod.ts";

/** Bytes or UTF-8 text to a file, or none at all. Throws `DataError` where the folder cannot be written. */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await writeAtomic(path, (file) => writeAll(file, bytes));
}

/**
 * Hands an open temporary file in the folder of `path` to `fill`; syncs and renames it when that succeeds and
 * removes it when it fails, so that `path` never holds half a file.
 */
export async function writeAtomic(path: string, fill: (file: Deno.FsFile) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  const file = await Deno.open(temporary, { write: true, createNew: true }).catch((error) => {
    throw unwritable(path, error);
  });
  try {
    try {
      await fill(file);
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw isSystemError(error) ? unwritable(path, error) : error;
  }
}

/**
 * Gives a file a second name at once, replacing what had it: a link where the file system has them, else a copy. Only for
 * files that are replaced and never changed.
 */
export async function linkAtomic(from: string, to: string): Promise<void> {
  const temporary = temporaryName(to);
  try {
    await Deno.link(from, temporary).catch(() => Deno.copyFile(from, temporary));
    await Deno.rename(temporary, to);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw unwritable(to, error);
  }
}

/** Removes what {@linkcode writeAtomic} left unfinished in a folder when its process was killed. */
export async function removeUnfinished(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && isUnfinished(name)) await Deno.remove(`${folder}/${name}`).catch(() => undefined);
  }
}

/** True for the names that {@linkcode writeAtomic} gives to what it has not finished. */
export function isUnfinished(name: string): boolean {
  return /^\..+\.[0-9a-f]{8}\.tmp$/.test(name);
}

/** Writes all bytes at the file's position. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
}

/** How {@linkcode checkOutputDir} and {@linkcode prepareOutputDir} treat what is there. */
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
    const existing = await nearestExisting(path);
    if (!existing.isDirectory) {
      const found = existing.path === path ? "a file" : `${existing.path} is a file`;
      throw refuseFolder(path, found, { expected: "a folder", remedy: "choose another name" });
    }
    if (existing.path === path && !options.overwrite && !(await isEmpty(path))) {
      throw refuseFolder(path, "a folder with files in it", {
        expected: "an empty or new folder",
        remedy: "choose another one, or set the option overwrite",
      });
    }
    const trial = temporaryName(`${existing.path}/trial`);
    await Deno.writeFile(trial, new Uint8Array(1), { createNew: true });
    await Deno.remove(trial);
  } catch (error) {
    throw error instanceof OptionError ? error : unwritableFolder(path, error);
  }
}

/** Makes the folder for results, with its parents. Throws as {@linkcode checkOutputDir} does. */
export async function prepareOutputDir(path: string, options: OutputDirOptions = {}): Promise<void> {
  await checkOutputDir(path, options);
  await Deno.mkdir(path, { recursive: true }).catch((error) => {
    throw unwritableFolder(path, error);
  });
}

/** The path itself, or the nearest of its parents that is there. */
async function nearestExisting(path: string): Promise<{ path: string; isDirectory: boolean }> {
  try {
    return { path, isDirectory: (await Deno.stat(path)).isDirectory };
  } catch (error) {
    const above = parentOf(path);
    const missing = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    if (!missing || above === path) throw error;
    return await nearestExisting(above);
  }
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

function unwritableFolder(path: string, error: unknown): OptionError {
  // what follows the number of the error is the name of a temporary file
  const reason = messageOf(error).replace(/ \(os error \d+\).*$/, "");
  return refuseFolder(path, `a place that cannot be written (${reason})`, {
    expected: "a folder that can be written",
    remedy: "choose another folder or change its permissions",
  });
}

async function isEmpty(path: string): Promise<boolean> {
  for await (const _entry of Deno.readDir(path)) return false;
  return true;
}

/** Rows appended to a CSV file, each on disk when `append` resolves. */
export interface CsvAppender extends AsyncDisposable {
  /** One value for each column; numbers keep all their digits, `undefined` is an empty cell. */
  append(row: readonly (string | number | undefined)[]): Promise<void>;
  close(): Promise<void>;
}

/** How {@linkcode openCsv} begins. */
export interface CsvOptions {
  /** Rows to begin with, such as those of a run that is resumed. Default none. */
  readonly kept?: readonly (readonly (string | number | undefined)[])[];
}

/**
 * Begins a CSV file with its header line and the rows that are kept, replacing one of that name at once. Throws
 * `DataError` where it cannot.
 */
export async function openCsv(
  path: string,
  columns: readonly string[],
  { kept = [] }: CsvOptions = {},
): Promise<CsvAppender> {
  const lineOf = (cells: readonly (string | number | undefined)[]) => {
    if (cells.length === columns.length) return cells.map(csvCell).join(",") + "\n";
    throw new RangeError(`${cells.length} cells for ${columns.length} columns`);
  };
  await writeFileAtomic(path, [columns, ...kept].map(lineOf).join(""));
  const file = await Deno.open(path, { append: true }).catch((error) => {
    throw unwritable(path, error);
  });
  let queue = Promise.resolve();
  let open = true;
  const append = (cells: readonly (string | number | undefined)[]) => {
    const bytes = new TextEncoder().encode(lineOf(cells));
    return queue = queue.then(() => whole(bytes));
  };
  // a row that did not fit on the disk is taken back
  const whole = async (bytes: Uint8Array) => {
    const { size } = await file.stat();
    try {
      await writeAll(file, bytes);
    } catch (error) {
      await file.truncate(size).catch(() => undefined);
      throw unwritable(path, error);
    }
  };
  const close = async () => {
    await queue.catch(() => undefined);
    if (open) file.close();
    open = false;
  };
  return { append, close, [Symbol.asyncDispose]: close };
}

function csvCell(value: string | number | undefined): string {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function temporaryName(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  return `${path.slice(0, cut)}.${path.slice(cut)}.${crypto.randomUUID().slice(0, 8)}.tmp`;
}

function unwritable(path: string, error: unknown): DataError {
  return new DataError({
    file: path,
    found: messageOf(error),
    expected: "a place that can be written",
    remedy: "check that the folder exists, its permissions and the free space",
    cause: error,
  });
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" &&
    /^E[A-Z]+$/.test(error.code);
}
