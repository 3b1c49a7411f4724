/**
 * A browser as a place to run in. It has no files by path: sources are bytes, Blobs and addresses, results stay in memory.
 *
 * @module
 */
import type { Files, GrowingHash, Host } from "../host.ts";
import { startWebThread, webThreadScope } from "../web_threads.ts";

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

/** Web Crypto has no digest that grows: the bytes wait in a Blob, which the browser may keep on its disk. */
function openHash(): Promise<GrowingHash> {
  const pieces: Blob[] = [];
  return Promise.resolve({
    update: (bytes) => void pieces.push(new Blob([new Uint8Array(bytes)])),
    async hex() {
      const digest = await crypto.subtle.digest("SHA-256", await new Blob(pieces).arrayBuffer());
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  });
}

/** Makes the host of a browser: a page or one of its workers. */
export function webHost(): Host {
  return {
    files,
    openTemporary: () => undefined,
    openHash,
    machine: {
      runtime: { name: navigator.userAgent, version: "", os: "", arch: "" },
      process: { host: "", pid: 0 },
      freeMemory: () => Infinity,
      environment: () => undefined,
      limits: () => Promise.resolve({ addressSpaceBytes: Infinity, openFiles: Infinity }),
      output: () => Promise.resolve(undefined),
    },
    startThread: startWebThread,
    threadScope: webThreadScope,
    sharesMemory: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true,
  };
}
