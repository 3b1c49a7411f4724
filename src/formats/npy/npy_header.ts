/**
 * The Python dictionary at the head of an npy file.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";

/** Names for messages: where the bytes come from. */
export interface NpySource {
  readonly file?: string;
  readonly key?: string;
}

/** Returns a `DataError` about an npy array. */
export function npyError(source: NpySource, found: string, expected: string, remedy?: string): DataError {
  return new DataError({
    file: source.file ?? "npy data",
    key: source.key,
    found,
    expected,
    remedy: remedy ?? "write the array again with numpy.save or numpy.savez",
  });
}

/** The three fields that every header has. */
export interface HeaderDict {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** A field with the comma behind it: a text, a word, or a tuple of numbers. */
const FIELD =
  /\s*['"](descr|fortran_order|shape)['"]\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\))\s*(?:,|(?=\s*$))/gy;
const QUOTED = /^['"](.*)['"]$/s;

/** Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. Throws `DataError` otherwise. */
export function parseHeaderDict(text: string, source: NpySource): HeaderDict {
  const malformed = () =>
    npyError(
      source,
      `the npy header ${JSON.stringify(text.trim().slice(0, 120))}`,
      "descr, fortran_order and shape",
    );
  const body = /^\s*\{(.*)\}[\s\0]*$/s.exec(text)?.[1];
  if (body === undefined) throw malformed();
  if (/^\s*['"]descr['"]\s*:\s*\[/.test(body)) {
    throw npyError(
      source,
      "a structured array",
      "plain numbers or text",
      "save each field as an array of its own",
    );
  }
  const fields = new Map([...body.matchAll(FIELD)].map(([, name, value]) => [name, value]));
  // each of the three once, and nothing besides: a field in a table inside is no field of this one
  const known = fields.size === 3 && body.replace(FIELD, "").trim() === "";
  const descr = QUOTED.exec(fields.get("descr") ?? "")?.[1];
  const order = /^(?:True|False)$/.exec(fields.get("fortran_order") ?? "")?.[0];
  const tuple = /^\(([^()]*)\)$/.exec(fields.get("shape") ?? "")?.[1];
  if (!known || descr === undefined || order === undefined || tuple === undefined) throw malformed();
  return { descr, fortranOrder: order === "True", shape: parseTuple(tuple, malformed) };
}

function parseTuple(text: string, malformed: () => Error): number[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  const shape = parts.map((part) => {
    // Python 2 wrote long integers with a final L
    if (!/^\d+L?$/.test(part)) throw malformed();
    return Number.parseInt(part, 10);
  });
  if (!Number.isSafeInteger(shape.reduce((product, n) => product * n, 16))) throw malformed();
  return shape;
}
