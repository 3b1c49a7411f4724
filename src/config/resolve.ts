/**
 * Makes a configuration out of layers.
 *
 * @module
 */
import { ConfigError } from "../common/mod.ts";
import type { FieldInfo } from "./field.ts";
import {
  type CheckedLayer,
  checkLayer,
  type ConfigLayer,
  LAYER_ORDER,
  type LayerName,
  valueIn,
} from "./layers.ts";
import { channelsOf, type ModelConfig, modelSchema } from "./model.ts";
import { type Config, configFields, configSchema, type PartialConfig } from "./schema.ts";

/** Origin of a value. */
export interface Provenance {
  readonly layer: LayerName;
  /** The file, flag or rule, where there is one. */
  readonly source?: string;
}

/** A configuration whose every value is known and knows its layer. */
export interface ResolvedConfig {
  readonly values: Config;
  /** By path: `model.gridsize`. */
  readonly provenance: Readonly<Record<string, Provenance>>;
  /** Follows from the settings and cannot be set. `channels` is C, the patterns of a group. */
  readonly derived: { readonly channels: number };
  /** One line each for the log: old spellings taken, settings without effect. */
  readonly notices: readonly string[];
}

interface Candidate extends Provenance {
  readonly value: unknown;
}

/**
 * Resolves `layers`, in whatever order they are given, over the defaults and the preset of the profile. Layers that were
 * checked before are not checked again.
 *
 * @example The last layer wins, and says so.
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const config = resolveConfig([{ layer: "flag", source: "--gridsize", values: { gridsize: 1 } }]);
 * equal(config.values.model.gridsize, 1);
 * equal(config.provenance["model.gridsize"].layer, "flag");
 * equal(config.derived.channels, 1);
 * ```
 *
 * @throws {ConfigError} for an unknown setting, a value out of range or settings that contradict each other.
 */
export function resolveConfig(layers: readonly (ConfigLayer | CheckedLayer)[] = []): ResolvedConfig {
  const notices: string[] = [];
  const found = new Map<string, Candidate>();
  for (const { layer, source: file, checked } of withPreset(layers)) {
    for (const { info, value, notice } of checked) {
      if (notice) notices.push(notice);
      const source = layer === "flag" ? info.flag : file;
      found.set(info.path, { layer, ...(source ? { source } : {}), value });
    }
  }
  widenNeighbours(found);
  const values = assemble(found);
  checkTogether(values);
  notices.push(...withoutEffect(values, found));
  return {
    values,
    provenance: Object.fromEntries(configFields.map((info) => [info.path, provenanceOf(found, info)])),
    derived: { channels: channelsOf(values.model) },
    notices,
  };
}

/**
 * The settings that a profile brings along; all other layers win over them. The historical profiles merge
 * with the central square and do not align phases, as the implementation that they reproduce.
 */
const PROFILE_PRESETS: Readonly<Record<ModelConfig["profile"], PartialConfig>> = Object.freeze({
  calibrated: {},
  amplitude: { model: { mergeWeights: "central", phaseAlignRounds: 0 } },
  counts: { model: { mergeWeights: "central", phaseAlignRounds: 0, cnnOutputMode: "real_imag" } },
});

function withPreset(layers: readonly (ConfigLayer | CheckedLayer)[]): CheckedLayer[] {
  const rank = ({ layer }: CheckedLayer) => LAYER_ORDER.indexOf(layer);
  const sorted = layers.map((layer) => "checked" in layer ? layer : checkLayer(layer))
    .sort((a, b) => rank(a) - rank(b));
  const chosen = sorted.map((layer) => valueIn(layer, "model.profile")).findLast((value) =>
    value !== undefined
  );
  const profile = modelSchema.shape.profile.parse(chosen);
  return [
    checkLayer({ layer: "preset", source: `profile ${profile}`, values: PROFILE_PRESETS[profile] }),
    ...sorted,
  ];
}

/** K follows C unless it is set: the default of 7 neighbours cannot serve groups of 9. */
function widenNeighbours(found: Map<string, Candidate>): void {
  const channels = channelsOf({
    gridsize: Number(candidate(found, "model.gridsize").value),
    mergeObject: candidate(found, "model.mergeObject").value === true,
  });
  const neighbours = candidate(found, "data.neighborCount");
  if (neighbours.layer !== "default" || channels <= Number(neighbours.value)) return;
  const rule = { layer: "default", source: "gridsize squared", value: channels } as const;
  found.set("data.neighborCount", rule);
}

function candidate(found: ReadonlyMap<string, Candidate>, path: string): Candidate {
  const known = found.get(path);
  if (known) return known;
  const info = configFields.find((one) => one.path === path);
  return { layer: "default", value: info?.default };
}

function provenanceOf(found: ReadonlyMap<string, Candidate>, info: FieldInfo): Provenance {
  const { layer, source } = candidate(found, info.path);
  return source ? { layer, source } : { layer };
}

/** The defaults with the values found, which were checked with their layers. */
function assemble(found: ReadonlyMap<string, Candidate>): Config {
  const names = Object.keys(configSchema.shape);
  const values = configSchema.parse(Object.fromEntries(names.map((section) => [section, {}])));
  for (const { section, key, path } of configFields) {
    const known = found.get(path);
    if (known) Object.assign(values[section], { [key]: known.value });
  }
  return values;
}

function checkTogether({ model, data }: Config): void {
  const channels = channelsOf(model);
  if (data.neighborCount < channels) {
    throw new ConfigError(
      `--neighbor-count: found ${data.neighborCount}, expected at least ${channels} ` +
        `(gridsize ${model.gridsize} draws groups of ${channels} from them); raise it or lower --gridsize`,
    );
  }
  if (data.oversample && channels === 1) {
    throw new ConfigError(
      "--oversample: groups of one pattern cannot differ; use it with --gridsize 2 or more and --merge-object",
    );
  }
}

function withoutEffect({ model }: Config, found: ReadonlyMap<string, Candidate>): string[] {
  const asked = configFields.filter(({ path }) => {
    const layer = found.get(path)?.layer;
    return layer === "flag" || layer === "config" || layer === "program";
  });
  return asked.flatMap(({ flag, meta: { profiles, onlyWith } }) => {
    if (profiles && !profiles.includes(model.profile)) {
      return [`${flag} has no effect in the ${model.profile} profile`];
    }
    const other = onlyWith && candidate(found, onlyWith.setting).value;
    if (!onlyWith || onlyWith.values.includes(String(other))) return [];
    const name = configFields.find(({ path }) => path === onlyWith.setting)?.flag ?? onlyWith.setting;
    return [`${flag} has no effect with ${name} ${other}: it belongs to ${onlyWith.values.join(", ")}`];
  });
}
