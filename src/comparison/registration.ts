/**
 * Registration of two images by upsampled correlation.
 *
 * Source: M. Guizar-Sicairos, S. T. Thurman and J. R. Fienup, "Efficient subpixel image registration
 * algorithms", Opt. Lett. 33 (2008) 156-158; in phase correlation the cross spectrum is divided by its modulus.
 *
 * @module
 */
import { Fft2, frequency, type RealImage } from "../numeric/mod.ts";

import { checkPair } from "./difference.ts";

/** Shift of an image against its reference, in pixels. */
export interface Shift {
  readonly dy: number;
  readonly dx: number;
}

/** Options of {@linkcode registerShift}. */
export interface RegisterOptions {
  /** The shift is found to 1 / `factor` of a pixel. Default 50. */
  readonly factor?: number;
  /** 2 for interleaved complex images, 1 (default) for real ones. */
  readonly values?: 1 | 2;
  /**
   * `phase` (default): every frequency counts alike, which is sharp for images with structure at all of them. `cross`: by
   * its strength in both images, which noise in empty frequencies does not mislead; their means are left out.
   */
  readonly correlation?: "phase" | "cross";
}

/** Returns the shift with moved(y, x) = reference(y - dy, x - dx). */
export function registerShift(
  moved: RealImage,
  reference: RealImage,
  { factor = 50, values = 1, correlation: kind = "phase" }: RegisterOptions = {},
): Shift {
  const spectrum = crossSpectrum(moved, reference, values);
  if (kind === "phase") whiten(spectrum);
  else spectrum.fill(0, 0, 2);
  const { height, width } = moved;
  const correlation = spectrum.slice();
  new Fft2(height, width).inverse(correlation);
  const peak = largest(correlation);
  const whole = { dy: signed(Math.floor(peak / width), height), dx: signed(peak % width, width) };
  return factor > 1 ? refine(spectrum, { height, width, whole, factor }) : whole;
}

/** F(moved) conj(F(reference)). */
function crossSpectrum(moved: RealImage, reference: RealImage, values: 1 | 2): Float64Array {
  const { height, width } = moved;
  if (values === 1) checkPair(moved, reference);
  else if (reference.height !== height || reference.width !== width) {
    throw new RangeError(`cannot register ${height} x ${width} on ${reference.height} x ${reference.width}`);
  }
  const fft = new Fft2(height, width);
  const [a, b] = [moved, reference].map(({ data }) => {
    const wave = values === 2 ? Float64Array.from(data) : new Float64Array(2 * height * width);
    if (values === 1) { for (let i = 0; i < data.length; i++) wave[2 * i] = data[i]; }
    fft.forward(wave);
    return wave;
  });
  for (let i = 0; i < a.length; i += 2) {
    const re = a[i] * b[i] + a[i + 1] * b[i + 1], im = a[i + 1] * b[i] - a[i] * b[i + 1];
    a[i] = re;
    a[i + 1] = im;
  }
  return a;
}

/** Every value over its modulus. */
function whiten(spectrum: Float64Array): void {
  for (let i = 0; i < spectrum.length; i += 2) {
    const size = Math.max(Math.hypot(spectrum[i], spectrum[i + 1]), 100 * Number.EPSILON);
    spectrum[i] /= size;
    spectrum[i + 1] /= size;
  }
}

function largest(wave: Float64Array): number {
  let best = 0, most = -1;
  for (let i = 0; i < wave.length; i += 2) {
    const size = wave[i] ** 2 + wave[i + 1] ** 2;
    if (size > most) [best, most] = [i / 2, size];
  }
  return best;
}

function signed(k: number, n: number): number {
  return k > Math.floor(n / 2) ? k - n : k;
}

interface Refine {
  readonly height: number;
  readonly width: number;
  readonly whole: Shift;
  readonly factor: number;
}

/**
 * The peak of the correlation on a fine grid of 1.5 pixels around the coarse one, by the Fourier sum itself.
 */
function refine(spectrum: Float64Array, { height, width, whole, factor }: Refine): Shift {
  const count = Math.ceil(1.5 * factor);
  const first = -Math.floor(count / 2);
  // Columns first: lines(r, k) = sum over c of spectrum(r, c) exp(2 pi i f_c x_k).
  const lines = new Float64Array(2 * height * count);
  for (let k = 0; k < count; k++) {
    const waves = phasors(width, whole.dx + (first + k) / factor);
    for (let r = 0; r < height; r++) {
      const sum = dot(spectrum, waves, { start: 2 * r * width, step: 2, count: width });
      lines[2 * (r * count + k)] = sum.re;
      lines[2 * (r * count + k) + 1] = sum.im;
    }
  }
  let best = whole, most = -1;
  for (let j = 0; j < count; j++) {
    const dy = whole.dy + (first + j) / factor;
    const waves = phasors(height, dy);
    for (let k = 0; k < count; k++) {
      const { re, im } = dot(lines, waves, { start: 2 * k, step: 2 * count, count: height });
      if (re * re + im * im <= most) continue;
      most = re * re + im * im;
      best = { dy, dx: whole.dx + (first + k) / factor };
    }
  }
  return best;
}

/** exp(2 pi i f_k at) for all frequencies of a length. */
function phasors(length: number, at: number): Float64Array {
  const waves = new Float64Array(2 * length);
  for (let k = 0; k < length; k++) {
    const angle = 2 * Math.PI * frequency(k, length) * at;
    waves[2 * k] = Math.cos(angle);
    waves[2 * k + 1] = Math.sin(angle);
  }
  return waves;
}

function dot(
  data: Float64Array,
  waves: Float64Array,
  { start, step, count }: { readonly start: number; readonly step: number; readonly count: number },
): { readonly re: number; readonly im: number } {
  let re = 0, im = 0;
  for (let k = 0, i = start; k < count; k++, i += step) {
    re += data[i] * waves[2 * k] - data[i + 1] * waves[2 * k + 1];
    im += data[i] * waves[2 * k + 1] + data[i + 1] * waves[2 * k];
  }
  return { re, im };
}
