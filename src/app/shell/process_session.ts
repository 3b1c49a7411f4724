/**
 * The session of the running process, in Deno and in Node.
 *
 * @module
 */
import { denoSession } from "./deno_session.ts";
import type { ProcessSession } from "./session.ts";

/** Returns the session of the running process. What Node needs is loaded there alone: help is to start at once. */
export async function processSession(): Promise<ProcessSession> {
  if ("Deno" in globalThis) return denoSession();
  const { nodeSession } = await import("./node_session.ts");
  return nodeSession();
}
