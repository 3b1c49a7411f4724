/**
 * Structural similarity over a uniform window.
 *
 * Source: Z. Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE
 * Trans. Image Process. 13 (2004) 600-612, with the window and the sample covariance that scikit-image takes.
 *
 * @module
 */
import type { RealImage } from "../numeric/mod.ts";
import { checkPair } from "./difference.ts";

/** Options of {@linkcode ssim}. */
export interface SsimOptions {
  /** Range of the values that counts as full contrast. */
  readonly dataRange: number;
  /** Odd side of the window in pixels. Default 7. */
  readonly window?: number;
}

/** Constants of the formula: C1 = (K1 range)^2, C2 = (K2 range)^2. */
export const K1 = 0.01;
/** See {@linkcode K1}. */
export const K2 = 0.03;

/** An image and its reference as SSIM is to see them, and the range that counts as full contrast. */
export interface SsimPair {
  readonly image: RealImage;
  readonly reference: RealImage;
  readonly dataRange: number;
}

/**
 * Returns phases (radians, about their mean direction) lifted by pi, with a range of 2 pi. SSIM compares means
 * relative to their size, and the zero of a phase is arbitrary: near it the means of two equal images may differ by
 * any factor. This is what PtychoPINN's evaluation does, so the figures compare with published ones.
 */
export function phasesForSsim(image: RealImage, reference: RealImage): SsimPair {
  const lifted = ({ height, width, data }: RealImage) => ({
    height,
    width,
    data: Float64Array.from(data, (angle) => angle + Math.PI),
  });
  return { image: lifted(image), reference: lifted(reference), dataRange: 2 * Math.PI };
}

/**
 * Returns the mean SSIM over all windows that lie inside the images; sample covariance (n - 1). 1 for identical
 * images. Throws `RangeError` for images smaller than the window.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const image = { height: 8, width: 8, data: Float64Array.from({ length: 64 }, (_, i) => i % 5) };
 * assert.ok(Math.abs(ssim(image, image, { dataRange: 4 }) - 1) < 1e-12);
 * ```
 */
export function ssim(image: RealImage, reference: RealImage, { dataRange, window = 7 }: SsimOptions): number {
  checkPair(image, reference);
  const { height, width } = image;
  if (height < window || width < window) {
    throw new RangeError(
      `SSIM over ${window} x ${window} needs at least that, the images are ${height} x ${width}`,
    );
  }
  if (!(dataRange > 0)) throw new RangeError(`SSIM needs a data range above 0, found ${dataRange}`);
  // Sums of squares of values far from zero lose the digits of their variance.
  const columns = new ColumnSums(image, reference, meanOf(reference));
  let sum = 0;
  for (let row = 0; row < height; row++) {
    columns.add(row, 1);
    if (row >= window) columns.add(row - window, -1);
    if (row >= window - 1) sum += columns.sumOfRow(window, dataRange);
  }
  return sum / ((height - window + 1) * (width - window + 1));
}

function meanOf({ data }: RealImage): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  return sum / data.length;
}

/** Sums of a, b, aa, bb, ab over the rows of a window, for each column; a and b less `offset`. */
class ColumnSums {
  readonly #image: RealImage;
  readonly #reference: RealImage;
  readonly #offset: number;
  readonly #sums: Float64Array;

  constructor(image: RealImage, reference: RealImage, offset: number) {
    this.#image = image;
    this.#reference = reference;
    this.#offset = offset;
    this.#sums = new Float64Array(5 * image.width);
  }

  add(row: number, sign: 1 | -1): void {
    const { width } = this.#image;
    const sums = this.#sums;
    for (let c = 0, i = row * width, k = 0; c < width; c++, i++, k += 5) {
      const a = this.#image.data[i] - this.#offset, b = this.#reference.data[i] - this.#offset;
      sums[k] += sign * a;
      sums[k + 1] += sign * b;
      sums[k + 2] += sign * a * a;
      sums[k + 3] += sign * b * b;
      sums[k + 4] += sign * a * b;
    }
  }

  /** Sum of SSIM over the windows of the current rows. */
  sumOfRow(window: number, dataRange: number): number {
    const { width } = this.#image;
    const sums = this.#sums;
    const n = window * window;
    const sample = n / (n - 1);
    const c1 = (K1 * dataRange) ** 2, c2 = (K2 * dataRange) ** 2;
    let a = 0, b = 0, aa = 0, bb = 0, ab = 0, total = 0;
    for (let c = 0, k = 0; c < width; c++, k += 5) {
      const out = k - 5 * window;
      const leaves = out >= 0;
      a += sums[k] - (leaves ? sums[out] : 0);
      b += sums[k + 1] - (leaves ? sums[out + 1] : 0);
      aa += sums[k + 2] - (leaves ? sums[out + 2] : 0);
      bb += sums[k + 3] - (leaves ? sums[out + 3] : 0);
      ab += sums[k + 4] - (leaves ? sums[out + 4] : 0);
      if (c < window - 1) continue;
      const ma = a / n, mb = b / n;
      const va = sample * (aa / n - ma * ma),
        vb = sample * (bb / n - mb * mb),
        cov = sample * (ab / n - ma * mb);
      const ua = ma + this.#offset, ub = mb + this.#offset;
      total += (2 * ua * ub + c1) * (2 * cov + c2) / ((ua * ua + ub * ub + c1) * (va + vb + c2));
    }
    return total;
  }
}
