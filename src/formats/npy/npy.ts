/**
 * The npy format of numpy, versions 1.0 to 3.0: headers, arrays in, arrays out.
 *
 * Arrays come out in C order and native byte order. Complex numbers are interleaved (re, im) pairs; shapes do
 * not count the pair. Pickled object arrays are refused: unpickling runs code.
 *
 * Source: numpy/lib/format, "A Simple File Format for NumPy Arrays" (NEP 1).
 *
 * @module
 */
import { describeShape } from "../../common/mod.ts";
import { npyError, type NpySource, parseHeaderDict } from "./npy_header.ts";
import { halfTable, reorderToC, swapBytes } from "./npy_layout.ts";

/** Element types. `string` is numpy's `U`, `bytes` its `S`. */
export type NpyDType =
  | "bool"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float16"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128"
  | "string"
  | "bytes";

/** Elements in memory; float16 is widened to float32, complex numbers are interleaved. */
export type NpyData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | string[];

/** An array: `data` in C order. */
export interface NpyArray {
  readonly dtype: NpyDType;
  readonly shape: readonly number[];
  readonly data: NpyData;
}

/** Header of an npy file. */
export interface NpyHeader {
  readonly dtype: NpyDType;
  readonly shape: readonly number[];
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  /** Bytes of one element. */
  readonly itemBytes: number;
  /** Offset of the first element in bytes. */
  readonly dataOffset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** A map and not an object: the name comes from the file, and `__proto__` is in every object. */
const KINDS: ReadonlyMap<string, NpyDType> = new Map([
  ["b1", "bool"],
  ["i1", "int8"],
  ["u1", "uint8"],
  ["i2", "int16"],
  ["u2", "uint16"],
  ["i4", "int32"],
  ["u4", "uint32"],
  ["i8", "int64"],
  ["u8", "uint64"],
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
  ["c8", "complex64"],
  ["c16", "complex128"],
]);

/** Longest header that is read; numpy itself stops at 10,000 bytes. */
const MAX_HEADER_BYTES = 1 << 20;
const MAX_EMPTY_TEXTS = 65536;

export { npyError, type NpySource };

/** Returns the number of elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/**
 * Returns the bytes up to the end of the header, or `undefined` while `bytes` is too short to tell. Throws `DataError`
 * where the magic bytes are wrong.
 */
export function npyHeaderLength(bytes: Uint8Array, source: NpySource = {}): number | undefined {
  for (let i = 0; i < Math.min(bytes.length, 6); i++) {
    if (bytes[i] !== MAGIC[i]) {
      throw npyError(source, "bytes that do not start with the npy magic", "an npy array (numpy.save)");
    }
  }
  if (bytes.length < 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6];
  if (major < 1 || major > 3) throw npyError(source, `npy format version ${major}`, "version 1, 2 or 3");
  const length = major === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) {
    throw npyError(source, `an npy header of ${length} bytes`, `at most ${MAX_HEADER_BYTES} bytes`);
  }
  return length;
}

/** Reads the header at the start of `bytes`; throws `DataError` where it is malformed. */
export function parseNpyHeader(bytes: Uint8Array, source: NpySource = {}): NpyHeader {
  const end = npyHeaderLength(bytes, source);
  if (end === undefined || end > bytes.length) {
    throw npyError(
      source,
      `${bytes.length} bytes`,
      "a whole npy header",
      "the file is cut short: copy it again",
    );
  }
  const start = bytes[6] === 1 ? 10 : 12;
  // latin1 for versions 1 and 2; TextDecoder's "latin1" is windows-1252, equal in the range that descr uses
  const text = new TextDecoder(bytes[6] === 3 ? "utf-8" : "latin1").decode(bytes.subarray(start, end));
  const { descr, fortranOrder, shape } = parseHeaderDict(text, source);
  const element = parseDescr(descr, source);
  // elements of no bytes take no room, so that nothing else bounds their number
  if (element.itemBytes === 0 && countOf(shape) > MAX_EMPTY_TEXTS) {
    throw npyError(source, `${countOf(shape)} texts of no length`, `at most ${MAX_EMPTY_TEXTS}`);
  }
  return { ...element, fortranOrder, shape, dataOffset: end };
}

function parseDescr(
  descr: string,
  source: NpySource,
): Pick<NpyHeader, "dtype" | "littleEndian" | "itemBytes"> {
  const match = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr);
  const refuse = () => npyError(source, `dtype '${descr}'`, "bool, integer, float, complex or text elements");
  if (!match) throw refuse();
  const [, order, kind, digits] = match;
  if (kind === "O") {
    throw npyError(
      source,
      "a pickled object array",
      "plain numbers or text",
      "arrays that need allow_pickle are refused because unpickling runs code: save it with a numeric dtype",
    );
  }
  const littleEndian = order !== ">";
  const size = Number(digits);
  if (kind === "U" || kind === "S") {
    return {
      dtype: kind === "U" ? "string" : "bytes",
      littleEndian,
      itemBytes: kind === "U" ? 4 * size : size,
    };
  }
  const dtype = KINDS.get(kind + digits);
  if (dtype === undefined) throw refuse();
  return { dtype, littleEndian, itemBytes: size };
}

/** Reads a whole npy file; throws `DataError` where size and shape disagree. */
export function decodeNpy(bytes: Uint8Array, source: NpySource = {}): NpyArray {
  const header = parseNpyHeader(bytes, source);
  const expected = countOf(header.shape) * header.itemBytes;
  const body = bytes.subarray(header.dataOffset);
  if (body.length !== expected) {
    throw npyError(
      source,
      `${body.length} bytes of data`,
      `${expected} for shape ${describeShape(header.shape)} of ${header.dtype}`,
      "the array is damaged: write it again",
    );
  }
  return { dtype: header.dtype, shape: header.shape, data: decodeNpyBody(header, body) };
}

/**
 * Returns the elements from the raw bytes behind a header, in C order (for whole arrays in Fortran order as well).
 */
export function decodeNpyBody(header: NpyHeader, body: Uint8Array): NpyData {
  if (header.dtype === "string" || header.dtype === "bytes") return decodeText(header, body);
  const words = header.dtype.startsWith("complex") ? header.itemBytes / 2 : header.itemBytes;
  // a copy always: typed arrays need alignment, and the caller's buffer stays untouched
  const copy = header.fortranOrder && header.shape.length > 1
    ? reorderToC(body, header.shape, header.itemBytes)
    : body.slice();
  if (!header.littleEndian) swapBytes(copy, words);
  return viewAs(header.dtype, copy.buffer);
}

function viewAs(dtype: NpyDType, buffer: ArrayBuffer): NpyData {
  switch (dtype) {
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    case "float32":
    case "complex64":
      return new Float32Array(buffer);
    case "float64":
    case "complex128":
      return new Float64Array(buffer);
    case "float16": {
      const table = halfTable();
      return Float32Array.from(new Uint16Array(buffer), (bits) => table[bits]);
    }
    default:
      return new Uint8Array(buffer);
  }
}

function decodeText(header: NpyHeader, body: Uint8Array): string[] {
  const count = countOf(header.shape);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const utf8 = new TextDecoder();
  return Array.from({ length: count }, (_, i) => {
    const start = i * header.itemBytes;
    if (header.dtype === "bytes") {
      return utf8.decode(body.subarray(start, start + header.itemBytes)).replace(/\0+$/, "");
    }
    const points: string[] = [];
    for (let at = start; at < start + header.itemBytes; at += 4) {
      const point = view.getUint32(at, header.littleEndian);
      points.push(point <= 0x10ffff ? String.fromCodePoint(point) : "\ufffd");
    }
    return points.join("").replace(/\0+$/, "");
  });
}
