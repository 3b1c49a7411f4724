/**
 * The calibrated profile: probe scaled to the mean photon count, back-projected input, skips, Poisson likelihood.
 *
 * @module
 */
import {
  backProject,
  diffractedIntensity,
  exitWaves,
  extractPatches,
  mergeGroup,
  type MergeWeights,
} from "../../../physics/mod.ts";
import { functions as f, type Tensor } from "../../../engine/mod.ts";
import { calibratedNetwork, type CalibratedOptions } from "../calibrated.ts";
import type { Objective } from "../objective.ts";
import type { BatchShape, Frozen, LossContext } from "../trace_context.ts";
import { type Profile, profileOf } from "../profile.ts";

/** Added to every predicted rate, in counts, so that its logarithm stays finite. */
const RATE_FLOOR = 1e-3;

/** Options of the calibrated profile. */
export interface CalibratedProfileOptions extends CalibratedOptions {
  /** R: the amplitude of the image is exp(R tanh(a / (2 R))), with the same slope at 1 for every R. Default 0.5. */
  readonly amplitudeRange?: number;
  /** Rounds of phase alignment inside a group. Default 2. */
  readonly alignRounds?: number;
  /** Weights of the merge. Default probe. */
  readonly mergeWeights?: MergeWeights;
  /** Default: the Poisson likelihood. */
  readonly objective?: Objective;
}

/**
 * Returns the probe [P, N, N] (or [B C, P, N, N]), scaled so that its power is the mean photon count of a pattern.
 */
export function frozenProbe(frozen: Frozen, { modes, size }: BatchShape): Tensor {
  return frozen("probe", [modes, size, size], "c64");
}

/** Weight of a patch's pixels, [1, N, N] or [B C, N, N]; constant to gradients. */
function mergeWeight(frozen: Frozen, shape: BatchShape, weights: MergeWeights): Tensor {
  const { size } = shape;
  const plane = (x: Tensor) => f.reshape(x, [x.shape.length > 2 ? x.shape[0] : 1, size, size]);
  if (weights !== "probe") return plane(frozen("centralSquare", [size, size]));
  const modes = f.abs2(f.stopGradient(frozenProbe(frozen, shape)));
  const total = f.sum(modes, [modes.shape.length - 3]);
  return f.reshape(total, [modes.shape.length > 3 ? modes.shape[0] : 1, size, size]);
}

/**
 * Returns patches as the overlap of their group constrains them: merged and cut out again; as they are where C = 1.
 */
export function throughRegion(
  { shape, relative, frozen, maps: { patches } }: LossContext,
  { weights, alignRounds }: { weights: MergeWeights; alignRounds?: number },
): Tensor {
  const { channels, regionSize, size } = shape;
  if (channels === 1) return patches;
  const weight = mergeWeight(frozen, shape, weights);
  const regions = mergeGroup(patches, { channels, relative, regionSize, weights, weight, alignRounds });
  return extractPatches(regions, { channels, relative, size });
}

/** Makes the calibrated profile. */
export function calibratedProfile(options: CalibratedProfileOptions = {}): Profile {
  const { alignRounds = 2, mergeWeights: weights = "probe", amplitudeRange: range = 0.5 } = options;
  return profileOf({
    name: "calibrated",
    groupedInput: false,
    input({ shape: { size }, counts, frozen }) {
      return backProject(f.sqrt(counts), {
        meanAmplitude: frozen("meanAmplitude", [size, size]),
        spectrumPhase: frozen("spectrumPhase", [size, size], "c64"),
        filter: frozen("backFilter", [size, size], "c64"),
      });
    },
    predict({ scope, shape: { size } }, x) {
      const { a, b } = calibratedNetwork(scope.at("autoencoder"), x, options);
      const patterns = [x.shape[0], size, size];
      const plane = (map: Tensor) => f.reshape(map, patterns);
      const amplitude = f.exp(f.scale(f.tanh(f.scale(a, 0.5 / range)), range));
      const phase = f.scale(f.tanh(b), Math.PI);
      const patches = f.reshape(f.polar(amplitude, phase), patterns);
      return { patches, amplitude: plane(amplitude), phase: plane(phase) };
    },
    rates(context) {
      const { shape, counts, frozen } = context;
      const constrained = throughRegion(context, { weights, alignRounds });
      const intensity = diffractedIntensity(exitWaves(constrained, frozenProbe(frozen, shape)));
      return {
        rate: f.offset(intensity, RATE_FLOOR),
        observed: counts,
        divisor: () => frozen("meanCount", [1]),
        group: "mean",
      };
    },
  }, options.objective);
}
