/**
 * The mean of a sample of the patterns.
 *
 * @module
 */
import type { Scan } from "./types.ts";

/** (sqrt 5 - 1) / 2: its multiples fill an interval evenly. */
const GOLDEN = 0.6180339887498949;

/**
 * Patterns that are spread over a scan: `most` of them, or all. One is taken of each part of the order, at a place of it that
 * changes from part to part, so that the sample does not follow the lines of a raster.
 */
export function spreadSample(n: number, most: number): Int32Array {
  const count = Math.min(n, most);
  return Int32Array.from({ length: count }, (_, k) => Math.floor((k + k * GOLDEN % 1) * n / count));
}

/** Patterns whose mean is taken. */
const MEAN_OF = 256;

/** Returns the mean of 256 patterns of a scan, or of all, in counts, (N, N). */
export async function meanPattern(
  scan: Pick<Scan, "n" | "size" | "readCounts">,
): Promise<Float64Array> {
  const sample = spreadSample(scan.n, MEAN_OF), mean = new Float64Array(scan.size * scan.size);
  for (const index of sample) {
    const counts = await scan.readCounts([index]);
    for (let pixel = 0; pixel < mean.length; pixel++) mean[pixel] += counts[pixel] / sample.length;
  }
  return mean;
}
