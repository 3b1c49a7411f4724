/**
 * Paths of a scan of a given number of positions and mean distance, around (0, 0).
 *
 * @module
 */
import { type PositionsPx, Random } from "../numeric/mod.ts";
import { rasterPositions } from "./positions.ts";

/** The kinds of paths. */
const SCAN_PATHS = Object.freeze(["raster", "jittered", "spiral", "fermat", "random"] as const);

/** One of {@linkcode SCAN_PATHS}. */
export type ScanPath = (typeof SCAN_PATHS)[number];

/** Options of {@linkcode scanPath}. */
export interface ScanPathOptions {
  readonly path: ScanPath;
  readonly positions: number;
  /** Pixels: distance on a raster; elsewhere there is one position for each square of this side. */
  readonly step: number;
  /** Largest displacement along each axis of a jittered raster, uniform. Default a quarter of the step. */
  readonly jitter?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Exactly as many positions as asked for, in the order of the scan.
 *
 * - `raster`: row by row, as square as can be; the last row may be shorter.
 * - `jittered`: a raster, every position displaced uniformly.
 * - `spiral`: of Archimedes, turns one step apart, positions about one step apart along it: theta = sqrt(4 pi k),
 *   r = step theta / (2 pi).
 * - `fermat`: r = step sqrt(k / pi), turned by the golden angle each time (X. Huang et al., Opt. Express 22, 12634,
 *   2014).
 * - `random`: independent and uniform in the square of the raster.
 */
export function scanPath(options: ScanPathOptions): PositionsPx {
  const { path, positions: n, step, seed = 0 } = options;
  if (path === "raster" || path === "jittered") {
    const columns = Math.ceil(Math.sqrt(n)), rows = Math.ceil(n / columns);
    const jitter = path === "jittered" ? options.jitter ?? step / 4 : 0;
    const x0 = -step * (columns - 1) / 2, y0 = -step * (rows - 1) / 2;
    const raster = rasterPositions({ rows, columns, step, jitter, x0, y0, seed });
    return { x: raster.x.slice(0, n), y: raster.y.slice(0, n) };
  }
  const x = new Float64Array(n), y = new Float64Array(n);
  const random = new Random(seed, "positions");
  for (let k = 0; k < n; k++) {
    if (path === "random") {
      const side = step * Math.sqrt(n);
      x[k] = side * (random.uniform() - 0.5);
      y[k] = side * (random.uniform() - 0.5);
      continue;
    }
    const radius = step * Math.sqrt(k / Math.PI);
    const angle = path === "fermat" ? GOLDEN_ANGLE * k : Math.sqrt(4 * Math.PI * k);
    x[k] = radius * Math.cos(angle);
    y[k] = radius * Math.sin(angle);
  }
  return { x, y };
}

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/**
 * Returns positions as a stage with errors reports them: displaced independently by normal errors of `rms` pixels
 * along each axis, less their mean, which no reconstruction can know.
 */
export function disturbPositions(
  { x, y }: PositionsPx,
  { rms, seed = 0 }: { readonly rms: number; readonly seed?: number },
): PositionsPx {
  const random = new Random(seed, "position errors");
  const disturb = (values: Float64Array) => {
    const errors = values.map(() => rms * random.normal());
    const mean = errors.reduce((sum, v) => sum + v, 0) / errors.length;
    return values.map((v, i) => v + errors[i] - mean);
  };
  return { x: disturb(x), y: disturb(y) };
}
