/**
 * Zip archives with zip64 and range reads: `@zip.js/zip.js`, pinned.
 *
 * @module
 */

export * from "npm:@zip.js/zip.js@2.24.0";
