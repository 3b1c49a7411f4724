/**
 * The configuration: schemas, layers with provenance, files, and the interfaces through which the library
 * reports. Imports nothing of the other layers.
 *
 * @module
 */
export * from "./data.ts";
export * from "./errors.ts";
export * from "./execution.ts";
export * from "./field.ts";
export * from "./file.ts";
export * from "./inference.ts";
export * from "./layers.ts";
export * from "./logger.ts";
export * from "./model.ts";
export * from "./nearest.ts";
export * from "./presets.ts";
export * from "./resolve.ts";
export * from "./schema.ts";
export * from "./training.ts";
export * from "./value.ts";
export * from "./version.ts";
