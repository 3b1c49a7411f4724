/**
 * All functions on tensors: what models are written with, and what gradient rules build on.
 *
 * @module
 */
export * from "./elementwise.ts";
export * from "./patches.ts";
export * from "./structural.ts";

/** The functions as gradient rules receive them. */
export type Functions = typeof import("./functions.ts");
