/**
 * CSV files that grow row by row.
 *
 * @module
 */
import { unwritable, writeFileAtomic } from "./atomic.ts";
import { files } from "./here.ts";

/** Rows appended to a CSV file, each on disk when `append` resolves. */
export interface CsvAppender extends AsyncDisposable {
  /** One value for each column; numbers keep all their digits, `undefined` is an empty cell. */
  append(row: readonly (string | number | undefined)[]): Promise<void>;
  close(): Promise<void>;
}

/** Options of {@linkcode openCsv}. */
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
  const file = await files.append(path).catch((error) => {
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
    const size = await file.size();
    try {
      await file.write(bytes);
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
