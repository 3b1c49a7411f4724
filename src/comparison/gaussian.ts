/**
 * Smoothing by a Gaussian.
 *
 * @module
 */
import type { RealImage } from "../numeric/mod.ts";

/**
 * Separable Gaussian of width `sigma` pixels, cut off at 4 sigma, normalised; at the edges the image is
 * mirrored with its border pixel repeated.
 */
export function gaussianBlur(image: RealImage, { sigma }: { readonly sigma: number }): RealImage {
  const { height, width } = image;
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const total = kernel.reduce((sum, v) => sum + v);
  const rows = new Float64Array(height * width), out = new Float64Array(height * width);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        sum += kernel[k + radius] * image.data[r * width + mirror(c + k, width)];
      }
      rows[r * width + c] = sum / total;
    }
  }
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        sum += kernel[k + radius] * rows[mirror(r + k, height) * width + c];
      }
      out[r * width + c] = sum / total;
    }
  }
  return { height, width, data: out };
}

function mirror(i: number, n: number): number {
  const k = ((i % (2 * n)) + 2 * n) % (2 * n);
  return k < n ? k : 2 * n - 1 - k;
}
