/**
 * A probe on the grid of prepared patterns.
 *
 * @module
 */
import { Fft2, rollImage } from "../../numeric/mod.ts";
import type { Probe } from "../types.ts";

/**
 * Returns the modes on pixels of another side: of the spectrum, (size, size), the middle (side, side) is kept, as it is of
 * the patterns, or zeros are put around it; then the middle (window, window) of the wave is cut out. Photons stay.
 */
export function resampledProbe(
  { modes, size, data }: Probe,
  { side, window }: { readonly side: number; readonly window: number },
): Float32Array {
  if (side === size && window === size) return data;
  const out = new Float32Array(2 * modes * window * window);
  const plan = new Fft2(size, size), back = new Fft2(side, side);
  for (let mode = 0; mode < modes; mode++) {
    const wave = Float64Array.from(data.subarray(2 * mode * size * size, 2 * (mode + 1) * size * size));
    centre(wave, size);
    plan.forward(wave);
    centre(wave, size);
    const fitted = middle(wave, size, side);
    centre(fitted, side);
    back.inverse(fitted);
    centre(fitted, side);
    out.set(middle(fitted, side, window), 2 * mode * window * window);
  }
  return out;
}

function centre(wave: Float64Array, side: number): void {
  rollImage(wave, { height: side, width: side, rows: side / 2, columns: side / 2 });
}

/** The middle (to, to) of a wave (from, from), or zeros around it. */
function middle(wave: Float64Array, from: number, to: number): Float64Array {
  const out = new Float64Array(2 * to * to), shift = (from - to) / 2;
  for (let r = Math.max(0, -shift); r < Math.min(to, from - shift); r++) {
    for (let c = Math.max(0, -shift); c < Math.min(to, from - shift); c++) {
      const source = 2 * ((r + shift) * from + c + shift), target = 2 * (r * to + c);
      out[target] = wave[source];
      out[target + 1] = wave[source + 1];
    }
  }
  return out;
}
