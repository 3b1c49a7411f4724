/**
 * A probe of which a far field is known.
 *
 * @module
 */
import { Fft2, type Floats, rollImage } from "../../numeric/mod.ts";

/**
 * Returns the wave on the sample whose far field has this intensity, (N, N) counts with the zero frequency at N/2, and the
 * phase of a defocus: a q^2, by which light at the rms radius q of the intensity moves N a q / pi = `blurPx` pixels. The
 * photons are those of the intensity. Default of `blurPx`: 0, in focus.
 */
export function patternProbe(
  intensity: Floats,
  { side, blurPx = 0 }: { readonly side: number; readonly blurPx?: number },
): Float64Array {
  const half = side / 2;
  const squared = (pixel: number) => (Math.floor(pixel / side) - half) ** 2 + (pixel % side - half) ** 2;
  let [photons, moment] = [0, 0];
  for (let pixel = 0; pixel < side * side; pixel++) {
    photons += intensity[pixel];
    moment += intensity[pixel] * squared(pixel);
  }
  const radius = Math.max(1, Math.sqrt(moment / (photons || 1)));
  const bend = Math.PI * blurPx / (side * radius);
  const wave = new Float64Array(2 * side * side);
  for (let pixel = 0; pixel < side * side; pixel++) {
    const amplitude = Math.sqrt(Math.max(0, intensity[pixel])), phase = bend * squared(pixel);
    wave[2 * pixel] = amplitude * Math.cos(phase);
    wave[2 * pixel + 1] = amplitude * Math.sin(phase);
  }
  new Fft2(side, side).inverseCentred(wave);
  rollImage(wave, { height: side, width: side, rows: half, columns: half });
  return wave;
}
