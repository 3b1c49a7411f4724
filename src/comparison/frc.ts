/**
 * Fourier ring correlation of two images of the same thing, and the resolution that it shows.
 *
 * Sources: W. O. Saxton and W. Baumeister, J. Microsc. 127 (1982) 127-138 (the correlation); M. van Heel and M. Schatz,
 * "Fourier shell correlation threshold criteria", J. Struct. Biol. 151 (2005) 250-262 (the half-bit curve, eq. 17);
 * P. B. Rosenthal and R. Henderson, J. Mol. Biol. 333 (2003) 721-745 (1/7 = 0.143 for a reference from all the data).
 *
 * @module
 */
import { Fft2, frequency, type RealImage } from "../numeric/mod.ts";

/** The correlation ring by ring. */
export interface FrcCurve {
  /** Middle of each ring in cycles per pixel, from one ring width up to 0.5. */
  readonly frequency: Float64Array;
  /** Real part of the correlation, -1 to 1. */
  readonly correlation: Float64Array;
  /** Fourier pixels of each ring. */
  readonly pixels: Float64Array;
}

/** Options of {@linkcode fourierRingCorrelation}. */
export interface FrcOptions {
  /** 2 for interleaved complex images, 1 (default) for real ones. */
  readonly values?: 1 | 2;
  /**
   * Part of each side over which the images fade to their mean at the edges (Tukey window), 0 to 1, both edges together.
   * Without it the edges themselves correlate. Default 0.25.
   */
  readonly taper?: number;
}

/**
 * FRC(q) = Re sum F1 conj(F2) / sqrt(sum |F1|^2 sum |F2|^2) over the ring around q. Rings are one Fourier pixel of the
 * shorter side wide. The mean of each image is taken out first. A ring in which one image has nothing is 0. Throws
 * `RangeError` where the shapes differ or a side is under 8 pixels.
 */
export function fourierRingCorrelation(a: RealImage, b: RealImage, options: FrcOptions = {}): FrcCurve {
  const { values = 1, taper = 0.25 } = options;
  const { height, width } = a;
  checkShapes(a, b, values);
  const [left, right] = [spectrumOf(a, { values, taper }), spectrumOf(b, { values, taper })];
  const side = Math.min(height, width);
  const count = Math.floor(side / 2);
  const sums = { cross: new Float64Array(count), a: new Float64Array(count), b: new Float64Array(count) };
  const pixels = new Float64Array(count);
  for (let r = 0, i = 0; r < height; r++) {
    const fy = frequency(r, height);
    for (let c = 0; c < width; c++, i += 2) {
      const ring = Math.round(Math.hypot(fy, frequency(c, width)) * side) - 1;
      if (ring < 0 || ring >= count) continue;
      sums.cross[ring] += left[i] * right[i] + left[i + 1] * right[i + 1];
      sums.a[ring] += left[i] ** 2 + left[i + 1] ** 2;
      sums.b[ring] += right[i] ** 2 + right[i + 1] ** 2;
      pixels[ring]++;
    }
  }
  const correlation = sums.cross.map((cross, k) => {
    const power = Math.sqrt(sums.a[k] * sums.b[k]);
    return power > 0 ? cross / power : 0;
  });
  return { frequency: Float64Array.from(pixels, (_, k) => (k + 1) / side), correlation, pixels };
}

function checkShapes(a: RealImage, b: RealImage, values: 1 | 2): void {
  const fits = a.height === b.height && a.width === b.width &&
    a.data.length === values * a.height * a.width && b.data.length === a.data.length;
  if (!fits) {
    throw new RangeError(`cannot correlate ${a.height} x ${a.width} with ${b.height} x ${b.width}`);
  }
  if (Math.min(a.height, a.width) < 8) {
    throw new RangeError(`a ring correlation needs sides of at least 8, found ${a.height} x ${a.width}`);
  }
}

/** Fourier transform of the windowed image less its mean, interleaved. */
function spectrumOf(image: RealImage, { values, taper }: { values: 1 | 2; taper: number }): Float64Array {
  const { height, width, data } = image;
  const pixels = height * width;
  const part = (p: number, k: number) => k < values ? data[values * p + k] : 0;
  let re = 0, im = 0;
  for (let p = 0; p < pixels; p++) {
    re += part(p, 0) / pixels;
    im += part(p, 1) / pixels;
  }
  const rows = tukey(height, taper), columns = tukey(width, taper);
  const wave = new Float64Array(2 * pixels);
  for (let p = 0; p < pixels; p++) {
    const weight = rows[Math.floor(p / width)] * columns[p % width];
    wave[2 * p] = weight * (part(p, 0) - re);
    wave[2 * p + 1] = weight * (part(p, 1) - im);
  }
  new Fft2(height, width).forward(wave);
  return wave;
}

/** 1 in the middle, half a cosine over `taper` / 2 of the length at each end. */
function tukey(length: number, taper: number): Float64Array {
  const edge = taper * length / 2;
  return Float64Array.from({ length }, (_, i) => {
    const inside = Math.min(i + 0.5, length - i - 0.5);
    return inside >= edge ? 1 : 0.5 * (1 - Math.cos(Math.PI * inside / edge));
  });
}

/** Returns the half-bit curve of van Heel and Schatz for rings of `pixels` Fourier pixels. */
export function halfBitThreshold(pixels: number): number {
  const root = Math.sqrt(pixels);
  return (0.2071 + 1.9102 / root) / (1.2071 + 0.9102 / root);
}

/** First crossing of a curve below a threshold. */
export interface FrcCrossing {
  /** Cycles per pixel; 0.5 where the curve never falls below. */
  readonly frequency: number;
  /** Half a period at that frequency, in pixels: 1 at the limit of the pixels themselves. */
  readonly resolutionPx: number;
  /** False where the curve stays above: the pixels are the limit, not the images. */
  readonly crossed: boolean;
}

/** The lowest rings may be below: the alignment of offset and ramp takes their content, and they have few pixels. */
const ALIGNED_RINGS = 3;

/**
 * Returns the first crossing downwards, between rings by straight lines. `threshold`: a number (0.5 for FRC50, 1/7),
 * or a function of the Fourier pixels of a ring, such as {@linkcode halfBitThreshold}. A curve that is below on its
 * first three rings has no resolution: infinite.
 */
export function frcCrossing(curve: FrcCurve, threshold: number | ((pixels: number) => number)): FrcCrossing {
  const excess = curve.correlation.map((value, k) =>
    value - (typeof threshold === "number" ? threshold : threshold(curve.pixels[k]))
  );
  const start = excess.findIndex((value) => value >= 0);
  if (start < 0 || start >= ALIGNED_RINGS) return { frequency: 0, resolutionPx: Infinity, crossed: true };
  const at = excess.findIndex((value, k) => k > start && value < 0);
  if (at < 0) return { frequency: 0.5, resolutionPx: 1, crossed: false };
  const part = excess[at - 1] / (excess[at - 1] - excess[at]);
  const frequency = curve.frequency[at - 1] + part * (curve.frequency[at] - curve.frequency[at - 1]);
  return { frequency, resolutionPx: 0.5 / frequency, crossed: true };
}
