/**
 * Layers of settings: later wins, and every value knows its layer. A layer is checked once, when it is read.
 *
 * @module
 */
import { ConfigError, isRecord, jsonText, kebab, nearest } from "../common/mod.ts";
import type { FieldInfo, SectionName } from "./field.ts";

import { configFields, type PartialConfig, sections } from "./schema.ts";
import { type CheckedValue, checkValue } from "./value.ts";

/** The layers, later wins. */
export const LAYER_ORDER = Object.freeze(
  ["default", "preset", "dataset", "bundle", "config", "flag", "program"] as const,
);

/** The layer that a value comes from. */
export type LayerName = (typeof LAYER_ORDER)[number];

/** Settings of one origin. Sections may be nested objects, or settings stand alone under their flag's name. */
export interface ConfigLayer {
  readonly layer: Exclude<LayerName, "default">;
  /** The file or flag, for messages and provenance. */
  readonly source?: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A checked value of a setting. */
export interface CheckedSetting extends CheckedValue {
  readonly info: FieldInfo;
}

/** A layer whose every value was checked. Where a setting stands twice, the later one counts. */
export interface CheckedLayer {
  readonly layer: ConfigLayer["layer"];
  readonly source?: string;
  readonly checked: readonly CheckedSetting[];
}

/**
 * Checks a layer. Keys may be in camel, kebab or snake case.
 *
 * @throws {ConfigError} for a value out of range and for an unknown key, with the nearest known one. Metadata of a data set
 * hold other things besides, so unknown keys are passed over there.
 */
export function checkLayer(layer: ConfigLayer): CheckedLayer {
  const checked = valuesOf(layer).map(({ info, value, where }) => ({
    info,
    ...checkValue(info, value, where),
  }));
  return { layer: layer.layer, ...(layer.source ? { source: layer.source } : {}), checked };
}

/** Returns the value that a layer gives to a setting, by its path; undefined where it gives none. */
export function valueIn({ checked }: CheckedLayer, path: string): unknown {
  return checked.findLast(({ info }) => info.path === path)?.value;
}

/** A value of a layer with its place. */
interface LayerValue {
  readonly info: FieldInfo;
  readonly value: unknown;
  /** For messages: `run.yaml: model.gridsize`. */
  readonly where: string;
}

function valuesOf(layer: ConfigLayer): LayerValue[] {
  return Object.entries(layer.values).flatMap(([key, value]) => {
    const section = sectionNamed(key);
    if (section === undefined) return single(layer, key, value);
    if (!isRecord(value)) {
      throw new ConfigError(
        `${place(layer)}${key}: found ${jsonText(value) ?? "nothing"}, expected settings`,
      );
    }
    return Object.entries(value).flatMap(([inner, innerValue]) => nested(layer, section, inner, innerValue));
  });
}

function nested(layer: ConfigLayer, section: SectionName, key: string, value: unknown): LayerValue[] {
  const name = kebab(key);
  const infos = configFields.filter((info) => info.section === section);
  const info = infos.find((one) => kebab(one.key) === name || one.flag === `--${name}`);
  if (info) return [{ info, value, where: whereOf(layer, info) }];
  return unknownKey(layer, `${section}.${key}`, nearest(key, infos.map((one) => one.key)));
}

function single(layer: ConfigLayer, key: string, value: unknown): LayerValue[] {
  // commands may share a flag, such as --seed; a key that stands alone means the setting of each
  const infos = configFields.filter((one) => one.flag === `--${kebab(key)}`);
  if (infos.length > 0) return infos.map((info) => ({ info, value, where: whereOf(layer, info) }));
  const known = [...Object.keys(sections), ...configFields.map((one) => one.flag.slice(2))];
  return unknownKey(layer, key, nearest(kebab(key), known));
}

/** Settings of earlier versions that had no effect. The configurations of old runs name them, so they are passed over. */
const RETIRED: ReadonlySet<string> = new Set(["execution.deterministic", "deterministic"]);

function unknownKey(layer: ConfigLayer, key: string, suggestion: string | undefined): never[] {
  if (layer.layer === "dataset" || RETIRED.has(key)) return [];
  const hint = suggestion ? `did you mean ${suggestion}?` : "docs/reference.md lists the settings";
  throw new ConfigError(`${place(layer)}unknown setting ${key}; ${hint}`);
}

function sectionNamed(key: string): SectionName | undefined {
  return (Object.keys(sections) as SectionName[]).find((name) => name === key);
}

function whereOf(layer: ConfigLayer, info: FieldInfo): string {
  return layer.layer === "flag" ? info.flag : `${place(layer)}${info.path}`;
}

function place(layer: ConfigLayer): string {
  return layer.source ? `${layer.source}: ` : "";
}

/**
 * Returns the layer that a trained model hands on to inference: all but the settings that belong to one run, such as
 * the device, or how many groups it was trained on.
 */
export function bundleLayer(values: PartialConfig, source: string): ConfigLayer {
  const kept = Object.entries(values).map(([section, settings]) => {
    const fields = configFields.filter((info) => info.section === section && !info.meta.perRun);
    const keys = new Set(fields.map((info) => info.key));
    return [section, Object.fromEntries(Object.entries(settings ?? {}).filter(([key]) => keys.has(key)))];
  });
  return { layer: "bundle", source, values: Object.fromEntries(kept) };
}
