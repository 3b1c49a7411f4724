/**
 * Limits of a process as Linux writes them.
 *
 * @module
 */
import type { ProcessLimits } from "./host.ts";

/** Reads `/proc/self/limits`; without text there are none. */
export function limitsIn(text: string): ProcessLimits {
  const limit = (name: string) => {
    const [, value = ""] = new RegExp(`^Max ${name}\\s+(\\S+)`, "m").exec(text) ?? [];
    return /^\d+$/.test(value) ? Number(value) : Infinity;
  };
  return { addressSpaceBytes: limit("address space"), openFiles: limit("open files") };
}
