/**
 * The rasteriser of SVG: `@cf-wasm/resvg`, pinned. Three megabytes with its WebAssembly inside: import it lazily.
 *
 * @module
 */

export { Resvg } from "npm:@cf-wasm/resvg@0.3.5/node";
