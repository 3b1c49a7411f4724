/**
 * Threads as the web has them: in a browser and in Deno.
 *
 * @module
 */
import type { Thread, ThreadScope } from "./host.ts";

/** Starts a thread. */
export function startWebThread(address: URL): Thread {
  return new Worker(address, { type: "module" });
}

/** Returns the scope of this thread. */
export function webThreadScope<In, Out>(): ThreadScope<In, Out> {
  return globalThis as unknown as ThreadScope<In, Out>;
}
