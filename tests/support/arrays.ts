/**
 * Reads reference vectors and real data for tests, and skips visibly where they are missing.
 *
 * @module
 */
import { openNpz } from "../../src/formats/npy/npz.ts";

/** One array: complex values interleaved. */
export interface TestArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The arrays of a file; throws for a name that is not there. */
export type TestArrays = (name: string) => TestArray;

const ROOT = new URL("../..", import.meta.url);

/** Where `golden/NAME` or `data/NAME` lies: in fixtures, else in the shared folder beside the checkout. */
export function findShared(path: string): URL | undefined {
  for (const base of ["fixtures/", "../shared/"]) {
    const url = new URL(base + path, ROOT);
    try {
      if (Deno.statSync(url).isFile) return url;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** All numeric arrays of an NPZ, as float64. */
export async function readArrays(url: URL): Promise<TestArrays> {
  await using npz = await openNpz(url);
  const arrays = new Map<string, TestArray>();
  for (const { key, dtype } of npz.entries) {
    if (dtype === "string" || dtype === "bytes") continue;
    const { shape, data } = await npz.readArray(key);
    arrays.set(key, { shape, data: Float64Array.from(data as ArrayLike<number | bigint>, Number) });
  }
  return (name) => {
    const array = arrays.get(name);
    if (!array) throw new Error(`${url.pathname} has no ${name}, only ${[...arrays.keys()].join(", ")}`);
    return array;
  };
}

/** A test that needs shared files; ignored, with a name that says so, where one is missing. */
export function testWithFiles(
  name: string,
  paths: readonly string[],
  run: (...files: TestArrays[]) => void | Promise<void>,
): void {
  const found = paths.map((path) => ({ path, url: findShared(path) }));
  const missing = found.filter(({ url }) => !url).map(({ path }) => path);
  if (missing.length > 0) {
    Deno.test({ name: `${name} (skipped: no ${missing.join(", ")})`, ignore: true, fn: () => {} });
    return;
  }
  Deno.test(name, async () => {
    await run(...await Promise.all(found.flatMap(({ url }) => url ? [readArrays(url)] : [])));
  });
}
