/**
 * `plica reconstruct`: the object, the probe and the positions of a scan by an iterative solver.
 *
 * @module
 */
import { claimOutputDir, exists } from "../../host/mod.ts";
import { type ConfigLayer, fieldsOf, type ResolvedConfig } from "../../config/mod.ts";

import { flag, group, message, object, option, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import { toFloat32 } from "../../formats/mod.ts";
import { DataError, describeShape, isRecord } from "../../common/mod.ts";
import { modelOf, readModelFile, reconstruct } from "../../network/mod.ts";
import { readObjectFile, type StoredObject } from "../../image/mod.ts";

import { AUTO_PROBE, type Scan, scanWith } from "../../scan/mod.ts";
import {
  chooseSettings,
  findOrientation,
  findProbe,
  flagsOf,
  initialFrom,
  type InitialState,
  orientationLines,
  type OrientationReport,
  probeSearchLines,
  type SolvedFolder,
  solveToFolder,
  verdictLines,
} from "../../solver/mod.ts";

import { type CommandResult, defineCommand, type Workspace } from "../shell/command.ts";
import { openRunDevice } from "../shell/device.ts";
import { EXIT, UsageError } from "../shell/exit.ts";
import { type CallSettings, callSettings, openCall, printedConfig } from "../shell/settings.ts";
import { refuseTurned } from "../shell/orientation_check.ts";
import { resultOrBundlePath } from "../shell/paths.ts";
import { formatNumber } from "../shell/table.ts";
import { terminalPlot } from "../shell/terminal_plot.ts";

const files = group(
  "Files",
  object({
    dataFile: optional(option("--data-file", path({ metavar: "FILE", type: "file" }), {
      description: message`NPZ with the patterns, positions and probe of a scan`,
    })),
    outputDir: optional(option("--output-dir", path({ metavar: "FOLDER", type: "directory" }), {
      description: message`Folder for result, pictures and misfits; new or empty`,
    })),
    overwrite: optional(flag("--overwrite", {
      description: message`Accept an output folder with files in it`,
    })),
    initialFrom: optional(option("--initial-from", path({ metavar: "PATH" }), {
      description:
        message`Object, probe and positions to begin with: the folder or NPZ of a result, a trained network (bundle or its folder), or an NPZ with an object`,
    })),
    resume: optional(option("--resume", path({ metavar: "RESULT" }), {
      description:
        message`Go on from a result, with its settings and its curve, up to --num-epochs; without a value or with last, from the one in the output folder`,
    })),
  }),
);

/** The command. */
export const reconstructCommand = defineCommand({
  name: "reconstruct",
  brief: "Reconstruct the object of a scan with an iterative solver.",
  example: "plica reconstruct --algorithm LSQML --data-file scan.npz --output-dir result --num-epochs 100",
  parser: object({ files, settings: callSettings(fieldsOf("reconstruct")) }),
  verbosity: ({ settings }) => settings.verbosity(),
  async run(flags, workspace) {
    const { dataFile, outputDir, initialFrom: from, resume } = flags.files;
    if (flags.settings.printConfig && dataFile === undefined) {
      return printedConfig(await flags.settings.resolve(workspace));
    }
    if (dataFile === undefined) {
      throw new UsageError("--data-file is missing: name the NPZ of the scan to reconstruct");
    }
    if (outputDir === undefined && !flags.settings.printConfig) {
      throw new UsageError("--output-dir is missing: name a folder for the results");
    }
    if (resume !== undefined && from !== undefined) {
      throw new UsageError("--resume goes on from a result of its own: leave out --initial-from");
    }
    return await reconstructFrom(dataFile, {
      ...flags,
      outputDir: outputDir ?? "",
      overwrite: flags.files.overwrite ?? false,
      from,
      resume,
      workspace,
    });
  },
});

interface ReconstructCall {
  readonly settings: CallSettings;
  readonly outputDir: string;
  readonly overwrite: boolean;
  readonly from: string | undefined;
  readonly resume: string | undefined;
  readonly workspace: Workspace;
}

async function reconstructFrom(file: string, call: ReconstructCall): Promise<CommandResult> {
  const { outputDir, resume, workspace: { logger, signal, screen } } = call;
  const overwrite = call.overwrite || resume === "last";
  await using claim = call.settings.printConfig
    ? undefined
    : await claimOutputDir(outputDir, { overwrite, onNote: (line) => logger.info(line) });
  const before = await resultBefore(call);
  const layers = before ? [settingsLayer(before)] : [];
  const opened = await openCall(file, {
    ...{ settings: call.settings, layers, findsProbe: "asked", logger, signal },
  });
  const { scan: asOpened, config } = opened;
  await using _closed = asOpened;
  if (call.settings.printConfig) return printedConfig(config);
  if (before && epochsLeft(config, before) === 0) return nothingLeft(before);
  const mask = await readMask(asOpened, config);
  if (mask) logger.info(`${mask.bad} bad pixels of the detector are left out`);
  const device = await openRunDevice(config.values.execution, (line) => logger.info(line));
  try {
    const scan = config.values.data.probeFrom === AUTO_PROBE
      ? await withFoundProbe(asOpened, { device, logger, signal })
      : asOpened;
    await refuseTurned(scan, { config, device, signal });
    const initial = before
      ? initialFrom(before, { scan, continues: true })
      : await startFrom(call, { scan, config, device });
    const masked = mask ? { mask: mask.values } : {};
    const chosen = await chooseSettings(scan, { config, device, logger, signal, ...masked });
    const solved = await solveToFolder(scan, {
      config: withEpochs(chosen, epochsLeft(chosen, before)),
      device,
      initial,
      ...masked,
      logger,
      onProgress: screen.progress,
      signal,
      outputDir,
      overwrite,
      claim,
    });
    const { verdict } = solved;
    const unchecked = !config.values.data.orientationCheck;
    const turn = unchecked && verdict.word !== "good" && !solved.interrupted
      ? await findOrientation(scan, { device, signal })
      : undefined;
    return reportOf(solved, { scan, turn });
  } finally {
    await device.dispose();
  }
}

async function withFoundProbe(
  scan: Scan,
  { device, logger, signal }: { readonly device: AnyDevice } & Pick<Workspace, "logger" | "signal">,
): Promise<Scan> {
  const search = await findProbe(scan, { device, signal });
  for (const line of probeSearchLines(search)) logger.info(line);
  return scanWith(scan, { probe: search.probe });
}

/** Reads the result that is gone on with; undefined where a run in the folder ended before its first one. */
async function resultBefore(
  { resume, outputDir, workspace: { logger, signal } }: ReconstructCall,
): Promise<StoredObject | undefined> {
  if (resume === undefined) return undefined;
  if (resume === "last" && !await exists(`${outputDir}/reconstruction.npz`)) {
    logger.info(`no result in ${outputDir} yet: starting from the beginning`);
    return undefined;
  }
  return await readObjectFile(await resultOrBundlePath(resume === "last" ? outputDir : resume), { signal });
}

/** The settings of the run that is gone on with; flags win over them. */
function settingsLayer({ metadata, source }: StoredObject): ConfigLayer {
  const settings = isRecord(metadata) && isRecord(metadata.settings) ? metadata.settings : {};
  return { layer: "bundle", source, values: { solver: settings } };
}

function epochsLeft({ values }: ResolvedConfig, before: StoredObject | undefined): number {
  return Math.max(0, values.solver.numEpochs - (before?.losses?.length ?? 0));
}

/** The answer to a call that resumes a finished result. */
function nothingLeft({ source, losses, metadata }: StoredObject): CommandResult {
  const { algorithm = null } = isRecord(metadata) ? metadata : {};
  const epochs = losses?.length ?? 0;
  return {
    summary: {
      algorithm,
      epochs,
      final_error: losses?.at(-1) ?? null,
      files: { reconstruction: source },
      interrupted: false,
    },
    lines: [`${source} has its ${epochs} epochs: nothing left to do; a larger --num-epochs goes on`],
  };
}

/** The configuration of a run of so many epochs. */
function withEpochs(config: ResolvedConfig, numEpochs: number): ResolvedConfig {
  const { values } = config;
  return { ...config, values: { ...values, solver: { ...values.solver, numEpochs } } };
}

/** Reads the initial state that `--initial-from` names. */
async function startFrom(
  { from, workspace: { logger, signal, screen } }: ReconstructCall,
  { scan, config, device }: { scan: Scan; config: ResolvedConfig; device: AnyDevice },
): Promise<InitialState | undefined> {
  if (from === undefined) return undefined;
  const file = await resultOrBundlePath(from);
  if (!file.endsWith(".h5.zip")) return initialFrom(await readObjectFile(file, { signal }), { scan });
  const model = modelOf(await readModelFile(file, { signal }));
  logger.info(`starting from the image of ${file}`);
  const { phaseSync } = config.values.inference;
  const inference = { phaseSync, quality: false };
  const image = await reconstruct(scan, {
    model,
    device,
    logger,
    signal,
    onProgress: screen.progress,
    config: { inference },
  });
  return { object: image };
}

/** The map of bad pixels, where the data file has one. Throws `DataError` where it does not fit. */
async function readMask(scan: Scan, { values: { solver: { maskKey } }, provenance }: ResolvedConfig) {
  if (maskKey === null) return undefined;
  const { layer } = provenance["solver.maskKey"];
  const wanted = layer === "flag" || layer === "config"; // by others it is only where to look
  const entry = scan.entry(maskKey);
  if (!entry && !wanted) return undefined;
  const rows = Int32Array.from({ length: entry?.shape[0] ?? 1 }, (_, row) => row);
  const array = await scan.readRows(maskKey, rows);
  const [height, width] = array.shape;
  const isMap = array.shape.length === 2 && height === scan.size && width === scan.size;
  if (!isMap || !/^(bool|u?int|float)/.test(array.dtype)) {
    throw new DataError({
      file: scan.source,
      key: maskKey,
      found: `${array.dtype} of shape ${describeShape(array.shape)}`,
      expected: `[${scan.size}, ${scan.size}], 0 where a pixel is bad`,
      remedy: "give a map of the detector, or none with --mask-key none",
    });
  }
  const values = toFloat32(array);
  const bad = values.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
  return bad > 0 ? { values, bad } : undefined;
}

async function reportOf(
  solved: SolvedFolder,
  { scan, turn }: { readonly scan: Scan; readonly turn: OrientationReport | undefined },
): Promise<CommandResult> {
  const { epochs, algorithm, interrupted, device, files: written, object: image, verdict } = solved;
  const last = epochs.at(-1);
  const { height, width, x0, y0 } = image;
  const own = epochs.filter(({ seconds }) => seconds > 0);
  const seconds = own.reduce((sum, epoch) => sum + epoch.seconds, 0) / (own.length || 1);
  return {
    summary: {
      algorithm,
      ...(Object.keys(solved.reasons).length > 0 ? { reasons: solved.reasons } : {}),
      epochs: epochs.length,
      ...(solved.bestEpoch === undefined ? {} : { best_epoch: solved.bestEpoch }),
      start_error: solved.startError,
      final_error: last?.error ?? null,
      final_relative_error: last?.relativeError ?? null,
      seconds_per_epoch: seconds,
      patterns: solved.indices.length,
      device,
      canvas: { height, width, x0, y0 },
      ...(solved.pixelSizeM === undefined ? {} : { pixel_size_m: solved.pixelSizeM }),
      data: scan.source,
      data_sha256: await scan.sha256(),
      files: written,
      verdict: { ...verdict, ...(turn?.better.length ? { cure: turn.better.map(flagsOf) } : {}) },
      interrupted,
    },
    lines: [
      `${interrupted ? "interrupted after" : algorithm} ${epochs.length} epochs: error ${
        last ? formatNumber(last.error) : "unknown"
      }${last ? `, relative ${formatNumber(last.relativeError)}` : ""}`,
      `${formatNumber(seconds)} s for an epoch on ${device}`,
      ...verdictLines(verdict),
      ...orientationLines(turn),
      ...terminalPlot([curveOf(epochs)], { xLabel: "epoch" }),
      ...[written.reconstruction, written.amplitude, written.phase, written.error].filter((name) =>
        name !== undefined
      ),
    ],
    exitCode: interrupted ? EXIT.interrupted : verdict.word === "failed" ? EXIT.failed : EXIT.done,
  };
}

const curveOf = (epochs: SolvedFolder["epochs"]) => ({
  name: "misfit",
  mark: "*",
  x: epochs.map(({ epoch }) => epoch),
  y: epochs.map(({ error }) => error),
});
