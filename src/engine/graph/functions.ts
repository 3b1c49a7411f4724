/**
 * All functions on tensors: what models are written with, and what gradient rules build on.
 *
 * @module
 */
export * from "./elementwise.ts";
export * from "./patches.ts";
export * from "./structural.ts";
