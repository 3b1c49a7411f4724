/**
 * One setting: its zod schema with the facts that flags, help, reference page and JSON Schema are made from.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { kebab } from "../common/mod.ts";

/** The sections of the configuration. */
export type SectionName =
  | "model"
  | "data"
  | "training"
  | "inference"
  | "solver"
  | "simulation"
  | "execution";

/** The commands that take settings as flags. */
export const CONFIGURED_COMMANDS = Object.freeze(
  ["train", "infer", "reconstruct", "run", "simulate"] as const,
);

/** One of {@linkcode CONFIGURED_COMMANDS}. */
export type ConfiguredCommand = (typeof CONFIGURED_COMMANDS)[number];

/** Facts of a setting besides type, range and default. */
export interface FieldMeta {
  /** One line. */
  readonly description: string;
  readonly unit?: string;
  /** The word that stands for null, or for a list with nothing in it: `all`, `auto`, `off`, `none`. */
  readonly none?: string;
  /** Flag without its dashes, where it is not the key in kebab case. */
  readonly flag?: string;
  /** Flag that switches off, without its dashes, beside `--no-FLAG`. */
  readonly negative?: string;
  /** The setting has an effect only where another one has one of these values. */
  readonly onlyWith?: { readonly setting: string; readonly values: readonly string[] };
  /** Commands that take the setting, where they are not those of its section. */
  readonly commands?: readonly ConfiguredCommand[];
  /** Other spellings of a choice; using one gives a notice. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Belongs to one run and not to the model: a bundle does not hand it on to inference. */
  readonly perRun?: boolean;
  /** Profiles in which it has an effect, where that is not in all. */
  readonly profiles?: readonly string[];
}

/** Attaches `meta` to a schema. */
export function field<T extends z.ZodType>(schema: T, meta: FieldMeta): T {
  return schema.meta({ ...meta });
}

/** The kinds of values that a setting has; `list` is several of the choices, each once. */
export type FieldKind = "boolean" | "integer" | "number" | "string" | "choice" | "list";

/** Everything known about a setting, read back from its schema. */
export interface FieldInfo {
  readonly section: SectionName;
  readonly key: string;
  /** `section.key`, as in provenance. */
  readonly path: string;
  /** With its dashes. */
  readonly flag: string;
  readonly kind: FieldKind;
  readonly choices: readonly string[];
  /** For people: `integer, 1 to 8`. */
  readonly expected: string;
  readonly default: unknown;
  readonly meta: FieldMeta;
  readonly commands: readonly ConfiguredCommand[];
  readonly schema: z.ZodType;
}

/** The part of JSON Schema that the settings use. */
interface JsonFacts {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonFacts[];
  readonly items?: JsonFacts;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
}

const SECTION_COMMANDS: Readonly<Record<SectionName, readonly ConfiguredCommand[]>> = {
  model: ["train"],
  data: ["train"],
  training: ["train"],
  inference: ["infer"],
  solver: ["reconstruct"],
  simulation: ["simulate"],
  execution: CONFIGURED_COMMANDS,
};

/** Reads a setting back from its schema. */
export function fieldInfo(section: SectionName, key: string, schema: z.ZodType): FieldInfo {
  const meta = metaOf(schema);
  const facts = z.toJSONSchema(schema, { io: "input" }) as JsonFacts;
  const value = facts.anyOf?.find((option) => option.type !== "null") ?? withoutNull(facts);
  const kind = kindOf(value);
  return {
    section,
    key,
    path: `${section}.${key}`,
    flag: `--${meta.flag ?? kebab(key)}`,
    kind,
    choices: value.enum ?? value.items?.enum ?? [],
    expected: expectedOf(kind, value) + (meta.none ? `, or ${meta.none}` : ""),
    default: facts.default,
    meta,
    commands: meta.commands ?? SECTION_COMMANDS[section],
    schema,
  };
}

function metaOf(schema: z.ZodType): FieldMeta {
  const meta = schema.meta();
  if (typeof meta?.description !== "string") throw new TypeError("a setting has no description");
  return meta as unknown as FieldMeta;
}

/** Null is among the types of some settings, as in `["boolean", "null"]`. */
function withoutNull(facts: JsonFacts): JsonFacts {
  if (typeof facts.type === "string" || facts.type === undefined) return facts;
  return { ...facts, type: facts.type.find((type) => type !== "null") };
}

function kindOf(facts: JsonFacts): FieldKind {
  if (facts.enum) return "choice";
  if (facts.type === "array" && facts.items?.enum) return "list";
  const { type } = facts;
  if (type === "boolean" || type === "integer" || type === "number" || type === "string") return type;
  throw new TypeError(`a setting of type ${type} has no flag`);
}

function expectedOf(kind: FieldKind, facts: JsonFacts): string {
  if (kind === "choice") return `one of ${facts.enum?.join(", ")}`;
  if (kind === "list") return `one or more of ${facts.items?.enum?.join(", ")} with commas between them`;
  if (kind === "boolean") return "true or false";
  if (kind === "string") return "text";
  return [kind, rangeOf(facts)].filter(Boolean).join(" ");
}

function rangeOf(facts: JsonFacts): string {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = facts;
  // zod bounds every integer by the safe range, which says nothing about the setting
  const least = facts.minimum === Number.MIN_SAFE_INTEGER ? undefined : facts.minimum;
  const most = facts.maximum === Number.MAX_SAFE_INTEGER ? undefined : facts.maximum;
  if (least !== undefined && most !== undefined) return `from ${least} to ${most}`;
  const lower = above !== undefined ? `above ${above}` : least !== undefined ? `of at least ${least}` : "";
  const upper = below !== undefined ? `below ${below}` : most !== undefined ? `up to ${most}` : "";
  return [lower, upper].filter(Boolean).join(" and ");
}

/** Several choices, each at most once, in the order in which they are given. */
export function choicesOf<const T extends readonly [string, ...string[]]>(names: T) {
  const unique = (list: readonly string[]) => new Set(list).size === list.length;
  return z.array(z.enum(names)).readonly().refine(unique);
}

/** Formats a value as it is written on the command line: nothing as the word that stands for it. */
export function formatValue(info: FieldInfo, value: unknown): string {
  const nothing = value === null || Array.isArray(value) && value.length === 0;
  return nothing ? info.meta.none ?? "none" : String(value);
}

/** True where `value` is the default. */
export function isDefault(info: FieldInfo, value: unknown): boolean {
  return formatValue(info, value) === formatValue(info, info.default);
}
