/**
 * Keeps a probe in the middle, where it is bright, and inside a circle of its spectrum. Modes are (P, N, N), interleaved,
 * changed in place.
 *
 * @module
 */
import { Fft2, rollImage } from "../../numeric/mod.ts";
import { centreOf } from "./modes.ts";

/** Pixels over which the amplitude is averaged before it is compared with the threshold. */
const SUPPORT_BLUR = 3;

/** Lets the probe fade to nothing where its amplitude, averaged over a few pixels, is under a part of the largest. */
export function keepSupport(
  modes: Float64Array,
  { side, threshold }: { side: number; threshold: number },
): void {
  const pixels = side * side;
  const intensity = new Float64Array(pixels);
  for (let i = 0; i < modes.length / 2; i++) {
    intensity[i % pixels] += modes[2 * i] ** 2 + modes[2 * i + 1] ** 2;
  }
  const smooth = blurred(intensity, side).map(Math.sqrt);
  const most = smooth.reduce((a, b) => Math.max(a, b), 0);
  for (let i = 0; i < modes.length / 2; i++) {
    // from 0 at half of the threshold to 1 at the threshold
    const factor = Math.min(1, Math.max(0, 2 * smooth[i % pixels] / (threshold * most) - 1));
    modes[2 * i] *= factor;
    modes[2 * i + 1] *= factor;
  }
}

/** A mean over 2 SUPPORT_BLUR + 1 pixels along both axes, around the edges. */
function blurred(image: Float64Array, side: number): Float64Array {
  const along = (from: Float64Array, stride: number) =>
    from.map((_, i) => {
      const at = Math.floor(i / stride) % side;
      let sum = 0;
      for (let d = -SUPPORT_BLUR; d <= SUPPORT_BLUR; d++) {
        sum += from[i + ((at + d + side) % side - at) * stride];
      }
      return sum / (2 * SUPPORT_BLUR + 1);
    });
  return along(along(image, 1), side);
}

/** Moves the probe by whole pixels so that its centre of mass is at N/2; returns how far it was moved. */
export function centreProbe(modes: Float64Array, side: number): { x: number; y: number } {
  const centre = centreOf(modes, side);
  const by = { x: Math.round(side / 2 - centre.x), y: Math.round(side / 2 - centre.y) };
  if (by.x === 0 && by.y === 0) return by;
  for (let at = 0; at < modes.length; at += 2 * side * side) {
    const mode = modes.subarray(at, at + 2 * side * side);
    rollImage(mode, { height: side, width: side, rows: by.y, columns: by.x });
  }
  return by;
}

/** Takes the light out of the probe's spectrum that would fall outside a circle of `radius` times N/2. */
export function keepFourierSupport(
  modes: Float64Array,
  { side, radius }: { side: number; radius: number },
): void {
  const fft = new Fft2(side, side);
  for (let at = 0; at < modes.length; at += 2 * side * side) {
    const wave = modes.subarray(at, at + 2 * side * side);
    fft.forwardCentred(wave);
    for (let i = 0; i < side * side; i++) {
      const distance = Math.hypot((i % side) - side / 2, Math.floor(i / side) - side / 2);
      if (distance <= radius * side / 2) continue;
      wave[2 * i] = wave[2 * i + 1] = 0;
    }
    fft.inverseCentred(wave);
  }
}
