/**
 * The settings that a trained model brings along.
 *
 * @module
 */
import { isRecord } from "../../../common/mod.ts";
import { bundleLayer, type ConfigLayer, type InferenceConfig } from "../../../config/mod.ts";
import type { Bundle } from "../../../formats/mod.ts";
import type { PhaseRange } from "../../../image/mod.ts";

/** Returns the settings that the model was trained with, as far as they are the model's. */
export function bundleLayerOf({ config, file }: Bundle): ConfigLayer {
  const values = isRecord(config) && isRecord(config.values) ? config.values : {};
  return bundleLayer(values, file);
}

/** Returns the ends of the colours of the phase that the settings give. */
export function phaseRangeOf({ phaseVmin, phaseVmax }: InferenceConfig): PhaseRange {
  return { min: phaseVmin ?? undefined, max: phaseVmax ?? undefined };
}
