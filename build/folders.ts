/**
 * Places of the build.
 *
 * @module
 */

/** The root of the project. */
export const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
/** What is built. */
export const DIST = `${ROOT}/dist`;
