/**
 * The door of `formats`.
 *
 * @module
 */
export {
  type Bundle,
  BUNDLE_NAME,
  type BundleContent,
  type BundleModel,
  encodeBundle,
  type Json,
  readBundle,
  writeBundle,
} from "./bundle.ts";
export { decodeHdf5, encodeHdf5, type StoredArray } from "./hdf5.ts";
export { writeHdf5Arrays } from "./hdf5_arrays.ts";
export { MAX_TEXT_BYTES } from "./limits.ts";
export { countOf, type NpyArray } from "./npy/npy.ts";
export { toFloat32, toFloat64 } from "./npy/npy_write.ts";
export { type Npz, type NpzEntry, openNpz, type RowLayout } from "./npy/npz.ts";
export { encodeNpz, type NpyStream, type NpzArrays, textArray, writeNpz } from "./npy/npz_write.ts";
export { readRowsNow } from "./npy/rows.ts";
export { type EventFile, openEventFile, type SummaryValue } from "./tfevents.ts";
export { writeTiff } from "./tiff.ts";
