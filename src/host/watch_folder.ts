/**
 * Files that appear in a folder, one after another.
 *
 * @module
 */
import { DataError, messageOf, pause } from "../common/mod.ts";
import { files } from "./here.ts";

/** The name of the empty file that ends a followed folder. */
const END_NAME = "END";

/** Options of {@linkcode arrivingFiles}. */
export interface WatchOptions {
  /** Stops looking. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks. Default 50. Polling works on network file systems as well. */
  readonly pollMs?: number;
}

/**
 * Yields the paths of the `.npz` files of a folder in the order of their names, those that are there and those that
 * come, until there is a file `END`. Names that begin with a dot are passed over: write there, rename when whole.
 * Throws `DataError` where the folder cannot be read.
 */
export async function* arrivingFiles(
  folder: string,
  { signal, pollMs = 50 }: WatchOptions = {},
): AsyncGenerator<string, void, undefined> {
  const seen = new Set<string>();
  while (!signal?.aborted) {
    const names = await namesIn(folder);
    for (const name of names.filter((one) => one.endsWith(".npz") && !one.startsWith("."))) {
      if (seen.has(name)) continue;
      seen.add(name);
      yield `${folder}/${name}`;
      if (signal?.aborted) return;
    }
    // what came beside END was seen in the same look
    if (names.includes(END_NAME)) return;
    await pause(pollMs, signal);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of files.list(folder)) names.push(name);
  } catch (cause) {
    throw new DataError({
      file: folder,
      found: messageOf(cause),
      expected: "a folder that is being filled with .npz files",
      remedy: "name the folder that the scan writes to",
      cause,
    });
  }
  return names.sort();
}
