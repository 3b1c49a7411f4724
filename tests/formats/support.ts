/**
 * What the tests of the file formats share.
 *
 * @module
 */
import { ok, rejects } from "node:assert/strict";
import { DataError } from "../../src/common/errors.ts";

/** The path of a committed file that numpy or h5py wrote. */
export function fixture(name: string): URL {
  return new URL(`../../fixtures/io/${name}`, import.meta.url);
}

/** Runs with a folder of its own, which is removed afterwards. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The names in a folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** The promise is rejected with a `DataError` of one line that matches all patterns. */
export async function rejectsWith(work: Promise<unknown>, ...patterns: readonly RegExp[]): Promise<void> {
  await rejects(work, (error: unknown) => {
    ok(error instanceof DataError, String(error));
    for (const pattern of patterns) ok(pattern.test(error.message), `${pattern} in: ${error.message}`);
    ok(!error.message.includes("\n"), "one line");
    return true;
  });
}
