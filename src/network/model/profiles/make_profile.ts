/**
 * The training profiles by name.
 *
 * @module
 */
import type { ModelConfig } from "../../../config/mod.ts";
import type { HistoricalOptions } from "../historical.ts";
import type { Objective } from "../objective.ts";
import type { Profile } from "../profile.ts";
import { calibratedProfile } from "./calibrated.ts";
import { amplitudeProfile, countsProfile } from "./historical.ts";

/** Makes the profile that a model's settings describe. */
export function makeProfile(model: ModelConfig): Profile {
  const objective = objectiveOf(model);
  if (model.profile === "calibrated") {
    return calibratedProfile({
      filtersScale: model.nFiltersScale,
      levels: model.networkLevels ?? undefined,
      amplitudeRange: model.amplitudeRange,
      alignRounds: model.phaseAlignRounds,
      mergeWeights: model.mergeWeights,
      objective,
    });
  }
  const historical = { ...historicalOptions(model), mergeWeights: model.mergeWeights, objective };
  return model.profile === "amplitude" ? amplitudeProfile(historical) : countsProfile(historical);
}

/** Returns the options of the historical network that a model's settings describe. */
export function historicalOptions(model: ModelConfig): Omit<HistoricalOptions, "size" | "channels"> {
  return {
    filtersScale: model.nFiltersScale,
    attention: model.cbamEncoder,
    sharedDecoder: model.useSharedDecoder,
    outputMode: model.cnnOutputMode,
    amplitudeActivation: model.ampActivation,
    borderChannels: model.borderChannels ?? undefined,
    borderWidth: model.borderWidth ?? undefined,
  };
}

function objectiveOf(model: ModelConfig): Objective {
  const supervised = { amplitude: model.supervisedAmpWeight, phase: model.supervisedPhaseWeight };
  return {
    loss: model.loss,
    ...(model.modelType === "supervised" ? { supervised } : {}),
    regularisers: {
      amplitudeVariation: model.ampTvCoeff,
      phaseVariation: model.phaseTvCoeff,
      amplitudeDeviation: model.ampMeanDeviationCoeff,
      phaseDeviation: model.phaseMeanDeviationCoeff,
    },
  };
}
