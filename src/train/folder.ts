/**
 * The folder of a training run: bundle, checkpoints, metrics, loss curve, settings.
 *
 * @module
 */
import type { ResolvedConfig } from "../config/resolve.ts";
import { openCsv, prepareOutputDir, writeFileAtomic } from "../io/atomic.ts";
import { BUNDLE_NAME, type Json, writeBundle } from "../io/bundle.ts";
import { linePlot } from "../io/plot.ts";
import { encodePng } from "../io/png.ts";
import { bundleContent, type Model } from "../nn/model.ts";
import type { Scan } from "../scan/types.ts";
import { planTraining } from "./plan.ts";
import { type EpochReport, train, type TrainOptions, type TrainResult } from "./train.ts";

/** How {@linkcode trainToFolder} works. */
export interface TrainToFolderOptions extends TrainOptions {
  readonly outputDir: string;
  /** Accept a folder with files in it. Default false. */
  readonly overwrite?: boolean;
}

/** A run and where it was written. */
export interface TrainedFolder extends TrainResult {
  /** Path of the bundle. */
  readonly bundle: string;
  readonly weightsSha256: string;
}

const COLUMNS = [
  "epoch",
  "steps",
  "train_loss",
  "val_loss",
  "learning_rate",
  "gradient_norm",
  "patterns_per_second",
  "seconds",
] as const;

/**
 * Trains and writes `wts.h5.zip` (the best state), `checkpoints/best.h5.zip` and `checkpoints/last.h5.zip` after each
 * epoch, `metrics.csv`, `loss.png` and `config.json`. Every file is whole or absent. An interrupted run is written like
 * a finished one.
 */
export async function trainToFolder(scan: Scan, options: TrainToFolderOptions): Promise<TrainedFolder> {
  const { outputDir, overwrite, config, device } = options;
  const plan = options.plan ?? planTraining(scan, options); // throws before anything is written
  await prepareOutputDir(outputDir, { overwrite });
  const settings = configJson(config);
  await writeFileAtomic(`${outputDir}/config.json`, JSON.stringify(settings, null, 2) + "\n");
  await Deno.mkdir(`${outputDir}/checkpoints`, { recursive: true });
  const trainingData = [{ file: fileName(scan.source), sha256: await scan.sha256() }];
  const save = (name: string, model: Model, report: EpochReport | undefined) =>
    writeBundle(
      `${outputDir}/${name}`,
      bundleContent(model, {
        config: settings,
        trainingData,
        device: device.info.name,
        metrics: metricsOf(report),
      }),
    );
  await using csv = await openCsv(`${outputDir}/metrics.csv`, COLUMNS);
  const result = await train(scan, {
    ...options,
    plan,
    onEpoch: async (report, state) => {
      await csv.append(row(report));
      await save("checkpoints/last.h5.zip", state.model, report);
      if (state.best) await save("checkpoints/best.h5.zip", state.model, report);
      await options.onEpoch?.(report, state);
    },
  });
  if (result.interrupted) await save("checkpoints/last.h5.zip", result.last, result.epochs.at(-1));
  const { weightsSha256 } = await save(BUNDLE_NAME, result.model, result.epochs[result.bestEpoch - 1]);
  await writeFileAtomic(`${outputDir}/loss.png`, await lossCurve(result.epochs));
  return { ...result, bundle: `${outputDir}/${BUNDLE_NAME}`, weightsSha256 };
}

function row(report: EpochReport): (number | undefined)[] {
  return [
    report.epoch,
    report.steps,
    report.trainLoss,
    report.valLoss,
    report.learningRate,
    report.gradientNorm,
    report.patternsPerSecond,
    report.seconds,
  ];
}

function metricsOf(report: EpochReport | undefined): Record<string, number> {
  if (!report) return {};
  const { epoch, trainLoss, valLoss } = report;
  return { epoch, train_loss: trainLoss, ...(valLoss === undefined ? undefined : { val_loss: valLoss }) };
}

function configJson({ values, provenance }: ResolvedConfig): Json {
  return JSON.parse(JSON.stringify({ values, provenance }));
}

function fileName(source: string): string {
  return source.split(/[/\\]/).at(-1) ?? source;
}

async function lossCurve(epochs: readonly EpochReport[]): Promise<Uint8Array> {
  const x = epochs.map(({ epoch }) => epoch);
  const series = [{ name: "training", x, y: epochs.map(({ trainLoss }) => trainLoss) }];
  if (epochs.some(({ valLoss }) => valLoss !== undefined)) {
    series.push({ name: "held out", x, y: epochs.map(({ valLoss }) => valLoss ?? NaN) });
  }
  return await encodePng(linePlot(series, { xLabel: "epoch", yLabel: "loss", title: "Loss", logY: true }));
}
