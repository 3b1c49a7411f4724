/**
 * Threads: starting them, and what they see of the one that started them.
 *
 * @module
 */
import { threadAddress, type ThreadName } from "./assets.ts";
import { sharesMemory, startThreadAt, threadScope } from "./here.ts";
import type { Thread } from "./host.ts";

export { threadScope };

/** Starts a thread. */
export function startThread(name: ThreadName): Thread {
  return startThreadAt(threadAddress(name));
}

/** Returns the threads that can share memory here: one for each core, or one where a page is not isolated. */
export function sharingThreads(): number {
  return sharesMemory ? cores() : 1;
}

/** Returns the cores of this machine. */
export function cores(): number {
  return navigator.hardwareConcurrency;
}
