/**
 * The files that `src/host/assets.ts` names: modules of threads become entries of the bundle, other files are copied
 * beside it, and their addresses follow.
 *
 * @module
 */
import type { Plugin } from "../src/deps/esbuild.ts";
import { ROOT } from "./folders.ts";

const MODULE = `${ROOT}/src/host/assets.ts`;
const ADDRESS = /new URL\("([^"]+)", import\.meta\.url\)/g;

/** The files, by what they are. */
export interface Assets {
  readonly threads: readonly string[];
  readonly files: readonly string[];
}

/** Reads which files there are. */
export async function findAssets(): Promise<Assets> {
  const source = await Deno.readTextFile(MODULE);
  const paths = [...source.matchAll(ADDRESS)].map(([, path]) => new URL(path, `file://${MODULE}`).pathname);
  if (paths.length === 0) {
    throw new Error(`${MODULE}: found no address, expected new URL(..., import.meta.url)`);
  }
  return {
    threads: paths.filter((path) => path.endsWith(".ts")),
    files: paths.filter((path) => !path.endsWith(".ts")),
  };
}

/** The name of a file without its folder. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Rewrites the addresses: all that is built lies in one folder. */
export const assetsPlugin: Plugin = {
  name: "assets",
  setup(build) {
    build.onLoad({ filter: /\/(src\/host\/assets|web\/page)\.ts$/ }, async ({ path }) => ({
      loader: "ts",
      contents: (await Deno.readTextFile(path)).replace(
        ADDRESS,
        (_, target) => `new URL("./${baseName(target).replace(/\.ts$/, ".js")}", import.meta.url)`,
      ),
    }));
  },
};
