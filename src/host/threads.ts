/**
 * Threads: starting them, and what they see of the one that started them.
 *
 * @module
 */
import { threadAddress, type ThreadName } from "./assets.ts";
import { sharesMemory } from "./here.ts";
import type { Thread, ThreadScope } from "./host.ts";

/** Starts a thread. */
export function startThread(name: ThreadName): Thread {
  return new Worker(threadAddress(name), { type: "module" });
}

/** Returns the scope of this thread, to be asked for by the modules of threads alone. */
export function threadScope<In, Out>(): ThreadScope<In, Out> {
  return globalThis as unknown as ThreadScope<In, Out>;
}

/** Returns the threads that can share memory here: one for each core, or one where a page is not isolated. */
export function sharingThreads(): number {
  return sharesMemory ? cores() : 1;
}

/** Returns the cores of this machine. */
export function cores(): number {
  return navigator.hardwareConcurrency;
}
