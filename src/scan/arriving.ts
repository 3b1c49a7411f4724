/**
 * Patterns as they arrive from a running scan: in NPZ files, or in lines of JSON.
 *
 * @module
 */
import { DataError, describeShape, isRecord, messageOf, parseJson, pause } from "../common/mod.ts";
import { countOf, type NpyArray, openNpz, toFloat32, toFloat64 } from "../formats/mod.ts";

import { convertDomain } from "./reading/domain.ts";
import type { OpenScanOptions } from "./types.ts";
import { arrivingFiles, bytesOfBase64, files, type WatchOptions } from "../host/mod.ts";

/** Patterns that came together. */
export interface Arrival {
  /** File or line, for messages. */
  readonly source: string;
  /** Photon counts [n, N, N], zero frequency at N/2. */
  readonly counts: Float32Array;
  /** Patch centres in object pixels, n each. */
  readonly xcoords: Float64Array;
  readonly ycoords: Float64Array;
}

/** Expected size and kind of patterns. */
export interface ArrivalOptions {
  /** N. */
  readonly size: number;
  /** Kind of the patterns. `auto`: integers are counts, the rest amplitude. Default auto. */
  readonly measurement?: OpenScanOptions["measurement"];
}

/**
 * Returns the patterns of an NPZ file: `diffraction` (n, N, N), `xcoords` and `ycoords` (n). Throws `DataError` for
 * anything else, and for values that no pattern has.
 */
export async function arrivalFromNpz(path: string, options: ArrivalOptions): Promise<Arrival> {
  await using npz = await openNpz(path);
  const [diffraction, xcoords, ycoords] = await Promise.all(
    ["diffraction", "xcoords", "ycoords"].map((key) => npz.readArray(key)),
  );
  return checked({ diffraction, xcoords, ycoords }, { ...options, source: path });
}

const TYPES = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int32: Int32Array,
} as const;

const isType = (name: unknown): name is keyof typeof TYPES =>
  typeof name === "string" && Object.hasOwn(TYPES, name);

/**
 * Returns the patterns of one line of JSON: `{"xcoords": [...], "ycoords": [...], "diffraction": {"dtype": "float32",
 * "shape": [n, N, N], "data": "<base64, little-endian>"}}`. A single number stands for a list of one, and a shape of
 * [N, N] for one pattern. `undefined` for `{"end": true}`. Throws `DataError` for anything else.
 */
export function arrivalFromJson(
  line: string,
  { source, ...options }: ArrivalOptions & { readonly source: string },
): Arrival | undefined {
  const refuse = (key: string, found: string, expected: string) =>
    new DataError({ file: source, key, found, expected, remedy: "correct what writes the lines" });
  const record = parsed(line, source);
  if (record.end === true) return undefined;
  const { diffraction } = record;
  if (!isRecord(diffraction)) {
    throw refuse("diffraction", typeOf(diffraction), "an object with dtype, shape and data");
  }
  const { dtype, shape, data } = diffraction;
  if (!isType(dtype)) {
    throw refuse(
      "diffraction.dtype",
      JSON.stringify(dtype) ?? "nothing",
      `one of ${Object.keys(TYPES).join(", ")}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && side >= 0)) {
    throw refuse("diffraction.shape", JSON.stringify(shape) ?? "nothing", "[n, N, N] or [N, N]");
  }
  if (typeof data !== "string") throw refuse("diffraction.data", typeOf(data), "base64");
  const Type = TYPES[dtype];
  const bytes = bytesOf(data, () => refuse("diffraction.data", "text that is no base64", "base64"));
  const whole = shape.length === 2 ? [1, ...shape] : shape;
  if (bytes.length !== countOf(whole) * Type.BYTES_PER_ELEMENT) {
    const expected = `${countOf(whole) * Type.BYTES_PER_ELEMENT} of shape ${
      describeShape(shape)
    } and ${dtype}`;
    throw refuse("diffraction.data", `${bytes.length} bytes`, expected);
  }
  const numbers = (key: "xcoords" | "ycoords"): NpyArray => {
    const value = record[key];
    const list = typeof value === "number" ? [value] : value;
    if (!Array.isArray(list) || !list.every((v) => typeof v === "number")) {
      throw refuse(key, typeOf(value), "a list of numbers");
    }
    return { dtype: "float64", shape: [list.length], data: Float64Array.from(list) };
  };
  const stack: NpyArray = { dtype, shape: whole, data: new Type(bytes.buffer, 0, countOf(whole)) };
  return checked({ diffraction: stack, xcoords: numbers("xcoords"), ycoords: numbers("ycoords") }, {
    ...options,
    source,
  });
}

/** Files that change within this time may be unfinished. */
const SETTLED_MS = 1000;

/**
 * The patterns of the files that appear in a folder, see {@linkcode arrivingFiles}; in the place of a file that is refused
 * its error. A file that was written to within the last second is tried again before it is refused.
 */
export async function* arrivalsInFolder(
  folder: string,
  options: ArrivalOptions & WatchOptions,
): AsyncGenerator<Arrival | DataError, void, undefined> {
  for await (const path of arrivingFiles(folder, options)) yield await fromFile(path, options);
}

async function fromFile(path: string, options: ArrivalOptions & WatchOptions): Promise<Arrival | DataError> {
  for (;;) {
    try {
      return await arrivalFromNpz(path, options);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const age = Date.now() - ((await files.stat(path).catch(() => undefined))?.changedMs ?? NaN);
      if (!(age <= SETTLED_MS) || options.signal?.aborted) return error;
      await pause(100, options.signal);
    }
  }
}

/** The patterns of lines of JSON, see {@linkcode arrivalFromJson}; in the place of a line that is refused its error. */
export async function* arrivalsInLines(
  stream: ReadableStream<Uint8Array>,
  { name = "standard input", signal, ...options }: ArrivalOptions & {
    readonly name?: string;
    readonly signal?: AbortSignal;
  },
): AsyncGenerator<Arrival | DataError, void, undefined> {
  let number = 0;
  for await (const line of linesOf(stream, signal)) {
    number++;
    if (line.trim() === "") continue;
    let arrival: Arrival | DataError | undefined;
    try {
      arrival = arrivalFromJson(line, { ...options, source: `${name}: line ${number}` });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      arrival = error;
    }
    if (!arrival) return;
    yield arrival;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<string> {
  const reader = stream.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", stop);
  const decoder = new TextDecoder();
  let parts: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const pieces = decoder.decode(value, { stream: !done }).split("\n");
      for (const piece of pieces.slice(0, -1)) {
        yield parts.join("") + piece;
        parts = [];
      }
      parts.push(pieces[pieces.length - 1]);
      if (done) break;
    }
    if (parts.join("") !== "" && !signal?.aborted) yield parts.join("");
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}

function parsed(line: string, source: string): Readonly<Record<string, unknown>> {
  const refuse = (found: string) =>
    new DataError({
      file: source,
      found,
      expected: "a JSON object with diffraction, xcoords and ycoords",
      remedy: "correct what writes the lines",
    });
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    throw refuse(`no JSON (${messageOf(error).slice(0, 80)})`);
  }
  if (!isRecord(value)) throw refuse(typeOf(value));
  return value;
}

function bytesOf(text: string, refuse: () => DataError): Uint8Array<ArrayBuffer> {
  try {
    return bytesOfBase64(text);
  } catch {
    throw refuse();
  }
}

function typeOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : typeof value === "string" ? "a text" : "an object";
}

function checked(
  { diffraction, xcoords, ycoords }: { diffraction: NpyArray; xcoords: NpyArray; ycoords: NpyArray },
  { size, measurement = "auto", source }: ArrivalOptions & { readonly source: string },
): Arrival {
  const refuse = (key: string, found: string, expected: string, remedy = "correct what writes them") =>
    new DataError({ file: source, key, found, expected, remedy });
  const { shape, dtype } = diffraction;
  if (shape.length !== 3 || shape[1] !== size || shape[2] !== size) {
    throw refuse(
      "diffraction",
      `shape ${describeShape(shape)}`,
      `[n, ${size}, ${size}], as the model was trained on`,
    );
  }
  if (!/^(u?int|float)/.test(dtype)) throw refuse("diffraction", `dtype ${dtype}`, "real numbers");
  const [n] = shape;
  if (n === 0) throw refuse("diffraction", "no patterns", "at least one");
  const positions = Object.entries({ xcoords, ycoords }).map(([key, array]) => {
    const { data } = array;
    if (countOf(array.shape) !== n) {
      throw refuse(key, `${countOf(array.shape)} positions`, `${n}, one for each pattern`);
    }
    const values = /^(u?int|float)/.test(array.dtype)
      ? toFloat64(array)
      : new Float64Array(data.length).fill(NaN);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw refuse(`${key}[${bad}]`, String(data[bad]), "a finite number of object pixels");
    return values;
  });
  const stored = measurement === "auto" ? (/^u?int/.test(dtype) ? "counts" : "amplitude") : measurement;
  const counts = toFloat32(diffraction).slice();
  const fault = faultOf(counts, size ** 2);
  if (fault) {
    const remedy = "take these patterns and their positions out, or repair them";
    throw refuse(
      "diffraction",
      `${fault.what} in pattern ${fault.pattern}`,
      `finite ${stored} >= 0, not all zero`,
      remedy,
    );
  }
  convertDomain(counts, { from: stored, to: "counts" });
  return { source, counts, xcoords: positions[0], ycoords: positions[1] };
}

function faultOf(values: Float32Array, pixels: number): { what: string; pattern: number } | undefined {
  for (let at = 0, pattern = 0; at < values.length; at += pixels, pattern++) {
    let sum = 0, min = 0;
    for (let i = at; i < at + pixels; i++) {
      sum += values[i];
      if (values[i] < min) min = values[i];
    }
    const what = !Number.isFinite(sum)
      ? "NaN or infinite values"
      : !Number.isFinite(Math.fround(sum))
      ? "values that are far too large"
      : min < 0
      ? "negative values"
      : sum === 0
      ? "zeros only"
      : undefined;
    if (what) return { what, pattern };
  }
  return undefined;
}
