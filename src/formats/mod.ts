/**
 * Formats: bytes to arrays and back, for NPY, NPZ, ZIP, HDF5, TIFF, TensorBoard's event files and the bundle of a model.
 *
 * In go paths, addresses, bytes or arrays; out come arrays with shape and type, or whole files. Sizes in headers are checked
 * against what an entry holds before memory is taken, and a `DataError` names file, entry, found and expected.
 *
 * Called by every wing that reads or writes files. Imports `common`, `host` and `numeric`; knows no scan.
 *
 * @module
 */
export {
  type Bundle,
  BUNDLE_NAME,
  type BundleContent,
  type BundleModel,
  bundleOf,
  encodeBundle,
  type Json,
  readBundle,
  writeBundle,
} from "./bundle.ts";
export { decodeHdf5, encodeHdf5, type StoredArray } from "./hdf5/hdf5.ts";
export { type Hdf5Dataset, type Hdf5Reader, isHdf5, openHdf5 } from "./hdf5/hdf5_file.ts";
export { type Hdf5Array, writeHdf5Arrays } from "./hdf5/hdf5_arrays.ts";
export { decodeMat, isMat } from "./mat.ts";
export { MAX_TEXT_BYTES } from "./limits.ts";
export { type KerasConvolution, readKerasConvolutions } from "./keras.ts";
export {
  countOf,
  decodeNpyBody,
  type NpyArray,
  type NpyDType,
  npyHeaderLength,
  parseNpyHeader,
} from "./npy/npy.ts";
export { toFloat32, toFloat64 } from "./npy/npy_write.ts";
export { type Npz, type NpzEntry, openNpz, type RowLayout } from "./npy/npz.ts";
export { type VirtualArray, virtualNpz } from "./npy/virtual_npz.ts";
export { encodeNpz, type NpyStream, type NpzArrays, textArray, writeNpz } from "./npy/npz_write.ts";
export { encodeOnnx, type OnnxAttribute, type OnnxNode, type OnnxTensor } from "./onnx.ts";
export { readRowsNow } from "./npy/rows.ts";
export { type EventFile, openEventFile, type SummaryValue } from "./tfevents.ts";
export { writeTiff } from "./tiff.ts";
export { isTiff, openTiff, type TiffPages } from "./tiff_read.ts";
export { decodePickle } from "./torch/pickle.ts";
export { isTorchFile, readTorch, readTorchZip, TorchTensor } from "./torch/torch.ts";
export { openZip, type ZipArchive } from "./zip/zip.ts";
