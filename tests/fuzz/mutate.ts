/**
 * Damage to the bytes of real files.
 *
 * @module
 */
import fc from "../../src/deps/fast_check.ts";

/** One change; `at` is a part of the length, so that it fits every file. */
export interface Edit {
  readonly kind: "flip" | "byte" | "number" | "cut" | "remove" | "repeat" | "zero" | "token";
  /** From 0 to 1. */
  readonly at: number;
  readonly value: number;
}

/** Numbers that lengths, counts and offsets are confused with. */
const NUMBERS = [0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]
  .map(BigInt).concat(0x7fc000007fc00000n, 0x7ff8000000000000n, 0x7ff0000000000000n); // and NaN, NaN, infinity

/** Words that parsers stumble over. */
const TOKENS = [
  "__proto__",
  "constructor",
  "null",
  ".nan",
  "1e999",
  "[",
  "{",
  "- ",
  "&a [*a]",
  "*a",
  "'",
  '"',
  ": ",
  "|O8",
]
  .concat("<U0", "<U99999999", "(", ")", "99999999999", "-1", "\0", "\n", "\\ud800", "../", "<<: ");

/** Up to eight edits; one, as often as not. */
export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Edit["kind"]>(
      ...["flip", "flip", "byte", "number", "number", "cut", "remove", "repeat", "zero", "token"] as const,
    ),
    // not fc.double, which is even over bit patterns: nearly all of it lies before the first byte
    at: fc.noBias(fc.nat({ max: 2 ** 30 - 1 })).map((value) => value / 2 ** 30),
    value: fc.nat({ max: 0xffff }),
  }),
  { minLength: 1, maxLength: 8, size: "small" },
);

/** The bytes with all changes made, one after another. */
export function mutate(bytes: Uint8Array, changes: readonly Edit[]): Uint8Array<ArrayBuffer> {
  return changes.reduce<Uint8Array<ArrayBuffer>>(apply, new Uint8Array(bytes));
}

function apply(bytes: Uint8Array<ArrayBuffer>, { kind, at, value }: Edit): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return bytes;
  const place = Math.floor(at * bytes.length);
  const length = 1 + value % Math.min(64, bytes.length - place);
  switch (kind) {
    case "cut":
      return bytes.slice(0, place);
    case "remove":
      return spliced(bytes, place, { drop: length, add: new Uint8Array(0) });
    case "repeat":
      return spliced(bytes, place, { drop: 0, add: bytes.slice(place, place + length) });
    case "token": {
      const token = TOKENS[value % TOKENS.length].repeat(value < 0x8000 ? 1 : 1 + (value >> 6));
      return spliced(bytes, place, { drop: value & 1 ? 0 : length, add: new TextEncoder().encode(token) });
    }
    case "flip":
      bytes[place] ^= 1 << (value & 7);
      return bytes;
    case "byte":
      bytes[place] = value & 255;
      return bytes;
    case "zero":
      bytes.fill(0, place, place + length);
      return bytes;
    case "number": {
      const width = [1, 2, 4, 8][value & 3];
      const number = NUMBERS[(value >> 2) % NUMBERS.length];
      for (let i = 0; i < width && place + i < bytes.length; i++) {
        bytes[place + i] = Number((number >> BigInt(8 * i)) & 255n);
      }
      return bytes;
    }
  }
}

function spliced(
  bytes: Uint8Array,
  at: number,
  { drop, add }: { readonly drop: number; readonly add: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length - drop + add.length);
  out.set(bytes.subarray(0, at));
  out.set(add, at);
  out.set(bytes.subarray(at + drop), at + add.length);
  return out;
}
