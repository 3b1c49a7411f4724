/**
 * Zip archives that say what they are told to, right or wrong.
 *
 * @module
 */
import { Crc32 } from "../../src/formats/crc32.ts";

/** An entry; what is not given follows from the content. */
export interface ForgedEntry {
  readonly name: string;
  /** Bytes as they lie in the archive. */
  readonly packed: Uint8Array;
  /** 0 stored, 8 deflated. Default 0. */
  readonly method?: number;
  /** Bytes after inflation. */
  readonly size?: number;
  readonly crc32?: number;
}

/** An archive of these entries; `directoryBytes` in its end record where it is to be another than it is. */
export function forgeZip(
  entries: readonly ForgedEntry[],
  { directoryBytes }: { readonly directoryBytes?: number } = {},
): Uint8Array<ArrayBuffer> {
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, packed, method = 0, size = packed.length, crc32 = new Crc32().of(packed) } of entries) {
    const label = new TextEncoder().encode(name);
    const shared = [[2, 20], [2, 0], [2, method], [4, 0x21 << 16], [4, crc32], [4, packed.length], [4, size]];
    const local = record([[4, 0x04034b50], ...shared, [2, label.length], [2, 0]], label);
    const place = [[2, label.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]];
    directory.push(record([[4, 0x02014b50], [2, 20], ...shared, ...place], label));
    locals.push(local, packed);
    offset += local.length + packed.length;
  }
  const bytes = directory.reduce((sum, { length }) => sum + length, 0);
  const count = Math.min(entries.length, 0xffff);
  const end = [[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count]];
  const tail = record([...end, [4, directoryBytes ?? bytes], [4, offset], [2, 0]], new Uint8Array(0));
  return joined([...locals, ...directory, tail]);
}

/** Raw deflate of `head` followed by `megabytes` MiB of zeros, and the CRC of all of it where it is to be right. */
export async function deflateZeros(
  head: Uint8Array<ArrayBuffer>,
  { megabytes, crc: right = false }: { readonly megabytes: number; readonly crc?: boolean },
): Promise<Required<Pick<ForgedEntry, "packed" | "size" | "crc32" | "method">>> {
  const crc = new Crc32();
  crc.update(head);
  const zeros = new Uint8Array(1 << 20);
  let left = megabytes;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(head),
    pull(controller) {
      if (left-- <= 0) return controller.close();
      if (right) crc.update(zeros);
      controller.enqueue(zeros);
    },
  });
  const packed = await new Response(source.pipeThrough(new CompressionStream("deflate-raw"))).bytes();
  return { packed, size: head.length + megabytes * 2 ** 20, crc32: crc.value, method: 8 };
}

/** Bytes put together. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Little-endian numbers as [bytes, value], and text behind them. */
function record(fields: readonly (readonly number[])[], text: Uint8Array): Uint8Array {
  const out = new Uint8Array(fields.reduce((sum, [bytes]) => sum + bytes, 0) + text.length);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  out.set(text, at);
  return out;
}
