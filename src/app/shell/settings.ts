/**
 * The settings of a call: configuration file and flags over what the data and the model bring along.
 *
 * @module
 */
import { files, isFolder } from "../../host/mod.ts";
import { DataError, isRecord, type Logger, silentLogger } from "../../common/mod.ts";
import {
  type CheckedLayer,
  checkLayer,
  type ConfigLayer,
  type FieldInfo,
  readConfigFile,
  resolveConfig,
  type ResolvedConfig,
} from "../../config/mod.ts";
import { flag, group, map, message, object, option, optional, type Parser } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import {
  type FindsProbe,
  joinScans,
  openChecked,
  readingOptions,
  type ReadScan,
  readScanMetadata,
  type Scan,
  type ScanSet,
} from "../../scan/mod.ts";

import type { CommandResult, Verbosity, Workspace } from "./command.ts";
import { settingsParser, verbosityOf } from "./flags.ts";

/** Flags of every command that takes a configuration. */
const configParser = group(
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

/**
 * Returns a parser of the settings of a command: `--config`, `--print-config` and a flag for each of `fields`.
 */
export function callSettings(fields: readonly FieldInfo[]): Parser<"sync", CallSettings, unknown> {
  const both = object({ config: configParser, flags: settingsParser(fields) });
  return map(both, ({ config: { config, printConfig = false }, flags }) => {
    return new CallSettings({ file: config, flags, printConfig });
  });
}

/** The settings of a call. The configuration file is read once, and every value is checked once. */
export class CallSettings {
  /** The settings are to be printed, and nothing else done. */
  readonly printConfig: boolean;
  #file: Promise<CheckedLayer> | undefined;

  constructor(
    private readonly parts: {
      readonly file: string | undefined;
      readonly flags: CheckedLayer;
      readonly printConfig: boolean;
    },
  ) {
    this.printConfig = parts.printConfig;
  }

  /** Reads `quiet` and `json` from flags and configuration file. */
  async verbosity(): Promise<Verbosity> {
    return verbosityOf(...await this.#layers());
  }

  /** Resolves the settings over `layers`: those of the data set and the bundle. Notices go to `logger`. */
  async resolve(
    { layers = [], logger }: {
      readonly layers?: readonly (ConfigLayer | CheckedLayer)[];
      readonly logger: Logger;
    },
  ): Promise<ResolvedConfig> {
    const resolved = resolveConfig([...layers, ...await this.#layers()]);
    for (const notice of resolved.notices) logger.info(notice);
    return resolved;
  }

  async #layers(): Promise<readonly CheckedLayer[]> {
    const { file, flags } = this.parts;
    if (file === undefined) return [flags];
    return [await (this.#file ??= readConfigFile(file).then(checkLayer)), flags];
  }
}

/** The settings that a scan's metadata hold under `plica`; what other programs wrote there means nothing here. */
function datasetLayer(source: string, metadata: unknown): ConfigLayer[] {
  const values = isRecord(metadata) ? metadata.plica : undefined;
  return isRecord(values) ? [{ layer: "dataset", source, values }] : [];
}

/** A scan opened by the settings, and the settings completed by the scan's metadata. */
export interface OpenedCall {
  readonly scan: Scan;
  readonly config: ResolvedConfig;
  /** What was decided in opening it. */
  readonly notes: readonly string[];
  /** What is doubtful in the scan. */
  readonly doubts: readonly string[];
}

/** Options of {@linkcode openCall}. */
export interface OpenCallOptions extends Pick<Workspace, "logger" | "signal"> {
  readonly settings: CallSettings;
  /** Settings of the bundle. Default: none. */
  readonly layers?: readonly ConfigLayer[];
  /** Where the command searches for a probe. Default: nowhere. */
  readonly findsProbe?: FindsProbe;
  /** Side of the patterns that the command can work with, for a scan of another side. Default: any. */
  readonly sideFor?: (config: ResolvedConfig, side: number) => number;
}

/** Opens a scan by flags, configuration files and its own metadata. */
export async function openCall(
  file: string,
  { settings, layers = [], findsProbe, sideFor, logger, signal }: OpenCallOptions,
): Promise<OpenedCall> {
  const own = datasetLayer(file, await readScanMetadata(file, { signal }));
  const config = await settings.resolve({ layers: [...layers, ...own], logger: silentLogger });
  let opened = { ...await openQuietly(file, config, { signal, findsProbe }), config };
  const { size } = opened.scan, side = sideFor?.(config, size) ?? size;
  if (side !== size && config.values.data.patternSize === null) {
    await opened.scan.close();
    const fitted = withPatternSize(config, { side, pad: side > size });
    const { notes, ...again } = await openQuietly(file, fitted, { signal, findsProbe });
    const line =
      `patterns of ${size} x ${size} ${side > size ? "filled up" : "cropped"} to ${side} x ${side}, ` +
      `which the network takes: object pixels are ${side > size ? "smaller" : "larger"} by ${
        Number((Math.max(side, size) / Math.min(side, size)).toPrecision(3))
      }`;
    opened = { ...again, notes: [...notes, line], config: fitted };
  }
  const { scan, notes, doubts } = opened;
  for (const line of [...config.notices, ...notes]) logger.info(line);
  for (const doubt of doubts) logger.warn(`${file}: ${doubt}`);
  return { scan, config: opened.config, notes, doubts };
}

/** The settings with the side of the patterns, so that further scans are read alike and results say so. */
function withPatternSize(
  config: ResolvedConfig,
  { side, pad }: { readonly side: number; readonly pad: boolean },
): ResolvedConfig {
  const { data } = config.values;
  return {
    ...config,
    values: { ...config.values, data: { ...data, patternSize: side, pad: data.pad || pad } },
  };
}

/**
 * Opens the scans that paths name, a folder for all `.npz` files in it, in the order of their names; taken as one.
 */
export async function openScans(
  paths: readonly string[],
  options: OpenCallOptions,
): Promise<{ scan: Scan | ScanSet; config: ResolvedConfig }> {
  const [first, ...others] = (await Promise.all(paths.map(scanFiles))).flat();
  const { scan, config } = await openCall(first, options);
  const scans = [scan];
  try {
    for (const file of others) scans.push(await openAdditionalScan(file, config, options));
    return { scan: others.length > 0 ? joinScans(scans) : scan, config };
  } catch (error) {
    for (const open of scans) await open.close();
    throw error;
  }
}

/** The file itself, or the `.npz` files of a folder. Throws `DataError` where it has none. */
async function scanFiles(path: string): Promise<string[]> {
  if (!await isFolder(path)) return [path];
  const names: string[] = [];
  for await (const { name, isFile } of files.list(path)) {
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

/** Opens a further scan with the reading settings of the first. */
export async function openAdditionalScan(
  file: string,
  config: ResolvedConfig,
  { logger, signal }: Pick<Workspace, "logger" | "signal">,
): Promise<Scan> {
  const { scan, notes, doubts } = await openQuietly(file, config, { signal });
  for (const note of notes) logger.info(`${file}: ${note}`);
  for (const doubt of doubts) logger.warn(`${file}: ${doubt}`);
  return scan;
}

/** Opens a scan and keeps its notes for later: an error is one line, and alone. */
async function openQuietly(
  file: string,
  { values: { data, execution: { numWorkers, prefetchFactor } } }: ResolvedConfig,
  { signal, findsProbe }: Pick<OpenCallOptions, "signal" | "findsProbe">,
): Promise<ReadScan> {
  return await openChecked(file, {
    ...readingOptions(data, findsProbe),
    ...{ numWorkers, prefetchFactor, signal },
  });
}

/** Makes the answer to `--print-config`. */
export function printedConfig({ values, provenance, derived }: ResolvedConfig): CommandResult {
  const summary = { values, provenance, derived };
  return { summary, lines: [JSON.stringify(summary, null, 2)] };
}
