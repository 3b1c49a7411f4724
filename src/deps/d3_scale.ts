/**
 * Scales and ticks of axes: `d3-scale`, pinned.
 *
 * @module
 */

// @ts-types="npm:@types/d3-scale@4.0.9"
export { scaleLinear, scaleLog } from "npm:d3-scale@4.0.3";
