/**
 * The argument struct that both kernels of `wasm/pool/upsample2.c` take.
 *
 * @module
 */
import { planesOf } from "../../graph/types.ts";

/** `Upsample2Args`. */
export const UPSAMPLE2 = { out: "pointer", x: "pointer", rows: "int", width: "int" } as const;

/** Returns the rows of all small planes together, and their width. */
export function smallRows(shape: readonly number[]): { rows: number; width: number } {
  const [planes, height, width] = planesOf(shape);
  return { rows: planes * height, width };
}
