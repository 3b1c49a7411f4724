/**
 * Settings of a PtychoPINN model in the words of ours: width, gridsize, activation, scale of its input.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { type ModelConfig, modelSchema } from "../../config/mod.ts";

/** Tables of a PtychoPINN file: the flat one of a bundle, or those of its dataclasses; later ones win. */
export type Tables = readonly ReadonlyMap<unknown, unknown>[];

/** A PtychoPINN model as it describes itself. */
export interface Description {
  readonly config: ModelConfig;
  /** N. */
  readonly size: number;
  /** `version` of its manifest, or of Lightning. */
  readonly version: string;
  /** Factor on the counts that the network was trained with, and their mean, where the file has them. */
  readonly counts?: { readonly inputScale: number; readonly meanIntensity: number };
}

const ACTIVATIONS: Readonly<Record<string, ModelConfig["ampActivation"]>> = {
  silu: "silu",
  SiLU: "silu",
  swish: "silu",
  sigmoid: "sigmoid",
  softplus: "softplus",
  relu: "relu",
};

/** Parts of newer networks that ours does not have, with the value that leaves them out. */
const ABSENT: Readonly<Record<string, unknown>> = {
  batch_norm: false,
  eca_encoder: false,
  cbam_bottleneck: false,
  cbam_decoder: false,
  eca_decoder: false,
  spatial_decoder: false,
};

/** Reads the settings. Throws `DataError` for another architecture, and for a value that is missing or not known. */
export function describe(tables: Tables, { file, version }: { file: string; version: string }): Description {
  const value = (...names: string[]): unknown =>
    tables.flatMap((table) => names.filter((name) => table.has(name)).map((name) => table.get(name))).at(-1);
  const refuse = (key: string, found: unknown, expected: string) =>
    new DataError({
      file,
      key,
      found: found === undefined ? "no value" : JSON.stringify(found) ?? typeof found,
      expected,
      remedy: "use a model of PtychoPINN's convolutional network (architecture cnn)",
    });
  const whole = (key: string, found: unknown) => {
    if (typeof found === "number" && Number.isInteger(found) && found >= 1) return found;
    throw refuse(key, found, "a whole number from 1 on");
  };
  const architecture = value("architecture") ?? "cnn";
  if (architecture !== "cnn") throw refuse("architecture", architecture, "cnn");
  for (const [key, absent] of Object.entries(ABSENT)) {
    const found = value(key) ?? absent;
    if (found !== absent) throw refuse(key, found, String(absent));
  }
  const activation = ACTIVATIONS[String(value("amp_activation") ?? "silu")];
  if (activation === undefined) {
    throw refuse("amp_activation", value("amp_activation"), Object.keys(ACTIVATIONS).join(", "));
  }
  const grid = value("gridsize", "grid_size");
  const counts = value("measurement_domain") === "count_intensity"
    ? countsOf(value("ci_statistics"))
    : undefined;
  const config = modelSchema.parse({
    profile: value("measurement_domain") === "count_intensity" ? "counts" : "amplitude",
    modelType: /^supervised$/i.test(String(value("mode", "model_type"))) ? "supervised" : "unsupervised",
    gridsize: whole("gridsize", Array.isArray(grid) ? grid[0] : grid),
    nFiltersScale: whole("n_filters_scale", value("n_filters_scale")),
    mergeObject: (value("object.big", "object_big") ?? true) === true,
    mergeWeights: "central",
    useSharedDecoder: value("use_shared_decoder") === true,
    cnnOutputMode: value("cnn_output_mode") === "real_imag" ? "real_imag" : "amp_phase",
    ampActivation: activation,
  });
  return { config, size: whole("N", value("N")), version, ...(counts && { counts }) };
}

function countsOf(statistics: unknown): Description["counts"] {
  if (!(statistics instanceof Map)) return undefined;
  const first = (name: string): unknown => {
    const value: unknown = statistics.get(name);
    return Array.isArray(value) ? value[0] : value;
  };
  const [inputScale, meanIntensity] = [first("rms_input_scale"), first("mean_measured_intensity")];
  return typeof inputScale === "number" && typeof meanIntensity === "number"
    ? { inputScale, meanIntensity }
    : undefined;
}
