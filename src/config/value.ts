/**
 * Checks one value of one setting, from a file, a flag or a program.
 *
 * @module
 */
import { ConfigError, jsonText } from "../common/mod.ts";
import type { FieldInfo } from "./field.ts";

/** A checked value, and a notice where it was given in an old spelling. */
export interface CheckedValue {
  readonly value: unknown;
  readonly notice?: string;
}

/**
 * Checks `value` against its schema; the word for null and aliases of choices are understood.
 *
 * @param where names the value in errors: `--gridsize`, or `run.yaml: model.gridsize`.
 * @throws {ConfigError} naming the place, what was found and what is expected.
 */
export function checkValue(info: FieldInfo, value: unknown, where = info.flag): CheckedValue {
  if (value === info.meta.none && info.meta.none !== undefined) {
    return { value: info.kind === "list" ? [] : null };
  }
  if (info.kind === "list" && typeof value === "string") return checkValue(info, listOf(value), where);
  const named = typeof value === "string" ? info.meta.aliases?.[value] : undefined;
  if (named !== undefined) return { value: named, notice: `${where}: ${value} is taken as ${named}` };
  const parsed = info.schema.safeParse(value);
  // a list that may be empty has a word for that
  const empty = Array.isArray(value) && value.length === 0 && info.meta.none === undefined;
  // undefined would quietly become the default, but a value was given here
  if (parsed.success && value !== undefined && !empty) return { value: parsed.data };
  throw new ConfigError(`${where}: found ${shown(value)}, expected ${info.expected}`);
}

/** Returns the value that the text of a flag stands for, unchecked: what cannot be read stays text. */
export function fromText(info: FieldInfo, text: string): string | number | boolean {
  if (info.kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  const numeric = info.kind === "integer" || info.kind === "number";
  const number = numeric && text.trim() !== "" ? Number(text) : NaN;
  return Number.isNaN(number) ? text : number;
}

/** `csv, png` to its names. */
function listOf(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(",") || "an empty list";
  if (typeof value === "string") return value || "an empty text";
  // JSON has no word for NaN and infinity
  return typeof value === "number" ? String(value) : jsonText(value) ?? String(value);
}
