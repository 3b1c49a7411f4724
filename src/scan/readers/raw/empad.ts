/**
 * Frames of an EMPAD detector, `.raw`: float32 of 130 rows of 128, the last two no image. Nothing in the bytes says so, so
 * the name has to: `scan_x256_y256.raw`.
 *
 * @module
 */
import type { ForeignScan, ScanReader } from "../foreign.ts";

const SIDE = 128, ROWS = 130;
const FRAME_BYTES = 4 * SIDE * ROWS;

/** EMPAD. */
export const empad: ScanReader = {
  format: "EMPAD",
  recognises({ source, hdf5 }) {
    const size = rasterIn(source.name);
    return hdf5 === undefined && size !== undefined && source.size === size.rows * size.columns * FRAME_BYTES;
  },
  read({ source }): Promise<ForeignScan> {
    const { rows, columns } = rasterIn(source.name) ?? { rows: 0, columns: 0 };
    return Promise.resolve({
      format: "EMPAD",
      frames: {
        n: rows * columns,
        height: SIDE,
        width: SIDE,
        dtype: "float32" as const,
        async read(first, count) {
          const bytes = await source.read(first * FRAME_BYTES, count * FRAME_BYTES);
          const all = new Float32Array(bytes.slice().buffer);
          const data = new Float32Array(count * SIDE * SIDE);
          for (let k = 0; k < count; k++) {
            data.set(all.subarray(k * ROWS * SIDE, (k * ROWS + SIDE) * SIDE), k * SIDE * SIDE);
          }
          return { dtype: "float32" as const, shape: [count, SIDE, SIDE], data };
        },
      },
      exposure: {},
      notes: [`a raster of ${rows} x ${columns} by the file's name`],
    });
  },
};

function rasterIn(name: string): { rows: number; columns: number } | undefined {
  const [, x, y] = /_x(\d+)_y(\d+)\.raw$/i.exec(name) ?? [];
  return x === undefined ? undefined : { rows: Number(y), columns: Number(x) };
}
