/**
 * Differences of two real images pixel by pixel.
 *
 * @module
 */
import type { RealImage } from "../numeric/mod.ts";

/** Throws `RangeError` unless two images have one shape and at least one pixel. */
export function checkPair(image: RealImage, reference: RealImage): void {
  const fits = image.height === reference.height && image.width === reference.width &&
    image.data.length === image.height * image.width && image.data.length === reference.data.length;
  if (!fits || image.data.length === 0) {
    throw new RangeError(
      `cannot compare an image of ${image.height} x ${image.width} with one of ${reference.height} x ` +
        `${reference.width}: both must have the same sides`,
    );
  }
}

/** Returns the mean absolute error. */
export function meanAbsoluteError(image: RealImage, reference: RealImage): number {
  checkPair(image, reference);
  let sum = 0;
  for (let i = 0; i < image.data.length; i++) sum += Math.abs(image.data[i] - reference.data[i]);
  return sum / image.data.length;
}

/** Returns the mean squared error. */
export function meanSquaredError(image: RealImage, reference: RealImage): number {
  checkPair(image, reference);
  let sum = 0;
  for (let i = 0; i < image.data.length; i++) sum += (image.data[i] - reference.data[i]) ** 2;
  return sum / image.data.length;
}

/**
 * Returns the peak signal-to-noise ratio in dB: 10 log10(dataRange^2 / MSE). Infinite for identical images.
 */
export function peakSignalToNoise(
  image: RealImage,
  reference: RealImage,
  { dataRange }: { readonly dataRange: number },
): number {
  return 10 * Math.log10(dataRange ** 2 / meanSquaredError(image, reference));
}

/** Returns the largest minus the smallest value. */
export function dataRangeOf({ data }: RealImage): number {
  let min = Infinity, max = -Infinity;
  for (let i = 0; i < data.length; i++) {
    if (data[i] < min) min = data[i];
    if (data[i] > max) max = data[i];
  }
  return max - min;
}
