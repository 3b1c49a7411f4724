/**
 * Starting from a trained network instead of drawn weights.
 *
 * @module
 */
import type { ModelConfig } from "../../config/mod.ts";
import { DataError, describeShape } from "../../common/mod.ts";
import type { StoredArray } from "../../formats/mod.ts";
import type { Model } from "../model/model.ts";
import { Weights } from "../model/parameters.ts";
import type { BatchShape } from "../model/trace_context.ts";
import { makeProfile } from "../model/profiles/make_profile.ts";
import { traceLoss } from "./step.ts";

const NETWORK = "autoencoder.";

/** True for a weight of the encoder of the network. */
export function isOfEncoder(name: string): boolean {
  return name.startsWith(`${NETWORK}encoder.`);
}

/**
 * Returns the settings of the network of a run: levels that they leave open are those of the model that it goes on
 * from.
 */
export function networkOf(model: ModelConfig, earlier: Model | undefined): ModelConfig {
  return { ...model, networkLevels: model.networkLevels ?? earlier?.config.networkLevels ?? null };
}

/** Throws `DataError` where a run with these settings cannot start from `init`; needs no device. */
export function refuseOtherNetwork(
  init: Model,
  { model, shape }: { readonly model: ModelConfig; readonly shape: BatchShape },
): void {
  const weights = new Weights();
  traceLoss({ profile: makeProfile(networkOf(model, init)), weights, shape });
  startingWeights(new Map(weights.entries.map((entry) => [entry.name, entry])), init);
}

/**
 * Returns the weights that a new run takes over: those of the network, and the scales in front of it; the probe is
 * that of the new data. `present`: the weights that the new network has. Throws `DataError` where the networks
 * differ.
 */
export function startingWeights(
  present: ReadonlyMap<string, Pick<StoredArray, "shape">>,
  { weights, config }: Model,
): Map<string, StoredArray> {
  const taken = new Map<string, StoredArray>();
  for (const [name, { shape }] of present) {
    if (!name.startsWith(NETWORK) && name !== "s1" && name !== "s2") continue;
    const given = weights.get(name);
    if (given && describeShape(given.shape) === describeShape(shape)) taken.set(name, given);
    else {
      const network =
        `a ${config.profile} network of gridsize ${config.gridsize}, width ${config.nFiltersScale}` +
        (config.networkLevels === null ? "" : `, ${config.networkLevels} levels`);
      throw new DataError({
        file: "--init-from",
        key: name,
        found: given ? `shape ${describeShape(given.shape)} (${network})` : `no such weight (${network})`,
        expected: `shape ${describeShape(shape)}`,
        remedy:
          "fine-tune with the profile, gridsize, n-filters-scale and network-levels that the model was trained with",
      });
    }
  }
  return taken;
}
