/**
 * Runs an Optique parser on a process: `@optique/run`, pinned.
 *
 * @module
 */

export * from "npm:@optique/run@1.3.6";
