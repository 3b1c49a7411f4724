/**
 * Writing npy arrays, and turning their elements into floats.
 *
 * @module
 */
import { DataError, describeShape } from "../../common/mod.ts";
import { countOf, type NpyArray, type NpyDType } from "./npy.ts";

const DESCRIPTIONS: Readonly<Record<Exclude<NpyDType, "string" | "bytes">, string>> = {
  bool: "|b1",
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  uint16: "<u2",
  int32: "<i4",
  uint32: "<u4",
  int64: "<i8",
  uint64: "<u8",
  float16: "<f4",
  float32: "<f4",
  float64: "<f8",
  complex64: "<c8",
  complex128: "<c16",
};

/**
 * Encodes an npy file of version 1.0 (2.0 where the header is longer than 64 KiB), C order, little endian. `float16`
 * is written as float32, the precision it has in memory. Throws `DataError` where the number of elements and the
 * shape disagree.
 */
export function encodeNpy(array: NpyArray): Uint8Array<ArrayBuffer> {
  const { descr, body } = encodeBody(array);
  const head = encodeNpyHeader(descr, array.shape);
  const out = new Uint8Array(head.length + body.length);
  out.set(head);
  out.set(body, head.length);
  return out;
}

/**
 * Encodes the header alone, for arrays that are written piece by piece. `descr` as numpy spells it (`<f4`).
 */
export function encodeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const long = dict.length + 64 > 0xffff;
  const start = long ? 12 : 10;
  // numpy pads so that the data begins at a multiple of 64
  const total = Math.ceil((start + dict.length + 1) / 64) * 64;
  const out = new Uint8Array(total).fill(0x20);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, long ? 2 : 1, 0]);
  const view = new DataView(out.buffer);
  if (long) view.setUint32(8, total - start, true);
  else view.setUint16(8, total - start, true);
  out.set(new TextEncoder().encode(dict), start);
  out[total - 1] = 0x0a;
  return out;
}

/** Returns numpy's name of a numeric type, little endian. */
export function npyDescription(dtype: Exclude<NpyDType, "string" | "bytes">): string {
  return DESCRIPTIONS[dtype];
}

function encodeBody(array: NpyArray): { descr: string; body: Uint8Array } {
  const { dtype, data, shape } = array;
  if (dtype === "string" || dtype === "bytes" || Array.isArray(data)) return encodeText(array);
  const count = countOf(shape) * (dtype.startsWith("complex") ? 2 : 1);
  if (data.length !== count) {
    throw mismatch(`${data.length} elements`, `${count} for shape ${describeShape(shape)}`);
  }
  return { descr: DESCRIPTIONS[dtype], body: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function encodeText({ dtype, data, shape }: NpyArray): { descr: string; body: Uint8Array } {
  if (!Array.isArray(data) || data.length !== countOf(shape) || (dtype !== "string" && dtype !== "bytes")) {
    throw mismatch(
      `${dtype} with ${data.length} elements`,
      `text elements for shape ${describeShape(shape)}`,
    );
  }
  const encoder = new TextEncoder();
  const items = data.map((text) => dtype === "bytes" ? encoder.encode(text) : encodePoints(text));
  const size = items.reduce((most, item) => Math.max(most, item.length), dtype === "bytes" ? 1 : 4);
  const body = new Uint8Array(size * items.length);
  items.forEach((item, i) => body.set(item, i * size));
  return { descr: dtype === "bytes" ? `|S${size}` : `<U${size / 4}`, body };
}

function encodePoints(text: string): Uint8Array {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const out = new Uint8Array(4 * points.length);
  const view = new DataView(out.buffer);
  points.forEach((point, i) => view.setUint32(4 * i, point, true));
  return out;
}

function mismatch(found: string, expected: string): DataError {
  return new DataError({ file: "npy array", found, expected, remedy: "give data and shape that agree" });
}

/** Returns the elements as float32; complex numbers stay interleaved. Throws `DataError` for text. */
export function toFloat32(array: NpyArray): Float32Array {
  const { data } = array;
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  if (Array.isArray(data)) throw textFor(array);
  return new Float32Array(data);
}

/** Returns the elements as float64; complex numbers stay interleaved. Throws `DataError` for text. */
export function toFloat64(array: NpyArray): Float64Array {
  const { data } = array;
  if (data instanceof Float64Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  if (Array.isArray(data)) throw textFor(array);
  return new Float64Array(data);
}

function textFor(array: NpyArray): DataError {
  return new DataError({
    file: "npy array",
    found: `dtype ${array.dtype}`,
    expected: "numbers",
    remedy: "save the array with a numeric dtype",
  });
}
