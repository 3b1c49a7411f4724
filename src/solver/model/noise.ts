/**
 * Noise models: the misfit of model and measurement, and the update of the exit waves. Bad pixels have no effect;
 * counts under the noise floor are not distinguished.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import { type Forward, fromDetector, TINY } from "./forward.ts";
import type { Trace } from "./trace.ts";

/** Residual of the exit waves. */
export interface Residual {
  /** chi_i = F^-1[Psi'] - psi, [B, P, N, N]. */
  readonly chi: Tensor;
  /** Sum over the good pixels of (sqrt(I) - sqrt(I_meas))^2, [B, 1, 1, 1]. */
  readonly error: Tensor;
  /** Steps of the Poisson model that are kept for the next epoch, [B, 1, 1, 1]. */
  readonly alpha?: Tensor;
}

/** Options of the noise models. */
export interface NoiseOptions {
  readonly t: Trace;
  /** Counts under this are not distinguished. Default 0. */
  readonly noiseFloor?: number;
  /** Rms of the noise of reading a pixel, for the Poisson model. Default 0. */
  readonly readNoise?: number;
}

const masked = (x: Tensor, t: Trace) => t.sizes.masked ? f.multiply(x, t.state("mask")) : x;

function floored(amplitude: Tensor, floor: number): Tensor {
  return floor > 0 ? f.offset(f.relu(f.offset(amplitude, -Math.sqrt(floor))), Math.sqrt(floor)) : amplitude;
}

/** Returns the sum over the good pixels of (sqrt(I) - sqrt(I_meas))^2 for each pattern, [B, 1, 1, 1]. */
export function misfit(intensity: Tensor, t: Trace): Tensor {
  const difference = f.square(f.subtract(f.sqrt(intensity), t.amplitudes));
  return f.sum(masked(difference, t), [1, 2, 3]);
}

/** Counts under this count as none in the deviance, so that an impossible photon costs much and not everything. */
const LEAST_COUNT = 1e-4;

/** Poisson deviance: 2 sum over the good pixels of I - I_meas + I_meas log(I_meas / I), [B, 1, 1, 1]. */
export function deviance(intensity: Tensor, t: Trace): Tensor {
  const counts = f.square(t.amplitudes);
  const log = (x: Tensor) => f.log(f.offset(x, LEAST_COUNT));
  const ratio = f.multiply(counts, f.subtract(log(counts), log(intensity)));
  const terms = f.add(f.subtract(intensity, counts), ratio);
  return f.scale(f.sum(masked(terms, t), [1, 2, 3]), 2);
}

/** sqrt(I_meas / I) - 1 where the pixel is good, [B, 1, N, N]: what the modulus projection adds to a wave of 1. */
export function modulusPull(intensity: Tensor, { t, noiseFloor = 0 }: NoiseOptions): Tensor {
  const modelled = f.offset(floored(f.sqrt(intensity), noiseFloor), TINY);
  const ratio = f.divide(f.offset(floored(t.amplitudes, noiseFloor), TINY), modelled);
  return masked(f.offset(ratio, -1), t);
}

/** Returns the pull of the modulus projection: the gradient step of the Gaussian model of amplitudes. */
export function gaussianResidual(fw: Forward, options: NoiseOptions): Residual {
  const pull = modulusPull(fw.intensity, options);
  return {
    chi: fromDetector(f.multiply(fw.wave, pull), { t: options.t, ramp: fw.ramp }),
    error: misfit(fw.intensity, options.t),
  };
}

/**
 * Returns the gradient step of the Poisson model, alpha (I_meas / I - 1) Psi, with the step alpha of each pattern by
 * Newton's method on its likelihood (Odstrcil, Menzel and Guizar-Sicairos 2018, Eqs. 13-17), damped with that of the
 * last epoch. Readout noise of variance s^2 adds s^2 to counts and model, whose sum is nearly Poisson distributed (D.
 * L. Snyder, C. W. Helstrom, A. D. Lanterman, M. Faisal and R. L. White, JOSA A 12, 272, 1995).
 */
export function poissonResidual(fw: Forward, { t, noiseFloor = 0, readNoise = 0 }: NoiseOptions): Residual {
  const { batch } = t.sizes;
  const floor = Math.max(noiseFloor, 1e-5);
  const raised = floor + readNoise ** 2;
  const model = f.offset(f.relu(f.offset(fw.intensity, -floor)), raised);
  const counts = f.offset(f.relu(f.offset(f.square(t.amplitudes), -floor)), raised);
  const xi = masked(f.offset(f.negate(f.divide(counts, model)), 1), t);
  const curvature = f.offset(f.sum(f.multiply(f.square(xi), model), [1, 2, 3]), TINY);
  let alpha = t.input("alpha", [batch, 1, 1, 1]);
  for (let pass = 0; pass < 2; pass++) {
    const left = f.offset(f.relu(f.offset(f.negate(f.multiply(alpha, xi)), 1)), 1e-2);
    const slope = f.sum(f.multiply(xi, f.subtract(model, f.divide(counts, left))), [1, 2, 3]);
    const newton = f.divide(slope, curvature);
    alpha = f.minimum(f.relu(f.scale(f.add(alpha, newton), 0.5)), f.offset(f.scale(alpha, 0), 1));
  }
  const pull = f.negate(f.multiply(alpha, xi));
  return {
    chi: fromDetector(f.multiply(fw.wave, pull), { t, ramp: fw.ramp }),
    error: misfit(fw.intensity, t),
    alpha,
  };
}
