/**
 * The training profiles by name.
 *
 * @module
 */
import type { ModelConfig } from "../../config/model.ts";
import type { Profile } from "../profile.ts";
import { calibratedProfile } from "./calibrated.ts";
import { amplitudeProfile, countsProfile } from "./historical.ts";

/** The profile that a model's settings describe. */
export function makeProfile(model: ModelConfig): Profile {
  if (model.profile === "calibrated") {
    return calibratedProfile({
      filtersScale: model.nFiltersScale,
      alignRounds: model.phaseAlignRounds,
      mergeWeights: model.mergeWeights,
    });
  }
  const historical = {
    filtersScale: model.nFiltersScale,
    attention: model.cbamEncoder,
    sharedDecoder: model.useSharedDecoder,
    outputMode: model.cnnOutputMode,
    amplitudeActivation: model.ampActivation,
    mergeWeights: model.mergeWeights,
  };
  return model.profile === "amplitude" ? amplitudeProfile(historical) : countsProfile(historical);
}
