/**
 * SHA-256 of bytes and of whole sources.
 *
 * @module
 */
import { openHash } from "./here.ts";
import type { ByteSource } from "./source.ts";

const CHUNK_BYTES = 1 << 24;

/** SHA-256 in lower-case hexadecimal. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  // crypto.subtle refuses views of shared memory
  const plain = bytes.buffer instanceof ArrayBuffer
    ? bytes as Uint8Array<ArrayBuffer>
    : new Uint8Array(bytes);
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", plain)));
}

/** SHA-256 of a source, read in pieces where it is large. */
export async function sha256OfSource(source: ByteSource, signal?: AbortSignal): Promise<string> {
  if (source.size <= CHUNK_BYTES) return await sha256Hex(await source.read(0, source.size));
  const hash = await openHash();
  for (let offset = 0; offset < source.size; offset += CHUNK_BYTES) {
    signal?.throwIfAborted();
    hash.update(await source.read(offset, CHUNK_BYTES));
  }
  return await hash.hex();
}

/** Writes bytes in lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Decodes base64. Throws where the text is none. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Encodes bytes as base64. */
export function base64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  // a multiple of three, so that the pieces join
  for (let at = 0; at < bytes.length; at += 0x6000) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000))));
  }
  return pieces.join("");
}
