/**
 * The tables of a study file that hold flags of a command: checked by the command's own schema, and made its arguments.
 *
 * @module
 */
import {
  checkValue,
  type ConfigLayer,
  type FieldInfo,
  fieldsOf,
  formatValue,
  resolveConfig,
} from "../../config/mod.ts";
import { ConfigError, kebab, messageOf, nearest } from "../../common/mod.ts";

/** A command that takes flags from a study. */
export type FlaggedCommand = "simulate" | "train" | "infer" | "reconstruct";

/** A checked flag. */
interface Flag {
  readonly info: FieldInfo;
  readonly value: unknown;
}

/** Checked flags of a command. */
export interface CommandSettings {
  readonly command: FlaggedCommand;
  readonly flags: readonly Flag[];
  /** One line each: settings without effect. */
  readonly notices: readonly string[];
}

/** Flags that the study itself sets for each command. */
const GIVEN: Readonly<Record<FlaggedCommand, Readonly<Record<string, string>>>> = {
  simulate: { "--seed": "seed.simulation", "--dose": "axes.dose", "--split": "data.split" },
  train: { "--seed": "seed.grouping" },
  infer: {},
  reconstruct: { "--seed": "seed.grouping" },
};

/** Settings that change how a result is reached and not the result: they are no part of a job's identity. */
const OUTSIDE = new Set([
  "execution.accelerator",
  "execution.threads",
  "execution.tune",
  "execution.numWorkers",
  "execution.prefetchFactor",
  "execution.quiet",
  "execution.json",
]);

/** Settings that name a file: its digest counts, not its path. */
const PATHS = new Set([
  "simulation.objectFile",
  "simulation.phaseFile",
  "simulation.probeFile",
  "simulation.scanFile",
  "training.initFrom",
]);

/** Checks a table of flags. Throws `ConfigError` naming the key, what was found and what is expected. */
export function commandSettings(
  command: FlaggedCommand,
  table: Readonly<Record<string, unknown>>,
  where: string,
): CommandSettings {
  const fields = fieldsOf(command);
  const flags = Object.entries(table).map(([key, value]) => {
    const name = `--${kebab(key)}`;
    const own = GIVEN[command][name];
    if (own) {
      throw new ConfigError(
        `${where}.${key}: found a value, expected none: the study gives it; set ${own} instead`,
      );
    }
    const info = fields.find((one) => one.flag === name);
    if (info) return { info, value: checkValue(info, value, `${where}.${key}`).value };
    const hint = nearest(name, fields.map(({ flag }) => flag))?.slice(2);
    throw new ConfigError(
      `${where}.${key}: plica ${command} has no such flag; ${
        hint ? `did you mean ${hint}?` : "docs/reference.md lists its flags"
      }`,
    );
  });
  return { command, flags, notices: together(flags, where) };
}

/** Checks the values with each other, as the command would before any work. */
function together(flags: readonly Flag[], where: string): readonly string[] {
  const values: Record<string, Record<string, unknown>> = {};
  for (const { info, value } of flags) (values[info.section] ??= {})[info.key] = value;
  const layer: ConfigLayer = { layer: "flag", values };
  try {
    return resolveConfig([layer]).notices.map((notice) => `${where}: ${notice}`);
  } catch (error) {
    throw new ConfigError(`${where}: ${messageOf(error)}`);
  }
}

/** Returns the settings that belong to a job's identity, by flag. */
export function identityOf({ flags }: CommandSettings): Record<string, unknown> {
  const counted = flags.filter(({ info: { path } }) => !OUTSIDE.has(path) && !PATHS.has(path));
  return Object.fromEntries(counted.map(({ info, value }) => [info.flag.slice(2), value]));
}

/** Returns the files that the settings name, by flag. */
export function filesOf({ flags }: CommandSettings): { readonly flag: string; readonly path: string }[] {
  return flags.flatMap(({ info, value }) =>
    PATHS.has(info.path) && typeof value === "string" ? [{ flag: info.flag, path: value }] : []
  );
}

/** Returns the arguments; flags that name a file are left out. */
export function argumentsOf({ flags }: CommandSettings): string[] {
  return flags.filter(({ info }) => !PATHS.has(info.path)).map(({ info, value }) => {
    if (info.kind !== "boolean") return `${info.flag}=${formatValue(info, value)}`;
    return value ? info.flag : `--no-${info.flag.slice(2)}`;
  });
}
