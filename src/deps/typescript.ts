/**
 * TypeScript, pinned: declarations of the package for npm. For the build alone.
 *
 * @module
 */
export { default } from "npm:typescript@5.9.3";
