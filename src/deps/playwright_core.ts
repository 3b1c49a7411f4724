/**
 * Browsers for tests of the page: `playwright-core`, pinned. Brings no browser along.
 *
 * @module
 */

export * from "npm:playwright-core@1.65.1";
