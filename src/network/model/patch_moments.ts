/**
 * Moments of predicted patches, by which a network that learns nothing is recognised.
 *
 * @module
 */

/** Moments of one quantity over a batch of patches. */
export interface Moments {
  readonly mean: number;
  readonly std: number;
  /** Variance about the mean of each patch: what is structure and not a constant. */
  readonly var_zero_mean: number;
  readonly min: number;
  readonly max: number;
}

/** Moments of amplitude and phase. */
export interface PatchMoments {
  readonly amplitude: Moments;
  /** In radians. */
  readonly phase: Moments;
}

/** Patches whose amplitude and phase vary by less than this are flat. */
const FLAT = { amplitude: 0.005, phase: 0.01 } as const;

/** Measures complex patches, interleaved [n, N, N], of `pixels` = N^2 each. */
export function momentsOf(patches: Float32Array, pixels: number): PatchMoments {
  const amplitude = new Float32Array(patches.length / 2), phase = new Float32Array(patches.length / 2);
  for (let i = 0; i < amplitude.length; i++) {
    amplitude[i] = Math.hypot(patches[2 * i], patches[2 * i + 1]);
    phase[i] = Math.atan2(patches[2 * i + 1], patches[2 * i]);
  }
  return { amplitude: moments(amplitude, pixels), phase: moments(phase, pixels) };
}

function moments(values: Float32Array, pixels: number): Moments {
  let [sum, squares, structure, min, max] = [0, 0, 0, Infinity, -Infinity];
  for (let at = 0; at < values.length; at += pixels) {
    let [own, ownSquares] = [0, 0];
    for (const value of values.subarray(at, at + pixels)) {
      own += value;
      ownSquares += value * value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    sum += own;
    squares += ownSquares;
    structure += Math.max(0, ownSquares - own * own / pixels);
  }
  const n = values.length, mean = sum / n;
  return {
    mean,
    std: Math.sqrt(Math.max(0, squares / n - mean * mean)),
    var_zero_mean: structure / n,
    min,
    max,
  };
}

/** Returns a line of warning where patches have no structure, else undefined. */
export function flatWarning(
  { amplitude, phase }: PatchMoments,
): string | undefined {
  const isFlat = Math.sqrt(amplitude.var_zero_mean) < FLAT.amplitude &&
    Math.sqrt(phase.var_zero_mean) < FLAT.phase;
  if (!isFlat) return undefined;
  return "the patches have no structure (a flat object). The usual causes: a probe that is not that of the scan, " +
    "patterns that are counts but are read as amplitudes or the other way round (--measurement), patterns whose zero " +
    "frequency is not at N/2, positions in another unit than object pixels, too few steps, or a regulariser that is too " +
    "strong";
}
