/**
 * The reference page and the JSON Schema, made from the settings and the commands.
 *
 * @module
 */
import {
  configFields,
  configJsonSchema,
  CONFIGURED_COMMANDS,
  type FieldInfo,
  fieldsOf,
  formatValue,
  LAYER_ORDER,
} from "../../config/mod.ts";

import { type DocEntry, formatMessage, formatUsageTerm, getDocPageSync } from "../../deps/optique_core.ts";
import { ESTABLISHED, PROGRAMS } from "./established.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "../commands.ts";

/** JSON Schema of configuration files, as `docs/config.schema.json` holds it. */
export function jsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/** Returns the text of `docs/reference.md`. */
export async function referenceText(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((entry) => entry.load()));
  return [
    "# Reference",
    "Made from the settings and the commands by `deno task docs`; do not edit.",
    "## Commands",
    ...commands.flatMap(commandSection),
    "Exit codes: 0 done; 1 the work failed or the data are bad; 2 the call was wrong; 130 interrupted (143 where SIGTERM came), after " +
    "what was reached was saved. A second Ctrl-C stops at once.",
    "## Settings",
    "Every setting is a flag and a key of a configuration file (`--config FILE`, JSON or YAML, checked by " +
    "[config.schema.json](config.schema.json)). Flags and keys may be written in kebab-case, snake_case or " +
    "camelCase. Layers, the later wins: " + LAYER_ORDER.join(", ") + ". `--print-config` prints all values " +
    "with the layer that each comes from.",
    ...settingSections(),
    "## Flags of PtychoPINN",
    "Command lines of PtychoPINN run as they stand (" +
    Object.entries(PROGRAMS).map(([program, name]) => `\`${program}\` is \`${name}\``).join(", ") +
    "), with one line about each flag that has another name or none here, or stop with the reason. Its other flags " +
    "have the same name. `--torch-NAME` is taken as `--NAME`, a switch with `True` or `False` as FLAG or " +
    "`--no-FLAG`. Other names of a device: " + aliasText() + ".",
    table(
      ["PtychoPINN", "commands", "here"],
      Object.entries(ESTABLISHED).map(([name, { in: commands, meaning }]) => [
        `\`--${name.slice(2).replaceAll("-", "_")}\``,
        commands.join(", "),
        meaning,
      ]),
    ),
  ].join("\n\n") + "\n";
}

function commandSection(command: Command): string[] {
  const own = ownEntries(command);
  const settings = sectionsTaken(command);
  return [
    `### plica ${command.name}`,
    command.brief,
    ...(own.length > 0 ? [table(["flag", "meaning"], own.map(entryRow))] : []),
    ...(settings.length > 0 ? [`Settings: ${settings.join(", ")}.`] : []),
  ];
}

function entriesOf(command: Command): DocEntry[] {
  return (getDocPageSync(command.parser)?.sections ?? []).flatMap((section) => section.entries);
}

function termOf(entry: DocEntry): string {
  return formatUsageTerm(entry.term).replace(/^\[(.*)\]$/, "$1");
}

/** The setting that an entry stands for; where commands share a flag, the one that this command takes. */
function settingOf(entry: DocEntry, command: Command): FieldInfo | undefined {
  const [flag] = /--[a-z0-9-]+/.exec(termOf(entry)) ?? [];
  const named = configFields.filter((info) => info.flag === flag);
  return named.find((info) => info.commands.some((name) => name === command.name)) ?? named[0];
}

function ownEntries(command: Command): DocEntry[] {
  return entriesOf(command).filter((entry) => !settingOf(entry, command));
}

/** Whole sections by name, single settings by their flags. */
function sectionsTaken(command: Command): string[] {
  const taken = new Set(entriesOf(command).map((entry) => settingOf(entry, command)));
  const sections = [...new Set(configFields.map((info) => info.section))];
  return sections.flatMap((section) => {
    const all = configFields.filter((info) => info.section === section);
    const here = all.filter((info) => taken.has(info));
    if (here.length === all.length) return [`all of [${section}](#${section})`];
    return here.map((info) => `\`${info.flag}\``);
  });
}

function entryRow(entry: DocEntry): string[] {
  const meaning = entry.description ? formatMessage(entry.description, { quotes: false }) : "";
  return [`\`${termOf(entry).replaceAll("|", "\\|")}\``, meaning];
}

function settingSections(): string[] {
  const sections = [...new Set(configFields.map((info) => info.section))];
  const header = ["flag", "key", "value", "default", "unit", "commands", "meaning"];
  return sections.flatMap((section) => [
    `### ${section}`,
    table(header, configFields.filter((info) => info.section === section).map(settingRow)),
  ]);
}

function settingRow(info: FieldInfo): string[] {
  const commands = CONFIGURED_COMMANDS.filter((name) => fieldsOf(name).includes(info));
  const flag = info.kind === "boolean"
    ? `\`${info.flag}\`, \`--${info.meta.negative ?? `no-${info.flag.slice(2)}`}\``
    : `\`${info.flag}\``;
  return [
    flag,
    `\`${info.path}\``,
    info.expected,
    `\`${formatValue(info, info.default)}\``,
    info.meta.unit ?? "",
    commands.join(", "),
    info.meta.description,
  ];
}

function aliasText(): string {
  const aliases = configFields.find((info) => info.path === "execution.accelerator")?.meta.aliases ?? {};
  return Object.entries(aliases).map(([name, device]) => `\`${name}\` is \`${device}\``).join(", ");
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
