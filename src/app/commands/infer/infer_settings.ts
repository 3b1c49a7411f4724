/**
 * The settings that a trained model brings along.
 *
 * @module
 */
import { isRecord } from "../../../common/mod.ts";
import { bundleLayer, type ConfigLayer } from "../../../config/mod.ts";
import type { Bundle } from "../../../formats/mod.ts";

/** Returns the settings that the model was trained with, as far as they are the model's. */
export function bundleLayerOf({ config, file }: Bundle): ConfigLayer {
  const values = isRecord(config) && isRecord(config.values) ? config.values : {};
  return bundleLayer(values, file);
}
