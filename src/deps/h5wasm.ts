/**
 * HDF5 compiled to WebAssembly: `h5wasm`, pinned. Four megabytes: import it lazily.
 *
 * @module
 */

export * from "npm:h5wasm@0.10.3";
export { default } from "npm:h5wasm@0.10.3";
