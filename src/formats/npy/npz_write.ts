/**
 * Writing NPZ archives that numpy reads: stored by default, so that rows can be read in place.
 *
 * @module
 */
import { DataError, describeShape } from "../../common/mod.ts";
import { countOf, type NpyArray, type NpyData, type NpyDType } from "./npy.ts";
import { encodeNpy, encodeNpyHeader, npyDescription } from "./npy_write.ts";
import { encodeZip, writeZip, type ZipInput, type ZipWriteOptions } from "../zip/zip_write.ts";

/** An array that comes in pieces, for stacks larger than memory. */
export interface NpyStream {
  readonly dtype: Exclude<NpyDType, "string" | "bytes">;
  readonly shape: readonly number[];
  /** Elements in C order, cut anywhere. */
  readonly chunks: AsyncIterable<Exclude<NpyData, string[]>>;
}

/** Arrays by key. */
export type NpzArrays = Readonly<Record<string, NpyArray | NpyStream>>;

/**
 * Writes an NPZ, whole or not at all. Throws `DataError` where it cannot, or where data and shape disagree.
 */
export async function writeNpz(
  path: string,
  arrays: NpzArrays,
  options: ZipWriteOptions = {},
): Promise<void> {
  await writeZip(path, makeInputs(arrays), options);
}

/** Encodes an NPZ in memory. */
export async function encodeNpz(
  arrays: NpzArrays,
  options: ZipWriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return await encodeZip(makeInputs(arrays), options);
}

/** Returns a text (JSON, say) as the array of no dimensions that numpy makes of a string. */
export function textArray(text: string): NpyArray {
  return { dtype: "string", shape: [], data: [text] };
}

function makeInputs(arrays: NpzArrays): ZipInput[] {
  return Object.entries(arrays).map(([key, array]) => {
    const name = `${key}.npy`;
    return "chunks" in array ? { name, ...streamContent(key, array) } : { name, content: encodeNpy(array) };
  });
}

function streamContent(key: string, stream: NpyStream): Pick<ZipInput, "content" | "size"> {
  const descr = npyDescription(stream.dtype);
  const expected = countOf(stream.shape) * Number(descr.slice(2));
  const head = encodeNpyHeader(descr, stream.shape);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield head;
    let written = 0;
    for await (const chunk of stream.chunks) {
      written += chunk.byteLength;
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    if (written === expected) return;
    throw new DataError({
      file: "npz array",
      key,
      found: `${written} bytes`,
      expected: `${expected} for shape ${describeShape(stream.shape)} of ${stream.dtype}`,
      remedy: "give data and shape that agree",
    });
  }
  return { content: pieces(), size: head.length + expected };
}
