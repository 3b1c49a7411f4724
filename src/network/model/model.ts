/**
 * A trained model: settings, weights, frozen statistics; and its bundle.
 *
 * @module
 */
import { type ModelConfig, modelSchema } from "../../config/mod.ts";
import { DataError, isRecord, PLICA_VERSION } from "../../common/mod.ts";
import type { Bundle, BundleContent, BundleModel, Json, StoredArray } from "../../formats/mod.ts";

import { levelsOf } from "./calibrated.ts";
import type { Statistics } from "./statistics.ts";

/** Statistic of a model without a probe: N. */
export const PATTERN_SIZE = "patternSize";

/** A model that can reconstruct. */
export interface Model {
  readonly config: ModelConfig;
  /** Side N of its patterns. */
  readonly size: number;
  /** Weights under their module paths. */
  readonly weights: ReadonlyMap<string, StoredArray>;
  readonly statistics: Statistics;
  /** Side of a pixel of its object in metres, where known. */
  readonly pixelSizeM?: number;
}

/** Origin of a model. */
export interface Origin {
  /** The whole resolved configuration. */
  readonly config: Json;
  readonly trainingData: readonly { file: string; sha256: string }[];
  readonly device: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Returns the content of a model's bundle. */
export function bundleContent(model: Model, origin: Origin): BundleContent {
  const { size, statistics, weights } = model;
  const arrays = new Map([...statistics].map(([name, { shape, dtype, data }]): [string, StoredArray] => [
    name,
    { shape, data, complex: dtype === "c64" },
  ]));
  return {
    config: origin.config,
    manifest: {
      programVersion: PLICA_VERSION,
      trainingData: [...origin.trainingData],
      device: origin.device,
      metrics: { ...origin.metrics },
      models: graphs(size, [...weights.keys()]),
    },
    weights,
    arrays,
  };
}

/** The two graphs over the same weights. */
function graphs(
  size: number,
  weights: string[],
): { autoencoder: BundleModel; diffraction_to_obj: BundleModel } {
  const patterns = { name: "counts", shape: ["patterns", size, size], dtype: "float32" as const };
  const relative = { name: "relative", shape: ["patterns", 2], dtype: "float32" as const };
  const patches = { name: "patches", shape: ["patterns", size, size], dtype: "complex64" as const };
  const loss = { name: "loss", shape: [1], dtype: "float32" as const };
  return {
    autoencoder: { inputs: [patterns, relative], outputs: [loss], weights },
    diffraction_to_obj: {
      inputs: [patterns],
      outputs: [patches],
      weights: weights.filter((name) => name.startsWith("autoencoder.")),
    },
  };
}

/**
 * Returns the model of a bundle. Throws `DataError` where its configuration or statistics do not describe one.
 */
export function modelOf(bundle: Bundle): Model {
  const settings = isRecord(bundle.config) && isRecord(bundle.config.values)
    ? bundle.config.values.model
    : undefined;
  const parsed = modelSchema.safeParse(settings);
  const size = sizeOf(bundle.arrays);
  if (!parsed.success || size === undefined) {
    throw new DataError({
      file: bundle.file,
      key: parsed.success ? "statistics/probe" : "config.json",
      found: parsed.success ? "no probe [P, N, N]" : parsed.error.issues[0].message,
      expected: "the settings and statistics of a trained model",
      remedy: "use a bundle written by the train command",
    });
  }
  return {
    config: { ...parsed.data, networkLevels: networkLevelsOf(parsed.data, bundle.weights) },
    size,
    weights: bundle.weights,
    statistics: new Map([...bundle.arrays].map(([name, { shape, data, complex }]) => [
      name,
      { shape, data, dtype: complex ? "c64" : "f32" },
    ])),
  };
}

/** N of the probe; models of other programs come without one and say N alone. */
function sizeOf(arrays: Bundle["arrays"]): number | undefined {
  const probe = arrays.get("probe");
  if (!probe) return arrays.get(PATTERN_SIZE)?.data[0];
  return probe.shape.length === 3 ? probe.shape[2] : undefined;
}

/** Reads the levels from the weights: bundles leave the setting open, and old ones lack it. */
function networkLevelsOf(
  { profile, networkLevels }: ModelConfig,
  weights: ReadonlyMap<string, StoredArray>,
): number | null {
  return profile === "calibrated" ? levelsOf(weights.keys()) ?? networkLevels : networkLevels;
}
