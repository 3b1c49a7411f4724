/**
 * Type-safe command-line parsers: `@optique/core`, pinned.
 *
 * @module
 */

export * from "npm:@optique/core@1.3.6";
