/**
 * Rows of an array in a file, read at once as float32. Used by the thread that trains and by those that read ahead.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { decodeNpyBody } from "./npy.ts";
import { toFloat32 } from "./npy_write.ts";
import type { RowLayout } from "./npz.ts";

/** Reads bytes at an offset and returns how many there were. */
export type ReadNow = (offset: number, into: Uint8Array) => number;

/**
 * Copies rows to `out`, one after another. Rows that follow each other are read together; little-endian float32 goes
 * from the file to its place without a copy between. Throws `DataError` where the file ends early, and `RangeError`
 * for a row that is not there.
 */
export function readRowsNow(
  read: ReadNow,
  { layout, indices, out }: { layout: RowLayout; indices: ArrayLike<number>; out: Float32Array },
): void {
  const { rowBytes, header, rows } = layout;
  const perRow = rowBytes / header.itemBytes;
  const plain = header.dtype === "float32" && header.littleEndian;
  for (let i = 0; i < indices.length;) {
    const first = indices[i];
    let run = 1;
    while (i + run < indices.length && indices[i + run] === first + run) run++;
    if (!(first >= 0 && first + run <= rows)) {
      throw new RangeError(`${layout.key} has no row ${first + run - 1}`);
    }
    const target = out.subarray(i * perRow, (i + run) * perRow);
    const bytes = plain
      ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
      : new Uint8Array(run * rowBytes);
    if (read(layout.offset + first * rowBytes, bytes) !== bytes.length) throw cutShort(layout);
    if (!plain) {
      const { dtype } = header;
      const shape = [run, perRow];
      target.set(toFloat32({ dtype, shape, data: decodeNpyBody({ ...header, shape }, bytes) }));
    }
    i += run;
  }
}

function cutShort({ file, key }: RowLayout): DataError {
  return new DataError({
    file,
    key,
    found: "an entry that ends beyond the file",
    expected: "an intact entry",
    remedy: "the file changed while it was read: copy or write it again",
  });
}
