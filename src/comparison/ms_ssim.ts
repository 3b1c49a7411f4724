/**
 * Multi-scale SSIM in its two forms, named apart: the iterated one of an established implementation, and Wang's product.
 *
 * @module
 */
import type { RealImage } from "../numeric/mod.ts";
import { checkPair, dataRangeOf } from "./difference.ts";
import { gaussianBlur } from "./gaussian.ts";
import { K1, K2, ssim } from "./ssim.ts";

/** Weights of the five scales (Wang, Simoncelli and Bovik 2003). */
const SCALE_WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/** Options of {@linkcode msSsimIterated}. */
export interface MsSsimOptions {
  /** Width in pixels of a Gaussian applied to both images first. Default 0: none. */
  readonly sigma?: number;
  /** Default: the range of the reference (after the Gaussian) at full size. */
  readonly dataRange?: number;
}

/**
 * Returns the iterated multi-scale SSIM: the product over five levels of SSIM^w, where each level keeps every second
 * pixel of the one before. Not Wang's product form, which takes the luminance of the last level only. A level with a
 * negative SSIM makes the result 0. Throws `RangeError` for sides under 97 pixels.
 */
export function msSsimIterated(image: RealImage, reference: RealImage, options: MsSsimOptions = {}): number {
  const { sigma = 0 } = options;
  checkPair(image, reference);
  let a = sigma > 0 ? gaussianBlur(image, { sigma }) : image;
  let b = sigma > 0 ? gaussianBlur(reference, { sigma }) : reference;
  const dataRange = options.dataRange ?? dataRangeOf(b);
  let product = 1;
  for (const weight of SCALE_WEIGHTS) {
    product *= Math.max(0, ssim(a, b, { dataRange })) ** weight;
    a = everySecond(a);
    b = everySecond(b);
  }
  return product;
}

function everySecond({ height, width, data }: RealImage): RealImage {
  const half = { height: Math.ceil(height / 2), width: Math.ceil(width / 2) };
  const out = new Float64Array(half.height * half.width);
  for (let i = 0; i < out.length; i++) {
    out[i] = data[2 * Math.floor(i / half.width) * width + 2 * (i % half.width)];
  }
  return { ...half, data: out };
}

/** Side and width of Wang's window. */
const WINDOW = 11;
const WINDOW_SIGMA = 1.5;

/** Smallest side of an image for {@linkcode msSsimWang}: five levels, the last as large as the window. */
export const MS_SSIM_MIN_SIDE = WINDOW * 2 ** (SCALE_WEIGHTS.length - 1);

/**
 * Wang's multi-scale SSIM: luminance of the last level ^w5 times the product over five levels of (contrast x structure)^w,
 * each averaged over all positions of an 11 x 11 Gaussian window of sigma 1.5 inside the image; each level is the mean of
 * 2 x 2 pixels of the one before. A negative level makes the result 0. `dataRange`: default the range of the reference.
 * Throws `RangeError` for sides under {@linkcode MS_SSIM_MIN_SIDE}.
 *
 * Source: Z. Wang, E. P. Simoncelli and A. C. Bovik, "Multiscale structural similarity for image quality assessment",
 * Asilomar Conf. Signals Syst. Comput. (2003) 1398-1402, eq. 7.
 */
export function msSsimWang(
  image: RealImage,
  reference: RealImage,
  options: { readonly dataRange?: number } = {},
): number {
  checkPair(image, reference);
  const dataRange = options.dataRange ?? dataRangeOf(reference);
  if (Math.min(image.height, image.width) < MS_SSIM_MIN_SIDE) {
    throw new RangeError(
      `MS-SSIM over five levels needs sides of at least ${MS_SSIM_MIN_SIDE}, ` +
        `the images are ${image.height} x ${image.width}`,
    );
  }
  if (!(dataRange > 0)) throw new RangeError(`MS-SSIM needs a data range above 0, found ${dataRange}`);
  let [a, b] = [image, reference];
  let product = 1;
  for (const [level, weight] of SCALE_WEIGHTS.entries()) {
    const { similarity, contrastStructure } = gaussianSsim(a, b, dataRange);
    const last = level === SCALE_WEIGHTS.length - 1;
    product *= Math.max(0, last ? similarity : contrastStructure) ** weight;
    if (!last) [a, b] = [halved(a), halved(b)];
  }
  return product;
}

/** Means over the windows of SSIM and of its part without the luminance. */
function gaussianSsim(
  a: RealImage,
  b: RealImage,
  dataRange: number,
): { similarity: number; contrastStructure: number } {
  const product = (x: RealImage, y: RealImage): RealImage => ({
    ...x,
    data: Float64Array.from(x.data, (value, i) => value * y.data[i]),
  });
  const [ma, mb, aa, bb, ab] = [a, b, product(a, a), product(b, b), product(a, b)].map(windowMeans);
  const c1 = (K1 * dataRange) ** 2, c2 = (K2 * dataRange) ** 2;
  let similarity = 0, contrastStructure = 0;
  for (let i = 0; i < ma.length; i++) {
    const covariance = ab[i] - ma[i] * mb[i];
    const variances = aa[i] - ma[i] ** 2 + bb[i] - mb[i] ** 2;
    const structure = (2 * covariance + c2) / (variances + c2);
    contrastStructure += structure / ma.length;
    similarity += structure * (2 * ma[i] * mb[i] + c1) / (ma[i] ** 2 + mb[i] ** 2 + c1) / ma.length;
  }
  return { similarity, contrastStructure };
}

/** Gaussian means at all positions of the window inside the image, row-major. */
function windowMeans({ height, width, data }: RealImage): Float64Array {
  const middle = (WINDOW - 1) / 2;
  const raw = Float64Array.from(
    { length: WINDOW },
    (_, k) => Math.exp(-0.5 * ((k - middle) / WINDOW_SIGMA) ** 2),
  );
  const total = raw.reduce((sum, value) => sum + value);
  const kernel = raw.map((value) => value / total);
  const columns = width - WINDOW + 1, rows = height - WINDOW + 1;
  const across = new Float64Array(height * columns), out = new Float64Array(rows * columns);
  for (let i = 0; i < across.length; i++) {
    const from = Math.floor(i / columns) * width + i % columns;
    for (let k = 0; k < WINDOW; k++) across[i] += kernel[k] * data[from + k];
  }
  for (let i = 0; i < out.length; i++) {
    for (let k = 0; k < WINDOW; k++) out[i] += kernel[k] * across[i + k * columns];
  }
  return out;
}

/** Means of 2 x 2 pixels; an odd last row or column is left out. */
function halved({ height, width, data }: RealImage): RealImage {
  const half = { height: Math.floor(height / 2), width: Math.floor(width / 2) };
  const out = Float64Array.from({ length: half.height * half.width }, (_, i) => {
    const at = 2 * Math.floor(i / half.width) * width + 2 * (i % half.width);
    return (data[at] + data[at + 1] + data[at + width] + data[at + width + 1]) / 4;
  });
  return { ...half, data: out };
}
