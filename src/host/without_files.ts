/**
 * A place without files by path, such as a page: sources are bytes, Blobs and addresses, results stay in memory.
 *
 * @module
 */
import type { Files, Host } from "./host.ts";

const REASON = "there are no files by path here: give bytes, a Blob or an address";

function refuse(): never {
  throw new Error(REASON);
}

const refuseLater = () => Promise.reject(new Error(REASON));

const files: Files = {
  stat: () => Promise.resolve(undefined),
  list: refuse,
  read: refuseLater,
  readText: refuseLater,
  open: refuseLater,
  openNow: refuse,
  create: refuseLater,
  append: refuseLater,
  makeFolder: refuseLater,
  remove: refuseLater,
  rename: refuseLater,
  link: refuseLater,
  lock: () => Promise.resolve({ unsupported: REASON }),
  freeBytes: () => Promise.resolve(Infinity),
};

/** Makes a host of what every JavaScript engine has. */
export function hostWithoutFiles(): Host {
  return {
    files,
    openTemporary: () => undefined,
    openHash: refuseLater,
    machine: {
      runtime: { name: navigator.userAgent, version: "", os: "", arch: "" },
      process: { host: "", pid: 0 },
      freeMemory: () => Infinity,
      environment: () => undefined,
      limits: () => Promise.resolve({ addressSpaceBytes: Infinity, openFiles: Infinity }),
      output: () => Promise.resolve(undefined),
    },
    sharesMemory: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true,
  };
}
