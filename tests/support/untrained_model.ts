/**
 * Models that were not trained: initial weights with stronger heads, so that patches have structure, and the frozen
 * quantities of a scan.
 *
 * @module
 */
import { resolveConfig } from "../../src/config/resolve.ts";
import type { AnyDevice } from "../../src/engine/devices/any.ts";
import type { ModelConfig } from "../../src/config/model.ts";
import type { Model } from "../../src/network/model/model.ts";
import { Weights } from "../../src/network/model/parameters.ts";
import { makeProfile } from "../../src/network/model/profiles/make_profile.ts";
import { Random } from "../../src/numeric/random.ts";
import type { Scan } from "../../src/scan/types.ts";
import { freezeStatistics } from "../../src/network/model/measured_statistics.ts";
import { traceLoss } from "../../src/network/training/step.ts";

/** The narrowest network with these settings. */
export async function untrainedModel(
  scan: Scan,
  { device, ...settings }: { readonly device: AnyDevice } & Partial<ModelConfig>,
): Promise<Model> {
  const small = { nFiltersScale: 1, cbamEncoder: false, gridsize: 1 };
  const { values } = resolveConfig([{ layer: "program", values: { model: { ...small, ...settings } } }]);
  const config = values.model;
  const channels = config.gridsize ** 2;
  const weights = new Weights();
  const shape = { batchSize: 1, channels, size: scan.size, modes: 1, regionSize: scan.size + 16 };
  traceLoss({ profile: makeProfile(config), weights, shape });
  const random = new Random(3, "untrained");
  const initial = weights.initialValues(random);
  const stored = weights.entries.map(({ name, shape }) => {
    const values = initial.get(name) ?? new Float32Array();
    const strong = config.profile === "calibrated" && name.includes("head");
    return [name, { shape, data: strong ? values.map((value) => 30 * value) : values }] as const;
  });
  const indices = Int32Array.from({ length: scan.n }, (_, i) => i);
  const statistics = await freezeStatistics(scan, { model: config, device, indices });
  return { config, size: scan.size, weights: new Map(stored), statistics };
}
