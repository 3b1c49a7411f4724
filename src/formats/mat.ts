/**
 * MATLAB files of version 5 (`save -v6`, `-v7`, scipy): numeric arrays and structures of them. Version 7.3 is HDF5.
 *
 * Source: MAT-File Format, MathWorks, R2023a, chapter 1.
 *
 * @module
 */
import { DataError, messageOf } from "../common/mod.ts";

/** A numeric array as MATLAB has it. */
export interface MatArray {
  /** Rows, columns, and so on. */
  readonly shape: readonly number[];
  /** Column-major: the first index runs fastest; interleaved (re, im) where complex. */
  readonly data: Float64Array;
  readonly complex: boolean;
}

/** Element types of the format (miINT8 ...) with their bytes. */
const SIZES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 2,
  5: 4,
  6: 4,
  7: 4,
  9: 8,
  12: 8,
  13: 8,
};
const MATRIX = 14, COMPRESSED = 15;
/** Classes of arrays: structure (mxSTRUCT_CLASS), the first and the last that is numeric (double to uint64). */
const STRUCTURE = 2, FIRST_NUMERIC = 6, LAST_NUMERIC = 15;
const COMPLEX_FLAG = 0x0800;
const MAX_DEPTH = 16;
/** Most bytes of a variable when it is inflated. */
const MAX_BYTES = 2 ** 30;

/** True for the bytes a file of version 5 begins with. */
export function isMat(head: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(head.subarray(0, 10)) === "MATLAB 5.0";
}

/** The numeric arrays of a file; those of structures as `p.lambda`. `file` is for messages. */
export async function decodeMat(bytes: Uint8Array, file: string): Promise<Map<string, MatArray>> {
  const refuse = (found: string, expected: string, cause?: unknown) =>
    new DataError({ file, found, expected, remedy: "save it again with MATLAB or scipy", cause });
  if (bytes.length < 128 || !isMat(bytes) || bytes[126] !== 0x49 || bytes[127] !== 0x4d) {
    throw refuse("no MATLAB file of version 5, little-endian", "one");
  }
  const arrays = new Map<string, MatArray>();
  try {
    let at = 128;
    while (at < bytes.length) {
      const element = elementAt(bytes, at);
      at = element.end;
      if (element.type === COMPRESSED) {
        const inner = elementAt(await inflated(element.body), 0);
        if (inner.type === MATRIX) collect(inner.body, { arrays, prefix: "", depth: 0 });
      } else if (element.type === MATRIX) collect(element.body, { arrays, prefix: "", depth: 0 });
    }
  } catch (error) {
    throw refuse(`a damaged MATLAB file (${messageOf(error)})`, "whole elements", error);
  }
  return arrays;
}

interface Element {
  readonly type: number;
  readonly body: Uint8Array;
  /** First byte after it. */
  readonly end: number;
}

/** An element: type and bytes in eight bytes, or both in the first four where there are at most four bytes. */
function elementAt(bytes: Uint8Array, at: number): Element {
  if (at + 8 > bytes.length) throw new Error(`it ends at byte ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const small = view.getUint16(at + 2, true);
  if (small > 0) {
    if (small > 4) throw new Error(`${small} bytes in a small element`);
    return { type: view.getUint16(at, true), body: bytes.subarray(at + 4, at + 4 + small), end: at + 8 };
  }
  const type = view.getUint32(at, true), length = view.getUint32(at + 4, true);
  const end = at + 8 + length;
  if (end > bytes.length) throw new Error(`an element of ${length} bytes at ${at}, past the end`);
  // compressed elements are not padded
  const padded = type === COMPRESSED ? end : Math.min(at + 8 + 8 * Math.ceil(length / 8), bytes.length);
  return { type, body: bytes.subarray(at + 8, end), end: padded };
}

async function inflated(body: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([body.slice()]).stream().pipeThrough(new DecompressionStream("deflate"));
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes in a variable`);
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

interface Collecting {
  readonly arrays: Map<string, MatArray>;
  readonly prefix: string;
  readonly depth: number;
}

/** Takes an array, or those in a structure of one element; text, cells and objects are passed over. */
function collect(body: Uint8Array, { arrays, prefix, depth }: Collecting): void {
  if (body.length === 0 || depth > MAX_DEPTH) return;
  const flags = elementAt(body, 0);
  const dims = elementAt(body, flags.end);
  const name = elementAt(body, dims.end);
  const [kind, bits] = [flags.body[0], flags.body[0] | flags.body[1] << 8];
  const shape = Array.from(numbersOf(dims));
  const key = prefix + new TextDecoder("latin1").decode(name.body);
  const count = shape.reduce((product, side) => product * side, 1);
  if (kind === STRUCTURE && count === 1) {
    collectFields(body, name.end, { arrays, prefix: `${key}.`, depth });
  } else if (kind >= FIRST_NUMERIC && kind <= LAST_NUMERIC) {
    const re = elementAt(body, name.end), complex = (bits & COMPLEX_FLAG) !== 0;
    const real = numbersOf(re);
    if (real.length !== count) throw new Error(`${real.length} values of ${key} for ${count}`);
    const imaginary = complex ? numbersOf(elementAt(body, re.end)) : undefined;
    if (imaginary && imaginary.length !== count) throw new Error(`parts of ${key} that differ in length`);
    arrays.set(key, { shape, complex, data: imaginary ? interleaved(real, imaginary) : real });
  }
}

function collectFields(body: Uint8Array, from: number, { arrays, prefix, depth }: Collecting): void {
  const length = elementAt(body, from);
  const names = elementAt(body, length.end);
  const [width] = numbersOf(length);
  if (!(width > 0)) throw new Error("a structure without the length of its names");
  let at = names.end;
  for (let first = 0; first + width <= names.body.length; first += width) {
    const [field] = new TextDecoder("latin1").decode(names.body.subarray(first, first + width)).split("\0");
    const element = elementAt(body, at);
    at = element.end;
    // the array in a field has no name of its own
    if (element.type === MATRIX) collect(element.body, { arrays, prefix: prefix + field, depth: depth + 1 });
  }
}

function interleaved(re: Float64Array, im: Float64Array): Float64Array {
  const out = new Float64Array(2 * re.length);
  for (let i = 0; i < re.length; i++) {
    out[2 * i] = re[i];
    out[2 * i + 1] = im[i];
  }
  return out;
}

function numbersOf({ type, body }: Element): Float64Array {
  const size = SIZES[type];
  if (size === undefined) throw new Error(`numbers of type ${type}`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const read = (at: number): number => {
    switch (type) {
      case 1:
        return view.getInt8(at);
      case 2:
        return view.getUint8(at);
      case 3:
        return view.getInt16(at, true);
      case 4:
        return view.getUint16(at, true);
      case 5:
        return view.getInt32(at, true);
      case 6:
        return view.getUint32(at, true);
      case 7:
        return view.getFloat32(at, true);
      case 12:
        return Number(view.getBigInt64(at, true));
      case 13:
        return Number(view.getBigUint64(at, true));
      default:
        return view.getFloat64(at, true);
    }
  };
  return Float64Array.from({ length: Math.floor(body.length / size) }, (_, k) => read(k * size));
}
