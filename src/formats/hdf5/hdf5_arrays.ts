/**
 * Numeric arrays of any type in an HDF5 file, with attributes. Complex numbers are the compound of `r` and `i` that h5py
 * and most readers take for complex.
 *
 * @module
 */
import { writeFileAtomic } from "../../host/mod.ts";
import { DataError } from "../../common/mod.ts";
import { type Hdf5File, type Hdf5Library, makeHdf5 } from "./hdf5.ts";
import { countOf, type NpyArray, type NpyDType } from "../npy/npy.ts";
import { toFloat32 } from "../npy/npy_write.ts";

/** Facts about a file or an array. */
export type Hdf5Attributes = Readonly<Record<string, string | number>>;

/** An array and what is said about it. */
export type Hdf5Array = NpyArray & { readonly attributes?: Hdf5Attributes };

/** Options of {@linkcode writeHdf5Arrays}. */
export interface Hdf5ArraysOptions {
  /** Of the file. */
  readonly attributes?: Hdf5Attributes;
  /** Soft links: where each lies, and the path that it names. */
  readonly links?: Readonly<Record<string, string>>;
}

const TYPES: Readonly<Partial<Record<NpyDType, string>>> = {
  bool: "<B",
  int8: "<b",
  uint8: "<B",
  int16: "<h",
  uint16: "<H",
  int32: "<i",
  uint32: "<I",
  int64: "<q",
  uint64: "<Q",
  float16: "<f",
  float32: "<f",
  float64: "<d",
};

/**
 * The bytes of a file with one dataset for each array, `group/name` in its group; the same arrays give the same bytes.
 * Throws `DataError` for text and where data and shape disagree.
 */
async function encodeHdf5Arrays(
  arrays: Readonly<Record<string, Hdf5Array>>,
  { attributes = {}, links = {} }: Hdf5ArraysOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return await makeHdf5((library, file) => {
    makeGroups(file, [...Object.keys(arrays), ...Object.keys(links)]);
    for (const [name, array] of Object.entries(arrays)) writeDataset(library, file, { name, array });
    for (const [name, target] of Object.entries(links)) file.create_soft_link(target, name);
    attach(file, attributes);
  });
}

function makeGroups(file: Hdf5File, names: readonly string[]): void {
  const groups = new Set<string>();
  for (const name of names) {
    const parts = name.split("/");
    for (let depth = 1; depth < parts.length; depth++) groups.add(parts.slice(0, depth).join("/"));
  }
  for (const group of groups) file.create_group(group);
}

/** Writes {@linkcode encodeHdf5Arrays}, whole or not at all. */
export async function writeHdf5Arrays(
  path: string,
  arrays: Readonly<Record<string, Hdf5Array>>,
  options: Hdf5ArraysOptions = {},
): Promise<void> {
  await writeFileAtomic(path, await encodeHdf5Arrays(arrays, options));
}

function writeDataset(
  library: Hdf5Library,
  file: Hdf5File,
  { name, array }: { name: string; array: Hdf5Array },
): void {
  const { dtype, data, attributes = {} } = array;
  const shape = [...array.shape];
  const complex = dtype.startsWith("complex");
  const wrong = Array.isArray(data) || data.length !== countOf(shape) * (complex ? 2 : 1);
  if (wrong || (!complex && TYPES[dtype] === undefined)) {
    throw new DataError({
      file: "hdf5 arrays",
      key: name,
      found: `${data.length} values of ${dtype}`,
      expected: `${countOf(shape)} numbers`,
      remedy: "give data and shape that agree",
    });
  }
  if (complex) {
    file.create_dataset({ name, shape, data: columnsOf(array), dtype: [["r", "<f"], ["i", "<f"]] });
  } else {
    file.create_dataset({ name, shape, data, dtype: TYPES[dtype] });
  }
  const dataset = file.get(name);
  if (dataset instanceof library.Dataset) attach(dataset, attributes);
}

function columnsOf(array: NpyArray): Map<string, Float32Array> {
  const pairs = toFloat32(array);
  const column = (first: number) => {
    const values = new Float32Array(pairs.length / 2);
    for (let i = 0; i < values.length; i++) values[i] = pairs[2 * i + first];
    return values;
  };
  return new Map([["r", column(0)], ["i", column(1)]]);
}

function attach(
  place: { create_attribute: Hdf5File["create_attribute"] },
  attributes: Hdf5Attributes,
): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") place.create_attribute(name, value);
    else place.create_attribute(name, Float64Array.of(value), [], "<d");
  }
}
