/**
 * The settings of a call: configuration file and flags over what the data and the model bring along.
 *
 * @module
 */
import {
  type ConfigLayer,
  isRecord,
  readConfigFile,
  resolveConfig,
  type ResolvedConfig,
} from "../../config/mod.ts";

import { DataError, silentLogger } from "../../common/mod.ts";

import { flag, group, message, object, option, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";

import { joinScans, openScan, type Scan } from "../../scan/mod.ts";

import type { CommandResult, Manner, Workspace } from "./command.ts";
import type { GivenSettings } from "./flags.ts";

/** Flags of every command that takes settings. */
export const configParser = group(
  "Configuration",
  object({
    config: optional(option("--config", path({ metavar: "FILE" }), {
      description: message`Settings from a JSON or YAML file, such as the config.json of an earlier run`,
    })),
    printConfig: optional(flag("--print-config", {
      description: message`Print all settings with the layer that each comes from, and do nothing else`,
    })),
  }),
);

/** What {@linkcode configParser} gives. */
export interface ConfigFlags {
  readonly config: string | undefined;
  readonly printConfig: true | undefined;
}

/** The settings that a scan's metadata hold under `plica`; what other programs wrote there means nothing here. */
export function datasetLayer({ source, metadata }: Pick<Scan, "source" | "metadata">): ConfigLayer[] {
  const values = isRecord(metadata) ? metadata.plica : undefined;
  return isRecord(values) ? [{ layer: "dataset", source, values }] : [];
}

/** A scan opened as the settings say, and the settings with what the scan says itself. */
export interface OpenedCall {
  readonly scan: Scan;
  readonly config: ResolvedConfig;
}

/** Opens a scan as flags, files and its own metadata say. `layers`: of the bundle. */
export async function openCall(
  file: string,
  call: Parameters<typeof resolveCall>[0],
  { logger, signal }: Pick<Workspace, "logger" | "signal">,
): Promise<OpenedCall> {
  const before = await resolveCall(call, { logger: silentLogger });
  const first = await openQuietly(file, before, signal);
  const { scan } = first;
  try {
    const layers = [...call.layers ?? [], ...datasetLayer(scan)];
    const config = await resolveCall({ ...call, layers }, { logger });
    const { measurement, probeKey } = config.values.data;
    const same = measurement === before.values.data.measurement && probeKey === before.values.data.probeKey;
    if (!same) await scan.close();
    const last = same ? first : await openQuietly(file, config, signal);
    for (const note of last.notes) logger.info(note);
    return { scan: last.scan, config };
  } catch (error) {
    await scan.close();
    throw error;
  }
}

/** The scans that paths name, a folder for all `.npz` files in it, in the order of their names; taken as one. */
export async function openScans(
  paths: readonly string[],
  call: Parameters<typeof resolveCall>[0],
  workspace: Pick<Workspace, "logger" | "signal">,
): Promise<OpenedCall> {
  const [first, ...others] = (await Promise.all(paths.map(scanFiles))).flat();
  const { scan, config } = await openCall(first, call, workspace);
  const scans = [scan];
  try {
    for (const file of others) scans.push(await openFurther(file, config, workspace));
    return { scan: joinScans(scans), config };
  } catch (error) {
    for (const open of scans) await open.close();
    throw error;
  }
}

/** The file itself, or the `.npz` files of a folder. Throws `DataError` where it has none. */
async function scanFiles(path: string): Promise<string[]> {
  const isFolder = await Deno.stat(path).then((stat) => stat.isDirectory, () => false);
  if (!isFolder) return [path];
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(path)) {
    if (isFile && name.endsWith(".npz")) names.push(name);
  }
  if (names.length > 0) return names.sort().map((name) => `${path}/${name}`);
  throw new DataError({
    file: path,
    found: "a folder without .npz files",
    expected: "a scan, or a folder of scans",
    remedy: "name the file of the scan",
  });
}

/** Opens a further scan, read in the same way as the first. */
export async function openFurther(
  file: string,
  config: ResolvedConfig,
  { logger, signal }: Pick<Workspace, "logger" | "signal">,
): Promise<Scan> {
  const { scan, notes } = await openQuietly(file, config, signal);
  for (const note of notes) logger.info(`${file}: ${note}`);
  return scan;
}

/** A scan, and what is to be told about it now that it is fine: what is wrong is said in one line, and alone. */
async function openQuietly(
  file: string,
  { values: { data: { measurement, probeKey }, execution: { numWorkers, prefetchFactor } } }: ResolvedConfig,
  signal: AbortSignal,
): Promise<{ scan: Scan; notes: readonly string[] }> {
  const notes: string[] = [];
  const scan = await openScan(file, {
    measurement,
    probeKey,
    numWorkers,
    prefetchFactor,
    onNote: (line) => notes.push(line),
    signal,
  });
  return { scan, notes };
}

/** Resolves the settings of a call; notices go to the log. `layers`: of the data set and the bundle. */
export async function resolveCall(
  { config: { config }, settings, layers = [] }: {
    readonly config: ConfigFlags;
    readonly settings: GivenSettings;
    readonly layers?: readonly ConfigLayer[];
  },
  { logger }: Pick<Workspace, "logger">,
): Promise<ResolvedConfig> {
  const file = config === undefined ? [] : [await readConfigFile(config)];
  const resolved = resolveConfig([...layers, ...file, { layer: "flag", values: nestedByPath(settings) }]);
  for (const notice of resolved.notices) logger.info(notice);
  return resolved;
}

/** `{ "model.gridsize": 2 }` to `{ model: { gridsize: 2 } }`. */
export function nestedByPath(settings: GivenSettings): Record<string, Record<string, unknown>> {
  const nested: Record<string, Record<string, unknown>> = {};
  for (const [place, value] of Object.entries(settings)) {
    const [section, key] = place.split(".");
    (nested[section] ??= {})[key] = value;
  }
  return nested;
}

/** What `--print-config` answers. */
export function printedConfig({ values, provenance, derived }: ResolvedConfig): CommandResult {
  const summary = { values, provenance, derived };
  return { summary, lines: [JSON.stringify(summary, null, 2)] };
}

/** How talkative a call wants to be, by its flags or its configuration file. */
export async function mannerOfCall(
  { config, settings }: { readonly config: ConfigFlags; readonly settings: GivenSettings },
): Promise<Manner> {
  const { values } = await resolveCall({ config, settings }, { logger: silentLogger });
  return values.execution;
}
