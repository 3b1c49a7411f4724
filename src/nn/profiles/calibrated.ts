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
} from "../../optics/forward_model.ts";
import * as f from "../../tensor/functions.ts";
import type { Tensor } from "../../tensor/graph.ts";
import { calibratedNetwork, type CalibratedOptions } from "../calibrated.ts";
import { poissonNll } from "../losses.ts";
import type { BatchShape, Frozen, Profile } from "../profile.ts";

/** Added to every predicted rate, in counts, so that its logarithm stays finite. */
export const RATE_FLOOR = 1e-3;

/** Options of the calibrated profile. */
export interface CalibratedProfileOptions extends CalibratedOptions {
  /** Rounds of phase alignment inside a group. Default 2. */
  readonly alignRounds?: number;
  /** Weights of the merge. Default probe. */
  readonly mergeWeights?: MergeWeights;
}

/** The probe [P, N, N], scaled so that its power is the mean photon count of a pattern. */
export function frozenProbe(frozen: Frozen, { modes, size }: BatchShape): Tensor {
  return frozen("probe", [modes, size, size], "c64");
}

/** Weight of a patch's pixels, [1, N, N]. */
export function mergeWeight(frozen: Frozen, shape: BatchShape, weights: MergeWeights): Tensor {
  if (weights !== "probe") return frozen("centralSquare", [1, shape.size, shape.size]);
  return f.sum(f.abs2(frozenProbe(frozen, shape)), [0]);
}

/** Patches as the overlap of their group constrains them: merged and cut out again; as they are where C = 1. */
export function throughRegion(
  patches: Tensor,
  options: {
    shape: BatchShape;
    relative: Tensor;
    frozen: Frozen;
    weights: MergeWeights;
    alignRounds?: number;
  },
): Tensor {
  const { shape, relative, frozen, weights, alignRounds } = options;
  const { channels, regionSize, size } = shape;
  if (channels === 1) return patches;
  const weight = mergeWeight(frozen, shape, weights);
  const regions = mergeGroup(patches, { channels, relative, regionSize, weights, weight, alignRounds });
  return extractPatches(regions, { channels, relative, size });
}

/** Makes the calibrated profile. */
export function calibratedProfile(options: CalibratedProfileOptions = {}): Profile {
  const { alignRounds = 2, mergeWeights: weights = "probe" } = options;
  return {
    name: "calibrated",
    groupedInput: false,
    patches({ scope, shape: { size }, counts, frozen }) {
      const x = backProject(f.sqrt(counts), {
        meanAmplitude: frozen("meanAmplitude", [size, size]),
        spectrumPhase: frozen("spectrumPhase", [size, size], "c64"),
        filter: frozen("backFilter", [size, size], "c64"),
      });
      const { a, b } = calibratedNetwork(scope.at("autoencoder"), x, options);
      const amplitude = f.exp(f.scale(f.tanh(a), 0.5));
      const object = f.polar(amplitude, f.scale(f.tanh(b), Math.PI));
      return f.reshape(object, counts.shape);
    },
    losses({ shape, counts, frozen, relative, patches }) {
      const { groups, channels } = shape;
      const constrained = throughRegion(patches, { shape, relative, frozen, weights, alignRounds });
      const intensity = diffractedIntensity(exitWaves(constrained, frozenProbe(frozen, shape)));
      const nll = poissonNll(f.offset(intensity, RATE_FLOOR), counts);
      const perGroup = f.mean(f.reshape(nll, [groups, channels]), [1]);
      return f.divide(f.reshape(perGroup, [groups]), frozen("meanCount", [1]));
    },
  };
}
