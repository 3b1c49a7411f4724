/**
 * Paths of curves: `d3-shape`, pinned.
 *
 * @module
 */

// @ts-types="npm:@types/d3-shape@3.2.0"
export { line } from "npm:d3-shape@3.2.1";
