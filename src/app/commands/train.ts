/**
 * `plica train`: a network trained on the patterns of a scan.
 *
 * @module
 */
import { claimOutputDir } from "../../host/mod.ts";
import { type ConfigLayer, fieldsOf } from "../../config/mod.ts";

import { flag, group, message, multiple, object, option, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import {
  type Checkpoint,
  checkpointLayer,
  findCheckpoint,
  isOf,
  modelOf,
  networkSide,
  openRunLogger,
  planTraining,
  readModelFile,
  type TrainedFolder,
  trainToFolder,
} from "../../network/mod.ts";

import { type CommandResult, defineCommand, type Workspace } from "../shell/command.ts";
import { refuseTurned } from "../shell/orientation_check.ts";
import { partsOf } from "../../scan/mod.ts";
import { silentLogger } from "../../common/mod.ts";
import { openRunDevice } from "../shell/device.ts";
import { EXIT, UsageError } from "../shell/exit.ts";
import { mlflowAuthorization } from "../shell/mlflow.ts";
import { bundlePath } from "../shell/paths.ts";
import {
  type CallSettings,
  callSettings,
  openAdditionalScan,
  openScans,
  printedConfig,
} from "../shell/settings.ts";
import { formatNumber } from "../shell/table.ts";

const files = group(
  "Files",
  object({
    trainDataFile: multiple(option("--train-data-file", path({ metavar: "FILE" }), {
      description:
        message`NPZ with the patterns, positions and probe of a scan; given several times, or a folder of such files, to train on several scans`,
    })),
    testDataFile: optional(option("--test-data-file", path({ metavar: "FILE", type: "file" }), {
      description:
        message`NPZ of another scan to compute the held-out loss on; then nothing is held out of the training scan unless --val-fraction is given`,
    })),
    outputDir: optional(option("--output-dir", path({ metavar: "FOLDER", type: "directory" }), {
      description: message`Folder for bundle, metrics, loss curve and settings; new or empty`,
    })),
    overwrite: optional(flag("--overwrite", {
      description: message`Accept an output folder with files in it`,
    })),
    resume: optional(option("--resume", path({ metavar: "CHECKPOINT" }), {
      description:
        message`Go on with a run: from this checkpoint, or without a value from the last one of the output folder; the settings are those of the run`,
    })),
  }),
);

/** The command. */
export const trainCommand = defineCommand({
  name: "train",
  brief: "Train a network on the patterns of a scan.",
  example: "plica train --train-data-file scan.npz --output-dir run --nepochs 6",
  parser: object({ files, settings: callSettings(fieldsOf("train")) }),
  verbosity: ({ settings }) => settings.verbosity(),
  async run({ files, settings }, workspace) {
    const { trainDataFile, testDataFile, outputDir, overwrite = false, resume } = files;
    if (settings.printConfig && trainDataFile.length === 0) {
      return printedConfig(await settings.resolve(workspace));
    }
    if (trainDataFile.length === 0) {
      throw new UsageError("--train-data-file is missing: name the NPZ to train on");
    }
    if (outputDir === undefined && !settings.printConfig) {
      throw new UsageError("--output-dir is missing: name a folder for the results");
    }
    return await trainOn(trainDataFile, {
      settings,
      testDataFile,
      outputDir: outputDir ?? "",
      overwrite,
      resume,
      workspace,
    });
  },
});

interface TrainCall {
  readonly settings: CallSettings;
  readonly testDataFile: string | undefined;
  readonly outputDir: string;
  readonly overwrite: boolean;
  readonly resume: string | undefined;
  readonly workspace: Workspace;
}

async function trainOn(paths: readonly string[], call: TrainCall): Promise<CommandResult> {
  const { settings, outputDir, overwrite, workspace } = call;
  const { logger, signal, screen } = workspace;
  const resume = await resumed(call);
  await using claim = settings.printConfig ? undefined : await claimOutputDir(outputDir, {
    overwrite: overwrite || resume.inPlace,
    onNote: (line) => logger.info(line),
  });
  const said: (() => void)[] = []; // said when nothing is left that refuses the scan: an error is one line, and alone
  const { scan, config } = await openScans(paths, {
    ...{ settings, layers: resume.layers, signal },
    sideFor: ({ values: { model } }, side) => networkSide(model, side),
    logger: {
      ...silentLogger,
      info: (line) => void said.push(() => logger.info(line)),
      warn: (line) => void said.push(() => logger.warn(line)),
    },
  });
  await using _closed = scan;
  if (settings.printConfig) return printedConfig(config);
  const { testDataFile } = call;
  await using validationScan = testDataFile === undefined
    ? undefined
    : await openAdditionalScan(testDataFile, config, workspace);
  const plan = planTraining(scan, { config, validationScan }); // throws before a device is opened
  for (const say of said) say();
  const { initFrom } = config.values.training;
  const init = initFrom === null
    ? undefined
    : modelOf(await readModelFile(await bundlePath(initFrom), { signal }));
  const { execution } = config.values;
  const runLogger = openRunLogger(execution, {
    folder: outputDir,
    logger,
    mlflowAuthorization: mlflowAuthorization(),
  });
  const device = await openRunDevice(execution, (line) => logger.info(line));
  try {
    const onProgress = screen.progress;
    if (!resume.from && config.values.model.modelType !== "supervised") {
      for (const { scan: part } of partsOf(scan)) await refuseTurned(part, { config, device, signal });
    }
    const result = await trainToFolder(scan, {
      config,
      runLogger,
      plan,
      validationScan,
      init,
      device,
      logger,
      onProgress,
      signal,
      outputDir,
      overwrite,
      claim,
      resume: resume.from,
    });
    return reportOf(result, device.info.name);
  } finally {
    await device.dispose();
  }
}

/** Checkpoint that a call resumes from, with its settings. */
interface Resumed {
  readonly from?: Checkpoint | "beginning";
  /** The run goes on in its own folder, which may have files in it. */
  readonly inPlace: boolean;
  readonly layers: readonly ConfigLayer[];
}

async function resumed({ resume, outputDir, workspace: { logger } }: TrainCall): Promise<Resumed> {
  if (resume === undefined) return { inPlace: false, layers: [] };
  const checkpoint = await findCheckpoint(resume, { outputDir });
  if (!checkpoint) {
    logger.info(`no checkpoint in ${outputDir} yet: starting from the beginning`);
    return { from: "beginning", inPlace: true, layers: [] };
  }
  const { step, epochs } = checkpoint.snapshot.state;
  logger.info(`resuming from ${checkpoint.file}: ${epochs.length} epochs and ${step} steps are done`);
  return { from: checkpoint, inPlace: isOf(checkpoint, outputDir), layers: [checkpointLayer(checkpoint)] };
}

function reportOf(result: TrainedFolder, device: string): CommandResult {
  const last = result.epochs.at(-1);
  const summary = {
    final_train_loss: last?.trainLoss ?? null,
    final_val_loss: last?.valLoss ?? null,
    epochs: result.epochs.length,
    steps: result.steps,
    best_epoch: result.bestEpoch,
    patterns_per_second: result.patternsPerSecond,
    device,
    bundle: result.bundle,
    weights_sha256: result.weightsSha256,
    interrupted: result.interrupted,
    stopped_early: result.stoppedEarly,
  };
  const losses = last
    ? `loss ${formatNumber(last.trainLoss)}` +
      (last.valLoss === undefined ? "" : `, held out ${formatNumber(last.valLoss)}`)
    : "no epoch was finished";
  return {
    summary,
    lines: [
      `${result.interrupted ? "interrupted after" : "trained"} ${summary.epochs} epochs: ${losses}`,
      `${formatNumber(result.patternsPerSecond)} patterns per second on ${device}`,
      `model: ${result.bundle}`,
    ],
    exitCode: result.interrupted ? EXIT.interrupted : EXIT.done,
  };
}
