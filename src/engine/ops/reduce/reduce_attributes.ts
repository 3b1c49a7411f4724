/**
 * Attributes of `reduce`, for the operation and its plans.
 *
 * @module
 */
import type { MapAttrs } from "../elementwise/map_program.ts";

/** The program is evaluated on `shape`, then the axes are reduced and stay as size 1. */
export interface ReduceAttrs extends MapAttrs {
  readonly kind: "sum" | "max";
  readonly axes: readonly number[];
}
