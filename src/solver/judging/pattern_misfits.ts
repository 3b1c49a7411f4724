/**
 * How well an image explains the patterns of a sample, beside photon noise and beside a flat object.
 *
 * A pattern is judged by R = sum (sqrt n - sqrt I)^2 over the pixels of the detector, which for photon noise alone is about
 * a quarter for each pixel with light. Of the detector's pixels the few with the largest mean residuals do not count.
 *
 * @module
 */
import { Fft2, frequency } from "../../numeric/mod.ts";
import { type Scan, spreadSample } from "../../scan/mod.ts";
import { transferOf } from "../prepare.ts";
import type { SolutionState } from "../solve.ts";

/** Patterns that are looked at, and the part of the detector's pixels that do not count. */
const SAMPLE = 100, TRIMMED = 0.005;

/** Sums over the detector of each pattern of a sample. */
export interface PatternMisfits {
  /** Places of the patterns in the lists of the solution. */
  readonly places: Int32Array;
  /** R of the image, of a flat object with the light of the pattern, and of photon noise. */
  readonly image: readonly number[];
  readonly flat: readonly number[];
  readonly noise: readonly number[];
  /** Measured light over that of the image. */
  readonly light: readonly number[];
}

/** Misfits of the image over that of photon noise. */
export function overNoiseOf({ image, noise }: Pick<PatternMisfits, "image" | "noise">): number[] {
  return image.map((value, k) => value / Math.max(noise[k], 1e-9));
}

/** Measures a sample of the patterns. `freeLight`: the light of each is as measured. */
export async function patternMisfits(
  scan: Pick<Scan, "n" | "size" | "geometry" | "mask" | "readCounts">,
  { object, probe, positionsPx, indices, background }: Pick<
    SolutionState,
    "object" | "probe" | "positionsPx" | "indices" | "background"
  >,
  { freeLight = false, signal }: { readonly freeLight?: boolean; readonly signal?: AbortSignal } = {},
): Promise<PatternMisfits> {
  const { size } = scan, pixels = size * size;
  const places = spreadSample(indices.length, SAMPLE);
  const transfer = scan.geometry && transferOf(scan.geometry, size);
  const model = new Model({ size, probe, transfer });
  const light: number[] = [];
  const residuals = { image: [] as Float64Array[], flat: [] as Float64Array[], noise: [] as Float64Array[] };
  for (const place of places) {
    signal?.throwIfAborted();
    const counts = await scan.readCounts([indices[place]]);
    const [x, y] = [positionsPx.x[place], positionsPx.y[place]];
    const of = (intensity: Float64Array) =>
      Float64Array.from(intensity, (value, i) => {
        if (scan.mask?.[i] === 0) return 0;
        return (Math.sqrt(counts[i]) - Math.sqrt(value + (background?.[i] ?? 0))) ** 2;
      });
    const asMade = model.intensity({ object, x, y });
    const image = freeLight ? model.scaled(asMade, counts) : asMade;
    light.push(sumOf(counts, scan.mask) / (sumOf(asMade, scan.mask) + sumOf(background ?? [], scan.mask)));
    residuals.image.push(of(image));
    residuals.flat.push(of(model.scaled(model.intensity({ x, y }), counts)));
    residuals.noise.push(image.map((value, i) => scan.mask?.[i] === 0 ? 0 : noiseOf(value)));
  }
  const kept = keptPixels(residuals.image, pixels);
  const sums = (list: readonly Float64Array[]) =>
    list.map((values) => values.reduce((sum, value, i) => sum + (kept[i] ? value : 0), 0));
  const [image, flat, noise] = [sums(residuals.image), sums(residuals.flat), sums(residuals.noise)];
  return { places, image, flat, noise, light };
}

/** The middle of some values, NaN of none. */
export function median(values: readonly number[]): number {
  return values.slice().sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function sumOf(values: ArrayLike<number>, mask: Uint8Array | undefined): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (mask?.[i] !== 0) sum += values[i];
  return sum;
}

/** Intensities up to which the noise is summed up exactly, in steps of the square root. */
const EXACT = 16, STEPS = 256;
const NOISE = Float64Array.from({ length: STEPS + 1 }, (_, k) => exactNoise((k / STEPS) ** 2 * EXACT));

/**
 * Mean of (sqrt n - sqrt I)^2 under photon noise: twice I where there is hardly any light, a quarter from a few photons
 * on.
 */
function noiseOf(intensity: number): number {
  if (!(intensity < EXACT)) return 0.25 * (1 + 0.4 / intensity);
  return NOISE[Math.round(Math.sqrt(intensity / EXACT) * STEPS)];
}

function exactNoise(intensity: number): number {
  let [probability, sum] = [Math.exp(-intensity), 0];
  for (let n = 0; n < 8 * EXACT; n++) {
    sum += probability * (Math.sqrt(n) - Math.sqrt(intensity)) ** 2;
    probability *= intensity / (n + 1);
  }
  return sum;
}

/** 1 for the pixels whose mean residual is not among the largest. */
function keptPixels(residuals: readonly Float64Array[], pixels: number): Uint8Array {
  const mean = new Float64Array(pixels);
  for (const values of residuals) for (let i = 0; i < pixels; i++) mean[i] += values[i];
  const limit = mean.slice().sort()[Math.floor((1 - TRIMMED) * (pixels - 1))];
  return Uint8Array.from(mean, (value) => value <= limit ? 1 : 0);
}

/** Intensities on the detector in float64: the patch at whole pixels, the probe moved by the fraction of the position. */
class Model {
  readonly #fft: Fft2;
  readonly #size: number;
  readonly #modes: Float64Array[];
  readonly #transfer: Float32Array | undefined;

  constructor({ size, probe, transfer }: {
    readonly size: number;
    readonly probe: SolutionState["probe"];
    /** Of a near field; empty or absent for a far field. */
    readonly transfer: Float32Array | undefined;
  }) {
    this.#size = size;
    this.#transfer = transfer?.length ? transfer : undefined;
    this.#fft = new Fft2(size, size);
    this.#modes = Array.from({ length: probe.modes }, (_, k) => {
      const mode = Float64Array.from(probe.data.subarray(2 * k * size * size, 2 * (k + 1) * size * size));
      this.#fft.forward(mode);
      return mode;
    });
  }

  /** (N, N), zero frequency at N/2; of a flat object without one. */
  intensity(
    { object, x, y }: { readonly object?: SolutionState["object"]; readonly x: number; readonly y: number },
  ): Float64Array {
    const size = this.#size;
    const [column, row] = [Math.round(x) - size / 2, Math.round(y) - size / 2];
    const [fx, fy] = [x - Math.round(x), y - Math.round(y)];
    const out = new Float64Array(size * size);
    for (const mode of this.#modes) {
      const wave = this.#moved(mode, fx, fy);
      if (object) this.#through(wave, { object, row, column });
      this.#toDetector(wave, fx, fy);
      for (let i = 0; i < out.length; i++) out[i] += wave[2 * i] ** 2 + wave[2 * i + 1] ** 2;
    }
    return out;
  }

  /** Near the sample the beam stands still before the detector: the fraction of the position is taken back. */
  #toDetector(wave: Float64Array, fx: number, fy: number): void {
    const transfer = this.#transfer, size = this.#size;
    if (!transfer) return this.#fft.forwardCentred(wave);
    this.#fft.forward(wave);
    for (let i = 0; i < size * size; i++) {
      const phase = 2 * Math.PI *
        (fy * frequency(Math.floor(i / size), size) + fx * frequency(i % size, size));
      multiplyAt(wave, i, transfer[2 * i], transfer[2 * i + 1]);
      multiplyAt(wave, i, Math.cos(phase), Math.sin(phase));
    }
    this.#fft.inverse(wave);
  }

  /** A flat object has one free factor: the light that comes through. */
  scaled(intensity: Float64Array, counts: ArrayLike<number>): Float64Array {
    let [model, measured] = [0, 0];
    for (let i = 0; i < intensity.length; i++) {
      model += intensity[i];
      measured += counts[i];
    }
    return intensity.map((value) => value * measured / (model || 1));
  }

  #moved(mode: Float64Array, fx: number, fy: number): Float64Array {
    const size = this.#size, wave = mode.slice();
    for (let i = 0; i < size * size; i++) {
      const phase = -2 * Math.PI *
        (fy * frequency(Math.floor(i / size), size) + fx * frequency(i % size, size));
      multiplyAt(wave, i, Math.cos(phase), Math.sin(phase));
    }
    this.#fft.inverse(wave);
    return wave;
  }

  #through(
    wave: Float64Array,
    { object, row, column }: {
      readonly object: SolutionState["object"];
      readonly row: number;
      readonly column: number;
    },
  ): void {
    const size = this.#size;
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < size; c++) {
        const [y, x] = [r + row - object.y0, c + column - object.x0];
        const inside = y >= 0 && x >= 0 && y < object.height && x < object.width;
        const at = 2 * (Math.round(y) * object.width + Math.round(x)), i = 2 * (r * size + c);
        const [ore, oim] = inside ? [object.data[at], object.data[at + 1]] : [1, 0];
        const [re, im] = [wave[i], wave[i + 1]];
        wave[i] = re * ore - im * oim;
        wave[i + 1] = re * oim + im * ore;
      }
    }
  }
}

/** Multiplies the complex number at place `i` by re + i im. */
function multiplyAt(wave: Float64Array, i: number, re: number, im: number): void {
  const [a, b] = [wave[2 * i], wave[2 * i + 1]];
  wave[2 * i] = a * re - b * im;
  wave[2 * i + 1] = a * im + b * re;
}
