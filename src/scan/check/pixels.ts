/**
 * Pixels of the detector that do not measure: hot, stuck and dead ones, and those behind a beam stop.
 *
 * @module
 */
import type { Doubt } from "./doubt.ts";
import { cyclicDistance } from "./centre.ts";

/** A pixel is hot where its mean is this many times that of its brightest neighbour. */
const HOT_RATIO = 50;
/** A hot pixel has at least this share of all photons; others change little. */
const HOT_SHARE = 1e-3;
/** Patterns from which on a pixel that never changes is no accident. */
const LEAST_PATTERNS = 16;
/** Photons of a neighbour in all patterns, by which a pixel that has none is dead, and how many of eight such neighbours. */
const LIT = 30, LIT_NEIGHBOURS = 6;
/** Places that are named. */
const NAMED = 4;

/** Patterns of a sample in counts, shape [n, N, N]. */
export interface PixelSample {
  readonly counts: Float32Array;
  readonly size: number;
  /** 0 where a pixel is known to be bad. */
  readonly mask?: Uint8Array;
}

/** Mean over patterns, (N, N). */
export function sampleMean({ counts, size }: PixelSample): Float64Array {
  const pixels = size * size;
  const mean = new Float64Array(pixels);
  for (let i = 0; i < counts.length; i++) mean[i % pixels] += counts[i];
  return mean.map((value) => value * pixels / counts.length);
}

/** Bright beside their neighbours and beside all light. */
export function hotPixels(mean: Float64Array, size: number): number[] {
  const total = mean.reduce((sum, value) => sum + value, 0);
  return [...mean.keys()].filter((pixel) =>
    mean[pixel] > HOT_SHARE * total && !isZeroFrequency(pixel, size) &&
    mean[pixel] > HOT_RATIO * Math.max(...neighboursOf(pixel, size).map((other) => mean[other]))
  );
}

/** Names pixels that do not measure. `half` is what patterns are moved by before pixels are left out. */
export function pixelDoubt(
  sample: PixelSample,
  { mean, hot, half }: {
    readonly mean: Float64Array;
    readonly hot: readonly number[];
    readonly half: number;
  },
): Doubt | undefined {
  const { size } = sample;
  const total = mean.reduce((sum, value) => sum + value, 0);
  const share = hot.reduce((sum, pixel) => sum + mean[pixel], 0) / total;
  const placeOf = (pixel: number) =>
    [(Math.floor(pixel / size) + half) % size, (pixel % size + half) % size] as const;
  const named = (kind: string, pixels: readonly number[], more = "") => {
    if (pixels.length === 0) return [];
    const places = pixels.slice(0, NAMED).map((pixel) => `(${placeOf(pixel).join(", ")})`).join(", ");
    return [
      `${pixels.length} ${kind} pixel${
        pixels.length > 1 ? "s" : ""
      } of the detector at (row, column) ${places}` +
      `${pixels.length > NAMED ? ", ..." : ""}${more}`,
    ];
  };
  const stuck = stuckPixels(sample).filter((pixel) => !hot.includes(pixel));
  const dead = deadPixels(sample, mean);
  const kinds = [
    ...named("hot", hot, ` with ${(100 * share).toPrecision(3)} % of all photons`),
    ...named("stuck", stuck, ", the same in all patterns"),
    ...named("dead", dead, ", without a photon among neighbours with many"),
  ];
  if (kinds.length === 0) return undefined;
  const badPixels = [...hot, ...stuck, ...dead].map(placeOf);
  const flag = badPixels.map((pixel) => pixel.join(",")).join(" ");
  return {
    line: `${kinds.join(", ")}; leave them out with --bad-pixels "${flag}"`,
    cure: { reading: { badPixels } },
  };
}

/** The same in all patterns, where neighbours are not. */
function stuckPixels({ counts, size }: PixelSample): number[] {
  const pixels = size * size, n = counts.length / pixels;
  if (n < LEAST_PATTERNS) return [];
  const constant = new Uint8Array(pixels).fill(1);
  for (let i = pixels; i < counts.length; i++) {
    if (counts[i] !== counts[i % pixels]) constant[i % pixels] = 0;
  }
  return [...constant.keys()].filter((pixel) =>
    constant[pixel] === 1 && counts[pixel] > 0 &&
    neighboursOf(pixel, size).every((other) => constant[other] === 0)
  );
}

/** Without a photon in any pattern, where most neighbours have many. */
function deadPixels({ counts, size, mask }: PixelSample, mean: Float64Array): number[] {
  const n = counts.length / (size * size);
  if (n < LEAST_PATTERNS) return [];
  return [...mean.keys()].filter((pixel) =>
    mean[pixel] === 0 && mask?.[pixel] !== 0 &&
    neighboursOf(pixel, size).filter((other) => n * mean[other] >= LIT).length >= LIT_NEIGHBOURS
  );
}

/** Names a disk without a photon around the zero frequency, where there is light around it. */
export function beamStopDoubt({ counts, size, mask }: PixelSample, mean: Float64Array): Doubt | undefined {
  const n = counts.length / (size * size), middle = size / 2;
  const ring = (radius: number) => {
    const found: number[] = [];
    for (let row = middle - radius; row <= middle + radius; row++) {
      for (let column = middle - radius; column <= middle + radius; column++) {
        const edge = Math.max(Math.abs(row - middle), Math.abs(column - middle)) === radius;
        if (edge && row < size && column < size) found.push(row * size + column);
      }
    }
    return found;
  };
  if (mask?.[middle * size + middle] === 0) return undefined;
  const isDark = (pixel: number) => mean[pixel] === 0;
  let radius = 0;
  while (radius < middle && ring(radius).every(isDark)) radius++;
  if (radius < 2 || radius >= middle) return undefined;
  // beyond a part of a ring that is dark comes light
  while (radius < middle && ring(radius).some((pixel) => mean[pixel] === 0)) radius++;
  if (radius >= middle || ring(radius).some((pixel) => n * mean[pixel] < LIT)) return undefined;
  return {
    line:
      `no photon around the zero frequency, and light from ${radius} pixels on: a beam stop? leave its pixels out ` +
      `with --beam-stop ${radius}`,
  };
}

/** A plane wave has all of its light in the zero frequency, wherever that is stored. */
function isZeroFrequency(pixel: number, size: number): boolean {
  const row = Math.floor(pixel / size), column = pixel % size;
  return [0, size / 2].some((at) =>
    cyclicDistance(row - at, size) <= 1 && cyclicDistance(column - at, size) <= 1
  );
}

/** The up to eight pixels around one. */
function neighboursOf(pixel: number, size: number): number[] {
  const row = Math.floor(pixel / size), column = pixel % size;
  const found: number[] = [];
  for (let r = Math.max(0, row - 1); r <= Math.min(size - 1, row + 1); r++) {
    for (let c = Math.max(0, column - 1); c <= Math.min(size - 1, column + 1); c++) {
      if (r !== row || c !== column) found.push(r * size + c);
    }
  }
  return found;
}
