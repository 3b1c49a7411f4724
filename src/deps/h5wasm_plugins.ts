/**
 * Filters of HDF5 compiled to WebAssembly: `h5wasm-plugins`, pinned. Only the place of its files is used.
 *
 * @module
 */

export { base_url } from "npm:h5wasm-plugins@0.2.1";
