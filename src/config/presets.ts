/**
 * What a training profile changes in the defaults.
 *
 * @module
 */
import type { ModelConfig } from "./model.ts";
import type { PartialConfig } from "./schema.ts";

/**
 * The settings that a profile brings along; all other layers win over them. The historical profiles merge
 * with the central square and do not align phases, as the implementation that they reproduce.
 */
export const profilePresets: Readonly<Record<ModelConfig["profile"], PartialConfig>> = Object.freeze({
  calibrated: {},
  amplitude: { model: { mergeWeights: "central", phaseAlignRounds: 0 } },
  counts: { model: { mergeWeights: "central", phaseAlignRounds: 0, cnnOutputMode: "real_imag" } },
});
