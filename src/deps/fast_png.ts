/**
 * PNG encoder and decoder: `fast-png`, pinned.
 *
 * @module
 */

export * from "npm:fast-png@8.0.0";
