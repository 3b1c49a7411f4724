/**
 * The place that this program runs in.
 *
 * @module
 */
import { denoFiles, openDenoTemporary } from "./deno/files.ts";
import { denoMachine, openDenoHash } from "./deno/machine.ts";
import type { Host } from "./host.ts";
import { isNode } from "./node/builtin.ts";
import { nodeHost } from "./node/host.ts";
import { webHost } from "./web/host.ts";
import { startWebThread, webThreadScope } from "./web_threads.ts";

const host: Host = "Deno" in globalThis
  ? {
    files: denoFiles,
    openTemporary: openDenoTemporary,
    openHash: openDenoHash,
    machine: denoMachine(),
    startThread: startWebThread,
    threadScope: webThreadScope,
    sharesMemory: true,
  }
  : isNode()
  ? nodeHost()
  : webHost();

export const {
  files,
  openTemporary,
  openHash,
  machine,
  startThread: startThreadAt,
  threadScope,
  sharesMemory,
} = host;

/** Returns the POSIX name of a system's error, such as `ENOENT`; undefined for every other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return /^E[A-Z]+$/.test(error.code) ? error.code : undefined;
}

/** True where there is no file of that name. */
export function isMissing(error: unknown): boolean {
  return systemCode(error) === "ENOENT";
}

/** True for a regular file that can be seen. */
export function isFile(path: string): Promise<boolean> {
  return files.stat(path).then((facts) => facts?.isFile ?? false, () => false);
}

/** True for a folder that can be seen. */
export function isFolder(path: string): Promise<boolean> {
  return files.stat(path).then((facts) => facts?.isFolder ?? false, () => false);
}

/** True for a name that can be seen. */
export function exists(path: string): Promise<boolean> {
  return files.stat(path).then((facts) => facts !== undefined, () => false);
}

/** Returns the cache folder of the user, or undefined where the environment names none. */
export function cacheFolder(
  { environment, os }: { environment(name: string): string | undefined; readonly os: string } = {
    environment: machine.environment,
    os: machine.runtime.os,
  },
): string | undefined {
  const [home, local] = [environment("HOME"), environment("LOCALAPPDATA")];
  if (os === "windows") return local && `${local}\\plica`;
  if (os === "darwin") return home && `${home}/Library/Caches/plica`;
  const base = environment("XDG_CACHE_HOME") ?? (home && `${home}/.cache`);
  return base && `${base}/plica`;
}
