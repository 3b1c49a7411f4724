/**
 * Starting from a trained network instead of drawn weights.
 *
 * @module
 */
import { DataError, describeShape } from "../io/errors.ts";
import type { StoredArray } from "../io/hdf5.ts";
import type { Model } from "../nn/model.ts";

const NETWORK = "autoencoder.";

/** Whether a weight belongs to the encoder of the network. */
export function isOfEncoder(name: string): boolean {
  return name.startsWith(`${NETWORK}encoder.`);
}

/**
 * The weights that a new run takes over: those of the network, and the scales in front of it; the probe is that of the new
 * data. `present`: the weights that the new network has. Throws `DataError` where the networks differ.
 */
export function startingWeights(
  present: ReadonlyMap<string, StoredArray>,
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
