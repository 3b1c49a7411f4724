/**
 * Detector model: counts from the intensity that falls on it.
 *
 * @module
 */
import { type Floats, Random } from "../numeric/mod.ts";

/** Faults and limits of a detector. */
export interface DetectorOptions {
  /** Side N in pixels. */
  readonly side: number;
  /** Poisson counts; false gives the exact expectation. Default true. */
  readonly poisson?: boolean;
  /** Rms of the normal noise added to every pixel, in counts. Default 0. */
  readonly readoutNoise?: number;
  /** Part of the pixels that never count, drawn once. Default 0. */
  readonly deadPixels?: number;
  /** Radius in pixels of an opaque disk over the centre N/2. Default 0: none. */
  readonly beamstop?: number;
  /** Largest count of a pixel. Default none. */
  readonly saturation?: number;
  /** Counts are whole numbers of so many bits, 1 to 32. Default none: counts are as they come. */
  readonly bitDepth?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Name of an independent set of noise of the same seed. Default none. */
  readonly stream?: string;
}

/**
 * A detector with its faults drawn. In this order: photons arrive (Poisson), reading adds its noise, the converter
 * rounds (where it has a bit depth) and cuts at 0 and at the largest count, dead and covered pixels are 0.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const detector = new Detector({ side: 8, bitDepth: 4, poisson: false });
 * const counts = detector.read(new Float32Array(64).fill(20.4), { index: 0 });
 * assert.ok(counts.every((v) => v === 15));
 * ```
 */
export class Detector {
  /** (N, N): 1 where a pixel counts, 0 where it is dead or covered. */
  readonly mask: Uint8Array;
  /** Largest count that a pixel can have; infinite without saturation and bit depth. */
  readonly largest: number;
  readonly #options: DetectorOptions;
  #saturated = 0;

  constructor(options: DetectorOptions) {
    this.#options = options;
    const { saturation = Infinity, bitDepth } = options;
    this.largest = Math.min(saturation, bitDepth === undefined ? Infinity : 2 ** bitDepth - 1);
    this.mask = drawMask(options);
  }

  /** Some pixels are dead or covered. */
  get hasMask(): boolean {
    return this.mask.includes(0);
  }

  /** Pixels that stood at the largest count in all patterns read so far. */
  get saturated(): number {
    return this.#saturated;
  }

  /**
   * Counts of a pattern from its expected counts (N, N). The noise belongs to seed and index alone, so that a pattern
   * is the same whatever is simulated besides it.
   */
  read(
    expected: Floats,
    { index, out }: { readonly index: number; readonly out?: Float64Array },
  ): Float64Array {
    const { poisson = true, readoutNoise = 0, bitDepth, seed = 0, stream = "" } = this.#options;
    const counts = out ?? new Float64Array(expected.length);
    const photons = new Random(seed, `${stream}pattern ${index}`);
    const reading = readoutNoise > 0 ? new Random(seed, `${stream}readout ${index}`) : undefined;
    for (let p = 0; p < counts.length; p++) {
      let count = poisson ? photons.poisson(expected[p]) : expected[p];
      if (reading) count += readoutNoise * reading.normal();
      if (bitDepth !== undefined) count = Math.round(count);
      if (this.mask[p] === 0) count = 0;
      if (count >= this.largest) this.#saturated++;
      counts[p] = Math.min(this.largest, Math.max(0, count));
    }
    return counts;
  }
}

function drawMask({ side, deadPixels = 0, beamstop = 0, seed = 0 }: DetectorOptions): Uint8Array {
  const mask = new Uint8Array(side * side).fill(1);
  const dead = Math.round(deadPixels * mask.length);
  for (const p of new Random(seed, "dead pixels").choose(mask.length, dead)) mask[p] = 0;
  if (beamstop === 0) return mask;
  for (let p = 0; p < mask.length; p++) {
    if (Math.hypot(Math.floor(p / side) - side / 2, p % side - side / 2) <= beamstop) mask[p] = 0;
  }
  return mask;
}
