/**
 * Scan positions (x, y) in object pixels, at patch centres.
 *
 * @module
 */
import { type PositionsPx, Random } from "../numeric/mod.ts";

/** Options of {@linkcode rasterPositions}. */
export interface RasterOptions {
  readonly rows: number;
  readonly columns: number;
  /** Pixels between neighbouring positions. */
  readonly step: number;
  /** Largest displacement along each axis in pixels, uniform; breaks the grid's periodicity. Default 0. */
  readonly jitter?: number;
  /** Position of the first point before jitter. Default (0, 0). */
  readonly x0?: number;
  readonly y0?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Returns a raster, row by row, every point displaced at random. */
export function rasterPositions(options: RasterOptions): PositionsPx {
  const { rows, columns, step, jitter = 0, x0 = 0, y0 = 0, seed = 0 } = options;
  const random = new Random(seed, "positions");
  const x = new Float64Array(rows * columns), y = new Float64Array(rows * columns);
  for (let i = 0; i < rows * columns; i++) {
    x[i] = x0 + step * (i % columns) + jitter * (2 * random.uniform() - 1);
    y[i] = y0 + step * Math.floor(i / columns) + jitter * (2 * random.uniform() - 1);
  }
  return { x, y };
}
