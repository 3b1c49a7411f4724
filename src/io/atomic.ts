/**
 * Files that are whole or not there: written under a temporary name, synced, renamed.
 *
 * @module
 */
import { DataError, messageOf, OptionError } from "./errors.ts";

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

/** Writes all bytes at the file's position. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
}

/** How {@linkcode prepareOutputDir} treats what is there. */
export interface OutputDirOptions {
  /** Accept a folder that has files in it; they stay until they are replaced. Default false. */
  readonly overwrite?: boolean;
}

/**
 * Makes the folder for results, with its parents, and tries that it can be written. Throws `OptionError` for
 * a file of that name, a folder that is not empty (unless `overwrite`) and one that cannot be written.
 */
export async function prepareOutputDir(path: string, options: OutputDirOptions = {}): Promise<void> {
  const refuse = (found: string, expected: string, remedy: string) =>
    new OptionError({ option: "outputDir", found: `${path}: ${found}`, expected, remedy });
  const info = await Deno.stat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw refuse(messageOf(error), "a folder that can be written", "choose another folder");
  });
  if (info && !info.isDirectory) throw refuse("a file", "a folder", "choose another name");
  try {
    if (info && !options.overwrite && !(await isEmpty(path))) {
      throw refuse(
        "a folder with files in it",
        "an empty or new folder",
        "choose another one, or set the option overwrite",
      );
    }
    await Deno.mkdir(path, { recursive: true });
    const probe = temporaryName(`${path}/probe`);
    await Deno.writeFile(probe, new Uint8Array(1), { createNew: true });
    await Deno.remove(probe);
  } catch (error) {
    if (error instanceof OptionError) throw error;
    throw refuse(
      messageOf(error),
      "a folder that can be written",
      "choose another folder or change its permissions",
    );
  }
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

/** Begins a CSV file with its header line, replacing one of that name. Throws `DataError` where it cannot. */
export async function openCsv(path: string, columns: readonly string[]): Promise<CsvAppender> {
  const file = await Deno.open(path, { write: true, create: true, truncate: true }).catch((error) => {
    throw unwritable(path, error);
  });
  let queue = Promise.resolve();
  let open = true;
  const line = (cells: readonly (string | number | undefined)[]) => {
    if (cells.length !== columns.length) {
      throw new RangeError(`${cells.length} cells for ${columns.length} columns`);
    }
    const bytes = new TextEncoder().encode(cells.map(csvCell).join(",") + "\n");
    return queue = queue.then(() => writeAll(file, bytes));
  };
  const close = async () => {
    await queue.catch(() => undefined);
    if (open) file.close();
    open = false;
  };
  try {
    await line(columns);
  } catch (error) {
    await close();
    throw unwritable(path, error);
  }
  return { append: line, close, [Symbol.asyncDispose]: close };
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
