/**
 * Paths on the command line: a folder stands for what a command wrote into it.
 *
 * @module
 */
import { exists, isFolder } from "../../host/mod.ts";
import { BUNDLE_NAME } from "../../formats/mod.ts";

/** Returns the bundle in `path` where that is a folder, else `path` itself. */
export function bundlePath(path: string): Promise<string> {
  return fileIn(path, [BUNDLE_NAME]);
}

/**
 * Returns the result in `path` where that is a folder, else the bundle in it; `path` itself where it is none.
 */
export function resultOrBundlePath(path: string): Promise<string> {
  return fileIn(path, ["reconstruction.npz", BUNDLE_NAME]);
}

/** The first of `names` that is there, else the last. */
async function fileIn(path: string, names: readonly string[]): Promise<string> {
  if (!await isFolder(path)) return path;
  const files = names.map((name) => `${path.replace(/[\\/]+$/, "")}/${name}`);
  for (const file of files.slice(0, -1)) {
    if (await exists(file)) return file;
  }
  return files[files.length - 1];
}
