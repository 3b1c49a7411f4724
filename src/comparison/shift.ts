/**
 * Moving an image by a part of a pixel.
 *
 * @module
 */
import { type ComplexImage, Fft2, frequency } from "../numeric/mod.ts";

import type { Shift } from "./registration.ts";

/**
 * moved(y, x) = image(y - dy, x - dx), by a phase ramp on the Fourier transform; what leaves at one side comes in at the
 * other. Exact for images that the pixels sample without aliasing.
 */
export function shiftImage(
  { height, width, data }: ComplexImage,
  { dy, dx }: Shift,
): ComplexImage & { readonly data: Float64Array } {
  const wave = Float64Array.from(data);
  const transform = new Fft2(height, width);
  transform.forward(wave);
  for (let r = 0, i = 0; r < height; r++) {
    const fy = frequency(r, height) * dy;
    for (let c = 0; c < width; c++, i += 2) {
      const angle = -2 * Math.PI * (fy + frequency(c, width) * dx);
      const cos = Math.cos(angle), sin = Math.sin(angle), re = wave[i];
      wave[i] = re * cos - wave[i + 1] * sin;
      wave[i + 1] = re * sin + wave[i + 1] * cos;
    }
  }
  transform.inverse(wave);
  return { height, width, data: wave };
}
