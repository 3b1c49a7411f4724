/**
 * The forward model in float64: patches cut from an object, exit waves, and their far-field intensity.
 *
 * @module
 */
import { Fft2, type Floats, type PlacedImage } from "../numeric/mod.ts";

/** A patch in the frame of the scan: its pixel N/2 lies at (x, y). */
export interface PatchPlace {
  readonly x: number;
  readonly y: number;
  /** Side N in pixels. */
  readonly side: number;
}

/**
 * Returns the object around a scan position, (N, N) interleaved: bilinear between object pixels, zero outside, as the
 * network's forward model does it.
 */
export function samplePatch(
  object: PlacedImage,
  { x, y, side }: PatchPlace,
  out?: Float64Array,
): Float64Array {
  const patch = out ?? new Float64Array(2 * side * side);
  const cx = x - side / 2 - object.x0, cy = y - side / 2 - object.y0;
  const column = Math.floor(cx), row = Math.floor(cy);
  const fx = cx - column, fy = cy - row;
  patch.fill(0);
  const shares = [[0, 0, (1 - fy) * (1 - fx)], [0, 1, (1 - fy) * fx], [1, 0, fy * (1 - fx)], [1, 1, fy * fx]];
  for (const [dy, dx, share] of shares) {
    if (share === 0) continue;
    const from = Math.max(0, -column - dx), to = Math.min(side, object.width - column - dx);
    for (let r = Math.max(0, -row - dy); r < Math.min(side, object.height - row - dy); r++) {
      const source = (row + dy + r) * object.width + column + dx;
      for (let c = from; c < to; c++) {
        patch[2 * (r * side + c)] += share * object.data[2 * (source + c)];
        patch[2 * (r * side + c) + 1] += share * object.data[2 * (source + c) + 1];
      }
    }
  }
  return patch;
}

/** Far-field diffraction of patches of one size. */
export class FarField {
  readonly side: number;
  readonly #fft: Fft2;
  readonly #wave: Float64Array;

  constructor(side: number) {
    this.side = side;
    this.#fft = new Fft2(side, side);
    this.#wave = new Float64Array(2 * side * side);
  }

  /**
   * Detector intensity of patch * probe, (N, N), zero frequency at N/2: the sum over the modes of the probe
   * (P, N, N) of abs(orthonormal FFT)^2. Counts, if the probe is scaled to counts.
   */
  intensity(patch: Floats, probe: Floats, out?: Float64Array): Float64Array {
    const pixels = this.side * this.side;
    const intensity = out ?? new Float64Array(pixels);
    intensity.fill(0);
    const wave = this.#wave;
    for (let mode = 0; mode < probe.length; mode += 2 * pixels) {
      for (let i = 0; i < 2 * pixels; i += 2) {
        const pr = probe[mode + i], pi = probe[mode + i + 1];
        wave[i] = patch[i] * pr - patch[i + 1] * pi;
        wave[i + 1] = patch[i] * pi + patch[i + 1] * pr;
      }
      this.#fft.forwardCentred(wave);
      for (let i = 0; i < pixels; i++) intensity[i] += wave[2 * i] ** 2 + wave[2 * i + 1] ** 2;
    }
    return intensity;
  }
}
