/**
 * The folder of a training run: bundle, checkpoints, metrics, loss curve, previews, settings.
 *
 * @module
 */
import { configFields, refuseUnknown, type ResolvedConfig, resolvedConfig } from "../../../config/mod.ts";
import { fileName, silentLogger } from "../../../common/mod.ts";

import {
  checkFreeSpace,
  claimOutputDir,
  files,
  isMissing,
  openCsv,
  type OutputClaim,
  removeUnfinished,
  writeFileAtomic,
} from "../../../host/mod.ts";
import { neededSpace } from "./needed_space.ts";
import { BUNDLE_NAME, type Json } from "../../../formats/mod.ts";
import { partsOf, type Scan, type ScanSet } from "../../../scan/mod.ts";

import type { Checkpoint, DataOfRun } from "./checkpoint_file.ts";
import { METRICS_COLUMNS } from "../loggers/csv.ts";
import { openRunLogger } from "../loggers/open.ts";
import { openPatchLog } from "../../model/patch_log.ts";
import { refuseOtherNetwork } from "../fine_tuning.ts";
import { planTraining } from "../plan.ts";
import { metricsOf } from "./reports.ts";
import { isOf, refuseOther } from "./resume.ts";
import { RunFolder, withResumeHint } from "./run_folder.ts";
import type { RunLogger } from "./run_logger.ts";
import type { TrainResult } from "./run.ts";
import { train, TRAIN_OPTIONS, type TrainOptions } from "../train.ts";

/** Options of {@linkcode trainToFolder}. */
export interface TrainToFolderOptions extends Omit<TrainOptions, "resume" | "patchLog"> {
  readonly outputDir: string;
  /** Accept a folder with files in it; what an earlier run wrote there is removed. Default false. */
  readonly overwrite?: boolean;
  /**
   * Go on with the run of the folder: from this checkpoint, or from the beginning where it ended before its first one.
   * Default: a new run.
   */
  readonly resume?: Checkpoint | "beginning";
  /** The claim of the folder, where the caller holds it. Default: it is claimed for the time of the run. */
  readonly claim?: OutputClaim;
  /** Receives the numbers and pictures. Default: the loggers that the settings name. */
  readonly runLogger?: RunLogger;
}

const TRAIN_TO_FOLDER_OPTIONS = Object.freeze(
  [
    ...TRAIN_OPTIONS.filter((name) => name !== "patchLog"),
    "outputDir",
    "overwrite",
    "claim",
    "runLogger",
  ] as const satisfies readonly (keyof TrainToFolderOptions)[],
);

/** A run and where it was written. */
export interface TrainedFolder extends TrainResult {
  /** Path of the bundle. */
  readonly bundle: string;
  readonly weightsSha256: string;
}

/**
 * Trains and writes `wts.h5.zip` (the best state), `checkpoints/last.h5.zip` and the best ones after each epoch,
 * `loss.png`, `config.json`, `previews/` where they are asked for, and what the loggers write. Every file is whole or
 * absent. An interrupted run is written like a finished one. Throws `DataError` where the checkpoint that is resumed from
 * is of other data or settings, and all that {@linkcode train} throws; the last checkpoint stays as it is then.
 */
export async function trainToFolder(
  scan: Scan | ScanSet,
  options: TrainToFolderOptions,
): Promise<TrainedFolder> {
  refuseUnknown(options, TRAIN_TO_FOLDER_OPTIONS, "trainToFolder");
  const { outputDir, device, signal, logger = silentLogger, resume, validationScan } = options;
  const config = resolvedConfig(options.config, logger);
  const { execution, data: { neighborCount } } = config.values;
  const plan = options.plan ?? planTraining(scan, { config, validationScan }); // throws before anything is written
  const trainingData = await filesOf(partsOf(scan).map((part) => part.scan));
  const data = [...trainingData, ...await filesOf(validationScan ? [validationScan] : [])];
  const checkpoint = resume === "beginning" ? undefined : resume;
  if (checkpoint) refuseOther(checkpoint, { config, data });
  else if (options.init) refuseOtherNetwork(options.init, { model: config.values.model, shape: plan.shape });
  await using _claim = options.claim ? undefined : await claimOutputDir(outputDir, {
    overwrite: options.overwrite || goesOn(options),
    onNote: (line) => logger.info(line),
  });
  await prepareFolder(options);
  const { model } = config.values;
  const bytes = neededSpace({ model, execution, shape: plan.shape });
  await checkFreeSpace(outputDir, { bytes, of: "what bundle and checkpoints take" });
  const settings = configJson(config);
  await writeFileAtomic(`${outputDir}/config.json`, JSON.stringify(settings, null, 2) + "\n");
  if (checkpoint) await restoreMetrics(outputDir, checkpoint, config);
  const runLogger = options.runLogger ?? openRunLogger(execution, { folder: outputDir, logger });
  const folder = new RunFolder(scan, {
    execution,
    neighborCount,
    device,
    signal,
    outputDir,
    runLogger,
    origin: { config: settings, trainingData, data, device: device.info.name },
    earlier: checkpoint?.snapshot.state.epochs ?? [],
  });
  const patchLog = openPatchLog(execution, { size: scan.size, phase: "train" });
  await runLogger.start({
    parameters: parametersOf(config, trainingData),
    resumedFrom: resumedFrom(checkpoint),
  });
  try {
    if (checkpoint) await folder.begin(checkpoint);
    const result = await train(scan, {
      config,
      plan,
      validationScan,
      device,
      init: options.init,
      patchLog,
      resume: checkpoint?.snapshot,
      onProgress: options.onProgress,
      logger,
      signal,
      onEpoch: async (report, state) => {
        await patchLog?.write(outputDir);
        await folder.epoch(report, state);
        await options.onEpoch?.(report, state);
      },
      onCheckpoint: async (snapshot) => {
        await folder.checkpoints?.save(snapshot);
        await options.onCheckpoint?.(snapshot);
      },
    });
    await patchLog?.write(outputDir);
    if (patchLog?.warning) logger.warn(patchLog.warning);
    const written = await folder.end(result);
    await runLogger.finish(result.interrupted ? "interrupted" : "finished");
    return { ...result, ...written };
  } catch (error) {
    await folder.drawLoss().catch(() => undefined); // the error that is told is the first one
    await runLogger.finish("failed");
    throw await withResumeHint(error, folder);
  }
}

/** The files that a run of an earlier time may have left. */
const OF_EARLIER_RUNS = Object.freeze([
  "checkpoints",
  "previews",
  "metrics.csv",
  "loss.png",
  "loss.svg",
  "patch_stats.json",
  "torch_patch_stats.json",
  "torch_patch_grid.png",
  "patch_grid.png",
  BUNDLE_NAME,
]);

/** True where the run of the folder is gone on with. */
function goesOn({ resume, outputDir }: Pick<TrainToFolderOptions, "resume" | "outputDir">): boolean {
  return resume === "beginning" || (resume !== undefined && isOf(resume, outputDir));
}

/** Clears the folder: of an earlier run nothing stays that could be taken for this one's, unless this is the same run. */
async function prepareFolder(options: TrainToFolderOptions): Promise<void> {
  const { outputDir, overwrite } = options;
  const same = goesOn(options);
  if (!same && overwrite) {
    for (const name of OF_EARLIER_RUNS) {
      await files.remove(`${outputDir}/${name}`, { recursive: true }).catch((error) => {
        if (!isMissing(error)) throw error;
      });
    }
  }
  if (!same) return;
  for (const folder of [outputDir, `${outputDir}/checkpoints`, `${outputDir}/previews`]) {
    await removeUnfinished(folder).catch((error) => {
      if (!isMissing(error)) throw error;
    });
  }
}

/** The rows of the epochs that the checkpoint knows, neither more nor fewer. */
async function restoreMetrics(
  outputDir: string,
  checkpoint: Checkpoint,
  config: ResolvedConfig,
): Promise<void> {
  if (!config.values.execution.logger.includes("csv")) return;
  const kept = checkpoint.snapshot.state.epochs.map((report) => {
    const values: Readonly<Record<string, number | undefined>> = {
      ...metricsOf(report),
      epoch: report.epoch,
      steps: report.steps,
    };
    return METRICS_COLUMNS.map((name) => values[name]);
  });
  await (await openCsv(`${outputDir}/metrics.csv`, METRICS_COLUMNS, { kept })).close();
}

function resumedFrom(checkpoint: Checkpoint | undefined): { step: number; epoch: number } | undefined {
  if (!checkpoint) return undefined;
  const { step, epochs } = checkpoint.snapshot.state;
  return { step, epoch: epochs.length };
}

/** Settings and data as plain values by name. */
function parametersOf(
  { values }: ResolvedConfig,
  trainingData: readonly DataOfRun[],
): Record<string, string | number | boolean | null> {
  const sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = values;
  const parameters: Record<string, string | number | boolean | null> = {};
  for (const { section, key, path, commands } of configFields) {
    if (!commands.some((command) => command === "train")) continue;
    const value = sections[section][key];
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    parameters[path] = plain || value === null ? value : JSON.stringify(value);
  }
  trainingData.forEach(({ file, sha256 }, k) => {
    parameters[k === 0 ? "data" : `data.${k + 1}`] = file;
    parameters[k === 0 ? "data.sha256" : `data.${k + 1}.sha256`] = sha256;
  });
  return parameters;
}

function configJson({ values, provenance }: ResolvedConfig): Json {
  return JSON.parse(JSON.stringify({ values, provenance }));
}

async function filesOf(scans: readonly Scan[]): Promise<DataOfRun[]> {
  return await Promise.all(scans.map(async (scan) => ({
    file: fileName(scan.source),
    sha256: await scan.sha256(),
  })));
}
