/**
 * Paths on the command line.
 *
 * @module
 */

/** Name of the bundle in the folder of a run. */
export const BUNDLE_NAME = "wts.h5.zip";

/** The bundle in `path` where that is a folder, else `path` itself. */
export async function bundlePath(path: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info?.isDirectory ? `${path.replace(/[\\/]+$/, "")}/${BUNDLE_NAME}` : path;
}
