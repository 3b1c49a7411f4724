/**
 * How well a trained model explains patterns.
 *
 * @module
 */
import { channelsOf, type ModelConfig } from "../../src/config/mod.ts";
import { type AnyDevice, Storage } from "../../src/engine/mod.ts";
import type { Model } from "../../src/network/model/model.ts";
import { Weights } from "../../src/network/model/parameters.ts";
import { makeProfile } from "../../src/network/model/profiles/make_profile.ts";
import { groupsOf, type Scan } from "../../src/scan/mod.ts";

import { batchesOf, streamBatches } from "../../src/network/training/data/batches.ts";
import { modelForScan } from "../../src/network/model/scan_statistics.ts";
import { traceLoss } from "../../src/network/training/step.ts";
import { prepare } from "../../src/network/training/trainer.ts";

/** How {@linkcode meanMisfit} works. */
export interface MisfitOptions {
  readonly model: Model;
  readonly device: AnyDevice;
  /** Patterns; default all. */
  readonly indices?: Int32Array;
  /** Patterns in a batch. Default 16. */
  readonly batchSize?: number;
}

/**
 * Mean loss of single patterns, each explained by its own patch: for the calibrated profile the Poisson negative
 * log-likelihood of a pattern over the mean count of a pixel, with the probe that suits the scan. Throws `RangeError` for a model that takes whole groups.
 */
export async function meanMisfit(scan: Scan, options: MisfitOptions): Promise<number> {
  const { device, batchSize = 16 } = options;
  const model = await modelForScan(scan, options);
  const profile = makeProfile(judgedByCounts(model.config));
  if (profile.groupedInput && channelsOf(model.config) > 1) {
    throw new RangeError(
      `a ${profile.name} model of gridsize ${model.config.gridsize} takes no single patterns`,
    );
  }
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  const groups = groupsOf(scan.positionsPx, { indices, size: 1 });
  const shape = {
    batchSize: Math.min(batchSize, indices.length),
    channels: 1,
    size: scan.size,
    modes: model.statistics.get("probe")?.shape[0] ?? 1,
    regionSize: scan.size,
  };
  const weights = new Weights();
  const traced = traceLoss({ profile, weights, shape });
  using storage = new Storage(device, weights.space);
  for (const { name } of weights.entries) {
    storage.write(name, model.weights.get(name)?.data ?? new Float32Array());
  }
  using program = await prepare(device, { traced, storages: [storage], statistics: model.statistics });
  let sum = 0;
  const all = Int32Array.from(indices, (_, k) => k);
  for await (
    const batch of streamBatches(scan, { groups, batches: batchesOf(all, shape.batchSize), shape })
  ) {
    program.write("counts", batch.counts);
    program.write("share", batch.share);
    program.run();
    sum += (await program.read("loss"))[0] * batch.groups;
  }
  return sum / indices.length;
}

/** The settings of a model that is judged by the likelihood of the patterns alone. */
function judgedByCounts(model: ModelConfig): ModelConfig {
  return {
    ...model,
    modelType: "unsupervised",
    loss: "poisson",
    ampTvCoeff: 0,
    phaseTvCoeff: 0,
    ampMeanDeviationCoeff: 0,
    phaseMeanDeviationCoeff: 0,
  };
}
