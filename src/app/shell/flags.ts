/**
 * Optique parsers made from the settings.
 *
 * @module
 */
import {
  type CheckedLayer,
  type CheckedValue,
  checkValue,
  configFields,
  type FieldInfo,
  formatValue,
  fromText,
  type SectionName,
  valueIn,
} from "../../config/mod.ts";

import {
  flag,
  group,
  map,
  type Message,
  message,
  type NonEmptyString,
  object,
  option,
  optional,
  type OptionName,
  or,
  type Parser,
  text,
  type ValueParser,
} from "../../deps/optique_core.ts";
import type { Verbosity } from "./command.ts";

const TITLES: Readonly<Record<SectionName, string>> = {
  model: "Model",
  data: "Data",
  training: "Training",
  inference: "Inference",
  solver: "Solver",
  simulation: "Simulation",
  execution: "Execution",
};

/** Settings by path, for commands that take a few of them. */
export function settingsAt(...paths: readonly string[]): FieldInfo[] {
  return paths.map((path) => {
    const info = configFields.find((one) => one.path === path);
    if (!info) throw new TypeError(`there is no setting ${path}`);
    return info;
  });
}

/**
 * Returns a parser that takes every setting of `fields` as a flag, grouped by section in the help. It gives the layer
 * of the settings that are there, checked.
 */
export function settingsParser(fields: readonly FieldInfo[]): Parser<"sync", CheckedLayer, unknown> {
  const names = [...new Set(fields.map((info) => info.section))];
  const groups = Object.fromEntries(names.map((section) => {
    const members = fields.filter((info) => info.section === section);
    const flags = Object.fromEntries(members.map((info) => [info.path, optional(flagParser(info))]));
    return [section, group(TITLES[section], object(flags))];
  }));
  return map(object(groups), (values) => {
    const given: Readonly<Record<string, CheckedValue | undefined>> = Object.assign(
      {},
      ...Object.values(values),
    );
    const checked = fields.flatMap((info) => {
      const value = given[info.path];
      return value ? [{ info, ...value }] : [];
    });
    return { layer: "flag", checked };
  });
}

/** Flags that are on or off are shown in their positive form; `--no-FLAG` is understood as well. */
function flagParser(info: FieldInfo): Parser<"sync", CheckedValue, unknown> {
  const description = describe(info);
  const name = info.flag as OptionName;
  if (info.kind !== "boolean") return option(name, valueParser(info), { description });
  const negatives = [
    `--no-${info.flag.slice(2)}`,
    ...(info.meta.negative ? [`--${info.meta.negative}`] : []),
  ];
  const off = map(
    flag(...negatives as [OptionName], { hidden: true, description }),
    () => ({ value: false }),
  );
  return or(map(flag(name, { description }), () => ({ value: true })), off);
}

/** Checks a value, so that the message names the flag. */
function valueParser(info: FieldInfo): ValueParser<"sync", CheckedValue> {
  return {
    mode: "sync",
    metavar: metavarOf(info),
    placeholder: { value: "" },
    format: ({ value }) => formatValue(info, value),
    parse: (input) => {
      try {
        return { success: true, value: checkValue(info, fromText(info, input)) };
      } catch {
        return { success: false, error: message`found ${text(input)}, expected ${text(info.expected)}.` };
      }
    },
    *suggest(prefix) {
      for (const choice of info.choices) {
        if (choice.startsWith(prefix)) yield { kind: "literal", text: choice };
      }
    },
  };
}

function metavarOf(info: FieldInfo): NonEmptyString {
  if (info.kind === "choice") return "NAME";
  if (info.kind === "list") return "NAMES";
  return info.kind === "integer" ? "INTEGER" : info.kind === "number" ? "NUMBER" : "TEXT";
}

function describe(info: FieldInfo): Message {
  const standard = formatValue(info, info.default);
  const unit = info.meta.unit && info.default !== null ? ` ${info.meta.unit}` : "";
  const choices = info.choices.length > 0 ? ` (${info.choices.join(", ")})` : "";
  return message`${text(`${info.meta.description}${choices} [${standard}${unit}]`)}`;
}

/** Reads the verbosity of a call; of several layers the later one counts. */
export function verbosityOf(...layers: readonly CheckedLayer[]): Verbosity {
  const last = (path: string) =>
    layers.map((layer) => valueIn(layer, path)).findLast((value) => value !== undefined);
  return { quiet: last("execution.quiet") === true, json: last("execution.json") === true };
}
