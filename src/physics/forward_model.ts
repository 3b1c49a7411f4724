/**
 * The forward model on tensors, line by line as in the papers: patches of a group are merged into one region of the
 * object, cut out again, illuminated and diffracted.
 *
 * Conventions: rows are y and columns x; offsets are (x, y) in pixels, `relative` = -(position - mean of the group);
 * patches are [B C, N, N] with the group index running fastest; probes are [P, N, N]; spectra have their zero
 * frequency at N/2; transforms are orthonormal.
 *
 * @module
 */
import { functions as f } from "../engine/mod.ts";
import type { Tensor } from "../engine/mod.ts";

/** Weights of the patches of a group where they overlap. */
export type MergeWeights = "probe" | "central" | "uniform";

/** Options of {@linkcode mergeGroup}. */
export interface MergeOptions {
  /** Patches of a group, C. */
  readonly channels: number;
  /** Offsets [B C, 2] of the patches, as `relative` above. */
  readonly relative: Tensor;
  /** Side M of the merged region; M - N is even and covers the offsets on both sides. */
  readonly regionSize: number;
  readonly weights: MergeWeights;
  /** Weight of each pixel of a patch, [1, N, N]: sum over modes of |probe|^2, or the central square. */
  readonly weight: Tensor;
  /** Rounds of phase alignment inside the group before merging. Default 0. */
  readonly alignRounds?: number;
}

/**
 * Merges patches [B C, N, N] into regions [B, M, M]: each patch and its weight are moved by minus the offset, then
 * averaged by weight. `central` divides by the sum of weights + 0.001 (Hoidn et al. 2023); the others by the sum itself.
 * Where the sum is below its threshold the region is 0.
 */
export function mergeGroup(patches: Tensor, options: MergeOptions): Tensor {
  const { channels, relative, regionSize: m, weights, weight, alignRounds = 0 } = options;
  const groups = patches.shape[0] / channels;
  const move = (image: Tensor) => {
    const moved = f.translate(image, { offsets: relative, sign: -1, height: m, width: m });
    return f.reshape(moved, [groups, channels, m, m]);
  };
  const w = move(weight);
  const moved = move(patches);
  const total = f.sum(w, [1]);
  const aligned = alignRounds > 0
    ? f.multiply(moved, groupPhases({ moved, w, total, rounds: alignRounds }))
    : moved;
  const weighted = f.sum(f.multiply(aligned, w), [1]);
  const threshold = weights === "probe" ? f.scale(f.max(total, [1, 2, 3]), 1e-6) : 1e-6;
  const covered = typeof threshold === "number"
    ? f.sign(f.relu(f.offset(total, -threshold)))
    : f.greater(total, threshold);
  const denominator = weights === "central" ? f.offset(total, 1e-3) : atLeast(total, 1e-12);
  return f.reshape(f.multiply(weighted, f.divide(covered, denominator)), [groups, m, m]);
}

/** max(x, floor) for a constant floor. */
export function atLeast(x: Tensor, floor: number): Tensor {
  return f.offset(f.relu(f.offset(x, -floor)), floor);
}

/**
 * The factors exp(-i phi_c) that turn each patch to the phase of its group's weighted mean, constants to gradients. A
 * pattern does not know the constant phase of its patch, so patches disagree by constants before they are merged.
 */
function groupPhases(
  { moved, w, total, rounds }: { moved: Tensor; w: Tensor; total: Tensor; rounds: number },
): Tensor {
  const inverse = f.divide(f.sign(total), atLeast(total, 1e-12));
  let current = f.stopGradient(moved);
  let factors: Tensor | undefined;
  for (let round = 0; round < rounds; round++) {
    const mean = f.multiply(f.sum(f.multiply(current, w), [1]), inverse);
    const inner = f.sum(f.multiply(f.multiply(current, w), f.conj(mean)), [2, 3]);
    const turn = f.conj(f.unit(inner));
    factors = factors ? f.multiply(factors, turn) : turn;
    if (round + 1 < rounds) current = f.multiply(current, turn);
  }
  return f.stopGradient(factors ?? w);
}

/** Cuts patches [B C, N, N] back out of regions [B, M, M]: the region moved by plus the offset, its centre taken. */
export function extractPatches(
  regions: Tensor,
  { channels, relative, size }: { channels: number; relative: Tensor; size: number },
): Tensor {
  const [groups, m] = regions.shape;
  const repeated = f.broadcastTo(f.reshape(regions, [groups, 1, m, m]), [groups, channels, m, m]);
  const flat = f.reshape(repeated, [groups * channels, m, m]);
  return f.translate(flat, { offsets: relative, sign: 1, height: size, width: size });
}

/**
 * Returns the exit waves [n, P, N, N] = probe mode x patch; the probe is [P, N, N], or [n, P, N, N] with one for each
 * patch.
 */
export function exitWaves(patches: Tensor, probe: Tensor): Tensor {
  const [n, height, width] = patches.shape;
  const ofEach = probe.shape.length === 3 ? f.reshape(probe, [1, ...probe.shape]) : probe;
  return f.multiply(f.reshape(patches, [n, 1, height, width]), ofEach);
}

/** Returns the far-field intensity [n, N, N]: the incoherent sum over modes of |F psi|^2. */
export function diffractedIntensity(exit: Tensor): Tensor {
  const [n, , height, width] = exit.shape;
  return f.reshape(f.sum(f.abs2(f.fft2(exit)), [1]), [n, height, width]);
}

/** Options of {@linkcode backProject}; all constants of the probe, see `back_projection.ts`. */
export interface BackProjectOptions {
  /** Square root of the mean pattern, [N, N]. */
  readonly meanAmplitude: Tensor;
  /** exp(i arg F(P)), c64 [N, N]. */
  readonly spectrumPhase: Tensor;
  /** conj(P) / (|P|^2 + 0.1 max |P|^2) over the input's standard deviation, c64 [N, N]. */
  readonly filter: Tensor;
}

/**
 * Returns the measurement carried back to the sample, two channels [n, 2, N, N]: the real and imaginary parts of
 * F^-1[(A - A0) exp(i arg F(P))] conj(P) / (|P|^2 + 0.1 max |P|^2), for amplitudes A [n, N, N].
 */
export function backProject(amplitude: Tensor, options: BackProjectOptions): Tensor {
  const [n, height, width] = amplitude.shape;
  const spectrum = f.multiply(f.subtract(amplitude, options.meanAmplitude), options.spectrumPhase);
  const wave = f.multiply(f.fft2(spectrum, { inverse: true }), options.filter);
  const plane = (part: Tensor) => f.reshape(part, [n, 1, height, width]);
  return f.concat([plane(f.re(wave)), plane(f.im(wave))], 1);
}
