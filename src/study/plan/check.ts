/**
 * Checks of a study beyond its schema: references between methods, flags of commands, K and C.
 *
 * @module
 */
import { ConfigError, nearest } from "../../common/mod.ts";
import type { ReadStudy } from "../file/read.ts";
import type { MethodSpec } from "../file/schema.ts";
import { type CommandSettings, commandSettings, type FlaggedCommand } from "../file/settings.ts";
import type { SplitName } from "./job.ts";

/** A method with its checked flags. */
export interface Method {
  readonly id: string;
  readonly data: "view" | "dose";
  /** A network reconstructs; else a solver or a program. */
  readonly network: boolean;
  readonly model: string | undefined;
  readonly from: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly train: CommandSettings;
  readonly infer: CommandSettings;
  readonly reconstruct: CommandSettings;
}

/** A study whose every setting was checked. */
export interface CheckedStudy extends ReadStudy {
  readonly methods: readonly Method[];
  readonly simulate: CommandSettings;
  /** Undefined alone where the data are a file. */
  readonly doses: readonly (number | undefined)[];
  /** Halves that there are, and those that are compared. */
  readonly halves: readonly SplitName[];
  readonly splits: readonly SplitName[];
  readonly labels: Readonly<Record<string, string>>;
  readonly notices: readonly string[];
  method(id: string): Method;
  /** Name of the image among the results of a method. */
  resultOf(id: string): string;
}

/** Checks methods and flags. Throws `ConfigError`. */
export function checkMethods(read: ReadStudy): CheckedStudy {
  const { study, source } = read;
  const methods = Object.entries(study.methods).map(([id, spec]) => methodOf(id, spec, source));
  for (const { id, from } of methods) {
    const known = methods.find((one) => one.id === from);
    if (from !== undefined && (!known || known.from !== undefined || from === id)) {
      const hint = nearest(from, methods.map((one) => one.id).filter((one) => one !== id));
      const which = known ? "a method without from" : "the name of another method";
      throw new ConfigError(
        `${source}: methods.${id}.from: found ${from}, expected ${which}${
          hint && !known ? `; did you mean ${hint}?` : ""
        }`,
      );
    }
  }
  const simulate = commandSettings("simulate", study.data.simulate ?? {}, `${source}: data.simulate`);
  checkData(read);
  checkGroups(read);
  const method = (id: string) => {
    const found = methods.find((one) => one.id === id);
    if (!found) {
      throw new ConfigError(
        `${source}: methods: found no ${id}, expected one of ${methods.map((one) => one.id).join(", ")}`,
      );
    }
    return found;
  };
  const all: CommandSettings[] = [
    simulate,
    ...methods.flatMap(({ train, infer, reconstruct }) => [train, infer, reconstruct]),
  ];
  return {
    ...read,
    methods,
    simulate,
    doses: study.data.file === undefined ? study.axes.dose ?? [1e5] : [undefined],
    ...splitsOf(read),
    labels: Object.fromEntries(Object.entries(study.methods).map(([id, { label }]) => [id, label ?? id])),
    notices: [...new Set(all.flatMap(({ notices }) => notices))],
    method,
    resultOf: (id) => study.methods[id].result ?? "reconstruction.npz",
  };
}

function methodOf(id: string, spec: MethodSpec, source: string): Method {
  const where = `${source}: methods.${id}`;
  const kinds = (["train", "model", "reconstruct", "command"] as const).filter((kind) =>
    spec[kind] !== undefined
  );
  if (kinds.length !== 1) {
    throw new ConfigError(
      `${where}: found ${
        kinds.join(" and ") || "none"
      } of train, model, reconstruct and command, expected one of them`,
    );
  }
  const [kind] = kinds;
  const network = kind === "train" || kind === "model";
  const only = { infer: network, from: kind === "reconstruct", result: kind === "command" };
  for (const key of ["infer", "from", "result"] as const) {
    if (spec[key] !== undefined && !only[key]) {
      throw new ConfigError(`${where}.${key}: found beside ${kind}, expected none; remove it`);
    }
  }
  if (spec.result !== undefined && /^[\\/]|\.\.|^[A-Za-z]:/.test(spec.result)) {
    throw new ConfigError(`${where}.result: found ${spec.result}, expected a file below the output folder`);
  }
  const settings = (command: FlaggedCommand) =>
    commandSettings(command, command === "simulate" ? {} : spec[command] ?? {}, `${where}.${command}`);
  const { data, model, from, command } = spec;
  return {
    id,
    data,
    network,
    model,
    from,
    command,
    train: settings("train"),
    infer: settings("infer"),
    reconstruct: settings("reconstruct"),
  };
}

function checkData({ study: { data, axes }, source }: ReadStudy): void {
  if ((data.simulate === undefined) === (data.file === undefined)) {
    throw new ConfigError(
      `${source}: data: found ${
        data.file === undefined ? "neither" : "both"
      } simulate and file, expected one of them`,
    );
  }
  if (data.file !== undefined && axes.dose !== undefined) {
    throw new ConfigError(
      `${source}: axes.dose: found beside data.file, expected none: a measured scan has the dose that it has; simulate with object file and scan file to vary it`,
    );
  }
  const doses = axes.dose ?? [];
  if (new Set(doses).size !== doses.length) {
    throw new ConfigError(`${source}: axes.dose: found a dose twice, expected every dose once`);
  }
}

/** K >= C = gridsize^2, for the groups that views measure; those of a training are checked with its flags. */
function checkGroups({ study: { views }, source }: ReadStudy): void {
  const size = views.gridsize ** 2;
  if (views["neighbor-count"] >= size) return;
  throw new ConfigError(
    `${source}: views.neighbor-count: found K = ${
      views["neighbor-count"]
    }, expected at least C = ${size} (gridsize ${views.gridsize} squared); raise it or lower views.gridsize`,
  );
}

function splitsOf(
  { study: { data, compare }, source }: ReadStudy,
): Pick<CheckedStudy, "halves" | "splits"> {
  const there: SplitName[] = data.split === "y" ? ["train", "test"] : ["all"];
  const wanted = compare.splits ?? there;
  const missing = wanted.find((split) => !there.includes(split));
  if (missing === undefined) {
    return {
      halves: there,
      splits: there.filter((split) => wanted.includes(split)),
    };
  }
  throw new ConfigError(
    `${source}: compare.splits: found ${missing}, expected of ${there.join(", ")}, as data.split says`,
  );
}
