/**
 * Paths on the command line.
 *
 * @module
 */
import { BUNDLE_NAME } from "../io/bundle.ts";

/** The bundle in `path` where that is a folder, else `path` itself. */
export async function bundlePath(path: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info?.isDirectory ? `${path.replace(/[\\/]+$/, "")}/${BUNDLE_NAME}` : path;
}
