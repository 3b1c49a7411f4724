/**
 * Structured logging: `@logtape/logtape`, pinned.
 *
 * @module
 */

export * from "npm:@logtape/logtape@2.4.2";
