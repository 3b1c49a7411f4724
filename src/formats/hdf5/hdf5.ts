/**
 * Named float32 arrays in an HDF5 file, one dataset under each module path: `encoder.blocks.0.conv1.weight`
 * is
 * `/encoder/blocks/0/conv1/weight`. Complex arrays have a last axis of 2 and the attribute `complex`.
 *
 * The HDF5 library (4 MB of WebAssembly) is loaded when it is first needed, and works on files in memory.
 *
 * @module
 */
import { DataError, describeShape, messageOf } from "../../common/mod.ts";
import { countOf } from "../npy/npy.ts";

/** An array by name. */
export interface StoredArray {
  /** Does not count the pair of complex numbers. */
  readonly shape: readonly number[];
  /** Row-major; interleaved (re, im) where complex. */
  readonly data: Float32Array;
  /** Default false. */
  readonly complex?: boolean;
}

/** The HDF5 library. */
export type Hdf5Library = typeof import("../../deps/h5wasm.ts");

/** An open file of it. */
export type Hdf5File = InstanceType<Hdf5Library["File"]>;

/** Values may take this many times the bytes of their file, and 64 MiB in any case: more is no weights but a trap. */
const MOST_RATIO = 8;
const SMALL_BYTES = 1 << 26;

const COMPLEX_ATTRIBUTE = "complex";
const COMPLEX_MEANING = "last axis is (re, im)";

/**
 * The bytes of an HDF5 file with these arrays; the same arrays give the same bytes. Throws `DataError` where
 * a shape and its data disagree, or a name is empty, holds a slash, or is the group of another.
 */
export async function encodeHdf5(arrays: ReadonlyMap<string, StoredArray>): Promise<Uint8Array<ArrayBuffer>> {
  const names = [...arrays.keys()].sort();
  checkNames(names);
  return await makeHdf5((library, file) => {
    const groups = new Set<string>();
    for (const name of names) writeArray(library, file, { name, groups, array: arrays.get(name) });
  });
}

/** The bytes of a file that `fill` writes into; what is the same gives the same bytes. */
export async function makeHdf5(
  fill: (library: Hdf5Library, file: Hdf5File) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const from = unixSeconds();
  const bytes = await inMemory(undefined, (library, path) => {
    const file = new library.File(path, "w", { libver: ["earliest", "latest"] });
    try {
      fill(library, file);
      file.flush();
    } finally {
      file.close();
    }
  });
  clearModificationTimes(bytes, { from, to: unixSeconds() });
  return bytes;
}

/**
 * All arrays of a file that {@linkcode encodeHdf5} or h5py wrote; numbers become float32. `file` is for
 * messages.
 */
export async function decodeHdf5(bytes: Uint8Array, file = "hdf5 data"): Promise<Map<string, StoredArray>> {
  const arrays = new Map<string, StoredArray>();
  await inMemory(bytes, (library, path) => {
    let open: Hdf5File | undefined;
    try {
      open = new library.File(path, "r");
      if (open.file_id < 0n) throw new Error("the HDF5 library cannot open it");
      const room = { left: Math.max(SMALL_BYTES, MOST_RATIO * bytes.length) };
      for (const name of open.paths()) readArray(library, open, { name, arrays, room });
    } catch (error) {
      throw new DataError({
        file,
        found: `no readable HDF5 (${innermostReason(error)})`,
        expected: "an HDF5 file of float arrays",
        remedy: "copy or write the file again",
        cause: error,
      });
    } finally {
      if (open && open.file_id >= 0n) open.close();
    }
  });
  return arrays;
}

/** Runs `work` on a file of the library's own memory and returns its bytes afterwards. */
async function inMemory(
  content: Uint8Array | undefined,
  work: (library: Hdf5Library, path: string) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const library = await import("../../deps/h5wasm.ts");
  const module = await library.ready;
  const { FS } = module;
  const path = `/${crypto.randomUUID()}.h5`;
  // without this the library prints its errors
  module.activate_throwing_error_handler();
  try {
    if (content) FS.writeFile(path, content);
    work(library, path);
    return new Uint8Array(FS.readFile(path));
  } finally {
    if (FS.analyzePath(path).exists) FS.unlink(path);
  }
}

function writeArray(
  library: Hdf5Library,
  file: Hdf5File,
  { name, groups, array }: { name: string; groups: Set<string>; array: StoredArray | undefined },
): void {
  if (!array) return;
  const count = array.shape.reduce((product, n) => product * n, array.complex ? 2 : 1);
  if (count !== array.data.length || count === 0) {
    const expected = `${count || "some"} for shape ${describeShape(array.shape)}`;
    throw nameError(name, `${array.data.length} values`, expected, "give data and shape that agree");
  }
  const parts = name.split(".");
  for (let depth = 1; depth < parts.length; depth++) {
    const group = parts.slice(0, depth).join("/");
    if (!groups.has(group)) file.create_group(group);
    groups.add(group);
  }
  const parent = parts.length === 1 ? file : file.get(parts.slice(0, -1).join("/"));
  if (!(parent instanceof library.Group)) throw new Error(`no group for ${name}`);
  const shape = array.complex ? [...array.shape, 2] : [...array.shape];
  const dataset = parent.create_dataset({
    name: parts[parts.length - 1],
    data: array.data,
    shape,
    dtype: "<f",
  });
  if (array.complex) dataset.create_attribute(COMPLEX_ATTRIBUTE, COMPLEX_MEANING);
}

function readArray(
  library: Hdf5Library,
  file: Hdf5File,
  { name, arrays, room }: { name: string; arrays: Map<string, StoredArray>; room: { left: number } },
): void {
  const item = file.get(name);
  if (!(item instanceof library.Dataset)) return;
  const { metadata, shape } = item;
  if (shape === null) throw new Error(`${name} has no shape`);
  const needed = metadata.size * countOf(shape);
  // also false for NaN and infinity
  if (!(needed <= room.left)) {
    throw new Error(`${name} has ${needed} bytes of values where at most ${room.left} are plausible`);
  }
  room.left -= needed;
  const { value } = item;
  const members = metadata.compound_type?.members.map((member) => member.name).join();
  const pairs = members === "r,i"; // what h5py makes of complex numbers
  const data = pairs ? fromPairs(value, shape) : asFloat32(value);
  if (!data) throw new Error(`${name} does not hold numbers`);
  const complex = COMPLEX_ATTRIBUTE in item.attrs;
  if (complex && shape.at(-1) !== 2) throw new Error(`${name} is complex without a last axis of 2`);
  arrays.set(name.replace(/^\//, "").replaceAll("/", "."), {
    shape: complex ? shape.slice(0, -1) : shape,
    data,
    ...((complex || pairs) && { complex: true }),
  });
}

/** The library gives rows of members; a single value is its row alone. */
function fromPairs(value: unknown, shape: readonly number[]): Float32Array | undefined {
  const rows: unknown = shape.length === 0 ? [value] : value;
  return Array.isArray(rows) ? Float32Array.from(rows.flat(), Number) : undefined;
}

function asFloat32(value: unknown): Float32Array | undefined {
  if (typeof value === "number") return Float32Array.of(value);
  if (value instanceof Float32Array) return value;
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
    return Float32Array.from(value, Number);
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Float32Array.from(value as Float64Array);
  }
  return undefined;
}

function checkNames(names: readonly string[]): void {
  const known = new Set(names);
  for (const name of names) {
    const parts = name.split(".");
    if (parts.some((part) => part === "" || part.includes("/"))) {
      throw nameError(name, `the name "${name}"`, "words joined by dots", "rename the array");
    }
    for (let depth = 1; depth < parts.length; depth++) {
      const group = parts.slice(0, depth).join(".");
      if (known.has(group)) {
        throw nameError(name, `an array named ${group} as well`, "a group of that name", "rename one");
      }
    }
  }
}

function nameError(key: string, found: string, expected: string, remedy: string): DataError {
  return new DataError({ file: "hdf5 arrays", key, found, expected, remedy });
}

/** The library reports its whole call stack; the last line says what was wrong. */
export function innermostReason(error: unknown): string {
  const message = messageOf(error);
  return [...message.matchAll(/\(\): (.*?) major:/g)].at(-1)?.[1] ?? message;
}

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/**
 * Sets the time stamps of datasets to 1970. The library writes the time into each object header (message
 * 0x0012, 8 bytes, version 1; HDF5 File Format Specification 3.0, IV.A.2.s) and offers no way to leave it
 * out. Only stamps of the seconds in which the file was written are touched. These headers carry no checksum.
 */
function clearModificationTimes(bytes: Uint8Array, { from, to }: { from: number; to: number }): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 16 <= bytes.length; at += 8) {
    if (view.getUint32(at, true) !== 0x00080012 || view.getUint32(at + 8, true) !== 1) continue;
    const time = view.getUint32(at + 12, true);
    if (time >= from && time <= to) view.setUint32(at + 12, 0, true);
  }
}
