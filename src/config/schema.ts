/**
 * All settings together: the sections, the table of their fields, the JSON Schema.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { dataSchema } from "./data.ts";
import { executionSchema } from "./execution.ts";
import { type ConfiguredCommand, type FieldInfo, fieldInfo, type SectionName } from "./field.ts";
import { inferenceSchema } from "./inference.ts";
import { modelSchema } from "./model.ts";
import { simulationSchema } from "./simulation.ts";
import { solverSchema } from "./solver.ts";
import { trainingSchema } from "./training.ts";

/** The schema of each section, in the order in which they are shown. */
export const sections = {
  model: modelSchema,
  data: dataSchema,
  training: trainingSchema,
  inference: inferenceSchema,
  solver: solverSchema,
  simulation: simulationSchema,
  execution: executionSchema,
} as const satisfies Record<SectionName, z.ZodObject>;

/** The schema of a whole configuration. */
export const configSchema = z.strictObject(sections);

/** A whole configuration, every value known. */
export type Config = z.output<typeof configSchema>;

/** Some settings of some sections, as a layer or a caller gives them. */
export type PartialConfig = {
  readonly [S in keyof Config]?: { readonly [K in keyof Config[S]]?: Config[S][K] };
};

/** Every setting, in the order of the schemas. */
export const configFields: readonly FieldInfo[] = Object.freeze(
  (Object.keys(sections) as SectionName[]).flatMap((section) =>
    Object.entries(sections[section].shape).map(([key, schema]) => fieldInfo(section, key, schema))
  ),
);

/** Returns the settings that a command takes as flags. */
export function fieldsOf(command: ConfiguredCommand): readonly FieldInfo[] {
  return configFields.filter((info) => info.commands.includes(command));
}

/** JSON Schema (2020-12) of a configuration file. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const sectionSchemas = (Object.keys(sections) as SectionName[]).map((name) => {
    const fields = configFields.filter((info) => info.section === name);
    const properties = Object.fromEntries(fields.map((info) => [info.key, fieldJsonSchema(info)]));
    return [name, { type: "object", additionalProperties: false, properties }];
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Plica configuration",
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(sectionSchemas),
  };
}

function fieldJsonSchema(info: FieldInfo): Record<string, unknown> {
  const facts: Record<string, unknown> = { ...z.toJSONSchema(info.schema, { io: "input" }) };
  for (
    const key of [
      "$schema",
      "commands",
      "aliases",
      "none",
      "perRun",
      "profiles",
      "negative",
      "onlyWith",
      "readOnly",
    ]
  ) {
    delete facts[key];
  }
  facts.flag = info.flag;
  const word = info.meta.none;
  if (word !== undefined && Array.isArray(facts.anyOf)) facts.anyOf = [...facts.anyOf, { const: word }];
  if (word !== undefined && Array.isArray(facts.type)) {
    facts.anyOf = [{ type: facts.type }, { const: word }];
    delete facts.type;
  }
  return info.kind === "list" ? orText(facts) : facts;
}

/** A list may be written as one text with commas as well. */
function orText({ type, items, ...facts }: Record<string, unknown>): Record<string, unknown> {
  return { ...facts, anyOf: [{ type, items, uniqueItems: true }, { type: "string" }] };
}
