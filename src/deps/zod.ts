/**
 * Schemas of the configuration: `zod`, pinned.
 *
 * @module
 */

export * from "npm:zod@4.6.7";
