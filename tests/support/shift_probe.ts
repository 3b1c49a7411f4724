/**
 * A probe between pixels, for scans whose probe moves and not the object.
 *
 * @module
 */
import { Fft2, type Floats, frequency } from "../../src/numeric/mod.ts";

/** A probe (P, N, N) moved by a part of a pixel, in Fourier space: out(y, x) = probe(y - dy, x - dx). */
export function shiftProbe(
  probe: Floats,
  by: { readonly side: number; readonly dx: number; readonly dy: number },
): Float64Array {
  const { side, dx, dy } = by;
  const out = Float64Array.from(probe);
  const fft = new Fft2(side, side);
  for (let mode = 0; mode < out.length; mode += 2 * side * side) {
    const wave = out.subarray(mode, mode + 2 * side * side);
    fft.forward(wave);
    for (let r = 0, i = 0; r < side; r++) {
      for (let c = 0; c < side; c++, i += 2) {
        const angle = -2 * Math.PI * (dy * frequency(r, side) + dx * frequency(c, side));
        const cos = Math.cos(angle), sin = Math.sin(angle), re = wave[i];
        wave[i] = re * cos - wave[i + 1] * sin;
        wave[i + 1] = re * sin + wave[i + 1] * cos;
      }
    }
    fft.inverse(wave);
  }
  return out;
}
