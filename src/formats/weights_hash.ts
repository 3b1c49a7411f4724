/**
 * Identifies the weights of a network.
 *
 * @module
 */
import { sha256Hex } from "../host/mod.ts";
import type { StoredArray } from "./hdf5/hdf5.ts";

/** SHA-256 over names, shapes and bytes (little endian) of the weights, in the order of their names. */
export async function weightsSha256(weights: ReadonlyMap<string, StoredArray>): Promise<string> {
  const encoder = new TextEncoder();
  const pieces = [...weights.keys()].sort().flatMap((name) => {
    const { shape, data, complex } = weights.get(name) ?? { shape: [], data: new Float32Array(0) };
    const head = encoder.encode(`${name}\0${complex ? "complex64" : "float32"}[${shape.join(",")}]\0`);
    return [head, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
  });
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return await sha256Hex(all);
}
