/**
 * Quality of an image: the misfit of each pattern that it was made of, and the outliers.
 *
 * @module
 */
import { breather } from "../../common/mod.ts";
import type { PlacedImage } from "../../numeric/mod.ts";
import { expectedDeviance, samplePatch } from "../../physics/mod.ts";
import { readAhead, type Scan } from "../../scan/mod.ts";

import type { ModelDiffraction } from "./diffraction.ts";

/** Added to every predicted rate, in counts, as in training. */
const RATE_FLOOR = 1e-3;
/** Robust z-score above which a pattern is an outlier (Iglewicz and Hoaglin 1993). */
export const OUTLIER_Z = 3.5;

/** Quality of an image. */
export interface Quality {
  /** Numbers of the patterns that were looked at. */
  readonly patterns: Int32Array;
  /** Of each: negative log-likelihood over that of the measured counts themselves, by what Poisson noise makes of it. */
  readonly misfit: Float64Array;
  /** Of each: robust z-score of log(misfit). */
  readonly z: Float64Array;
  readonly mean: number;
  readonly median: number;
  /** Numbers of the patterns whose z-score is above {@linkcode OUTLIER_Z}. */
  readonly outliers: Int32Array;
  readonly outlierFraction: number;
}

/**
 * Cuts every pattern's patch out of the image, diffracts it and compares the counts. A misfit of 1 is photon noise alone:
 * sum D(k, rate) / sum E[D], with the Poisson deviance D = 2 (k log(k / rate) - k + rate), which is twice the negative
 * log-likelihood over that of a perfect fit. Pixels of the image without any weight are taken as transparent.
 */
export async function measureQuality(
  scan: Scan,
  { image, diffraction, patterns, signal }: {
    readonly image: PlacedImage & { readonly mask: Uint8Array };
    readonly diffraction: ModelDiffraction;
    readonly patterns: Int32Array;
    readonly signal?: AbortSignal;
  },
): Promise<Quality> {
  const side = scan.size, pixels = side * side;
  const { x, y } = scan.positionsPx;
  const object = transparentOutside(image);
  const expected = expectedDeviance();
  const misfit = new Float64Array(patterns.length);
  const { batch } = diffraction;
  const patches = new Float32Array(2 * batch * pixels);
  const scratch = new Float64Array(2 * pixels);
  const reads = readAhead({
    count: Math.ceil(patterns.length / batch),
    depth: scan.readAhead,
    read: (k) => scan.readCounts(patterns.subarray(k * batch, (k + 1) * batch)),
  });
  const breathe = breather(signal);
  let done = 0;
  for await (const counts of reads) {
    await breathe();
    const n = counts.length / pixels;
    for (let k = 0; k < n; k++) {
      const index = patterns[done + k];
      patches.set(samplePatch(object, { x: x[index], y: y[index], side }, scratch), 2 * k * pixels);
    }
    const rates = await diffraction.counts(patches.subarray(0, 2 * n * pixels));
    for (let k = 0; k < n; k++) {
      const part = (all: Float32Array) => all.subarray(k * pixels, (k + 1) * pixels);
      misfit[done + k] = misfitOf(part(counts), { rates: part(rates), expected });
    }
    done += n;
  }
  return qualityOf(patterns, misfit);
}

function misfitOf(
  counts: Float32Array,
  { rates, expected }: { readonly rates: Float32Array; readonly expected: (logRate: number) => number },
): number {
  let [sum, noise] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    const k = counts[i], rate = rates[i] + RATE_FLOOR, log = Math.log(rate);
    sum += 2 * ((k > 0 ? k * (Math.log(k) - log) - k : 0) + rate);
    noise += expected(log);
  }
  return sum / noise;
}

/** Sums up misfits of patterns. */
export function qualityOf(patterns: Int32Array, misfit: Float64Array): Quality {
  const logs = misfit.map((value) => Math.log(Math.max(value, Number.MIN_VALUE)));
  const middle = medianOf(logs);
  const deviation = medianOf(logs.map((value) => Math.abs(value - middle)));
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  // where more than half are equal, the mean deviation takes the place of the median one
  const unit = deviation > 0
    ? 1.4826 * deviation
    : 1.2533 * mean(logs.map((value) => Math.abs(value - middle)));
  const z = logs.map((value) => unit > 0 ? (value - middle) / unit : 0);
  const outliers = patterns.filter((_, i) => z[i] > OUTLIER_Z);
  return {
    patterns,
    misfit,
    z,
    mean: mean(misfit),
    median: medianOf(misfit),
    outliers,
    outlierFraction: outliers.length / (patterns.length || 1),
  };
}

function medianOf(values: Float64Array): number {
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function transparentOutside(image: PlacedImage & { readonly mask: Uint8Array }): PlacedImage {
  if (!image.mask.includes(0)) return image;
  const data = image.data.slice();
  image.mask.forEach((inside, i) => {
    if (inside === 0) data[2 * i] = 1;
  });
  return { ...image, data };
}
