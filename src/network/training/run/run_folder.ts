/**
 * The files that a training run writes while it goes on and when it ends.
 *
 * @module
 */
import type { ExecutionConfig } from "../../../config/mod.ts";
import { type AnyDevice, DeviceLostError } from "../../../engine/mod.ts";
import { exists, files, writeFileAtomic } from "../../../host/mod.ts";
import { BUNDLE_NAME, writeBundle } from "../../../formats/mod.ts";
import { encodePng, figure, writeFigure } from "../../../pictures/mod.ts";

import { drawObject } from "../../../image/mod.ts";
import { bundleContent, type Model } from "../../model/model.ts";
import { reconstruct } from "../../inference/reconstruct.ts";
import { partsOf, type Scan, type ScanSet } from "../../../scan/mod.ts";

import { type Checkpoint, type CheckpointOrigin, writeCheckpoint } from "./checkpoint_file.ts";
import { CheckpointFolder, LAST_CHECKPOINT } from "./checkpoints.ts";

import { type EpochReport, metricsOf } from "./reports.ts";
import type { RunLogger } from "./run_logger.ts";
import type { RunListeners, TrainResult } from "./run.ts";

/** Options of {@linkcode RunFolder}. */
export interface RunFolderOptions {
  readonly execution: ExecutionConfig;
  /** K of the groups of previews. */
  readonly neighborCount: number;
  readonly device: AnyDevice;
  readonly signal?: AbortSignal;
  readonly outputDir: string;
  readonly runLogger: RunLogger;
  readonly origin: Omit<CheckpointOrigin, "metrics">;
  /** Epochs of the run that is resumed. */
  readonly earlier: readonly EpochReport[];
}

/** Writes the files of one run. */
export class RunFolder {
  readonly checkpoints: CheckpointFolder | undefined;
  #epochs: readonly EpochReport[];

  constructor(private readonly scan: Scan | ScanSet, private readonly options: RunFolderOptions) {
    const { execution, outputDir, origin, earlier } = options;
    this.#epochs = earlier;
    if (!execution.checkpointing) return;
    this.checkpoints = new CheckpointFolder(outputDir, {
      count: execution.checkpointSaveTopK,
      monitor: execution.checkpointMonitor,
      mode: execution.checkpointMode,
      write: (path, snapshot) =>
        writeCheckpoint(path, {
          snapshot,
          origin: { ...origin, metrics: manifestMetrics(snapshot.state.epochs.at(-1)) },
        }),
    });
  }

  /** Completes what a kill may have left undone after the checkpoint was written. */
  async begin({ file, snapshot }: Checkpoint): Promise<void> {
    const own = file === `${this.options.outputDir}/${LAST_CHECKPOINT}`;
    if (own && snapshot.state.stepInEpoch === 0) await this.checkpoints?.name(snapshot);
  }

  /** Keeps what an epoch came to: the checkpoint first, so that nothing is reported that could get lost. */
  async epoch(
    report: EpochReport,
    state: Parameters<NonNullable<RunListeners["onEpoch"]>>[1],
  ): Promise<void> {
    const { runLogger, execution: { previewEvery }, signal } = this.options;
    this.#epochs = [...this.#epochs, report];
    await this.checkpoints?.save(await state.snapshot());
    const { epoch, steps: step } = report;
    await runLogger.scalars({ of: "epoch", step, epoch, values: metricsOf(report) });
    if (previewEvery === null || epoch % previewEvery !== 0 || signal?.aborted) return;
    for (const { name, png } of await this.#preview(state.model, epoch)) {
      await runLogger.image({ name, png, step });
    }
  }

  /** Reconstructs the scan with the present weights; writes `previews/epoch_NNNN_amplitude.png` and `..._phase.png`. */
  async #preview(model: Model, epoch: number): Promise<{ name: "amplitude" | "phase"; png: Uint8Array }[]> {
    const { outputDir, device, neighborCount } = this.options;
    const [{ scan }] = partsOf(this.scan);
    const image = await reconstruct(scan, {
      model,
      device,
      config: { data: { neighborCount }, inference: { quality: false } },
    });
    const object = { ...image, pixelSizeM: scan.pixelSizeM };
    await files.makeFolder(`${outputDir}/previews`);
    return await Promise.all((["amplitude", "phase"] as const).map(async (name) => {
      const png = await encodePng(await drawObject(object, { view: name, title: `Epoch ${epoch}` }));
      await writeFileAtomic(`${outputDir}/previews/epoch_${String(epoch).padStart(4, "0")}_${name}.png`, png);
      return { name, png };
    }));
  }

  /** Writes the bundle and the loss curve. */
  async end(
    { model, bestEpoch, epochs, steps, interrupted }: TrainResult,
  ): Promise<{ bundle: string; weightsSha256: string }> {
    const { outputDir, origin, runLogger } = this.options;
    const bundle = `${outputDir}/${BUNDLE_NAME}`;
    const metrics = { ...manifestMetrics(epochs[bestEpoch - 1]), ...(interrupted ? { interrupted: 1 } : {}) };
    const { weightsSha256 } = await writeBundle(bundle, bundleContent(model, { ...origin, metrics }));
    const png = await this.drawLoss();
    if (png) await runLogger.image({ name: "loss", png, step: steps });
    await runLogger.artifact({ path: bundle });
    await runLogger.artifact({ path: `${outputDir}/config.json` });
    return { bundle, weightsSha256 };
  }

  /** Writes `loss.png` and `loss.svg`, the curve of the epochs so far; returns the PNG. */
  async drawLoss(): Promise<Uint8Array | undefined> {
    if (this.#epochs.length === 0) return undefined;
    return await writeFigure(`${this.options.outputDir}/loss.png`, await lossCurve(this.#epochs));
  }

  /** The last checkpoint, where one is there. */
  async lastCheckpoint(): Promise<string | undefined> {
    const path = `${this.options.outputDir}/${LAST_CHECKPOINT}`;
    return await exists(path) ? path : undefined;
  }
}

/** Adds to the error of a lost device how the run is resumed. */
export async function withResumeHint(error: unknown, folder: RunFolder): Promise<unknown> {
  if (!(error instanceof DeviceLostError)) return error;
  const checkpoint = await folder.lastCheckpoint();
  const way = checkpoint ? `--resume goes on from ${checkpoint}` : "there is no checkpoint yet";
  return new DeviceLostError(`${error.message}; ${way}`, { cause: error });
}

function manifestMetrics(report: EpochReport | undefined): Record<string, number> {
  if (!report) return {};
  const { epoch, trainLoss, valLoss } = report;
  return { epoch, train_loss: trainLoss, ...(valLoss === undefined ? undefined : { val_loss: valLoss }) };
}

async function lossCurve(epochs: readonly EpochReport[]): Promise<string> {
  const x = epochs.map(({ epoch }) => epoch);
  const series = [{ name: "training", x, y: epochs.map(({ trainLoss }) => trainLoss) }];
  if (epochs.some(({ valLoss }) => valLoss !== undefined)) {
    series.push({ name: "held out", x, y: epochs.map(({ valLoss }) => valLoss ?? NaN) });
  }
  const panel = { series, xLabel: "epoch", yLabel: "loss", logY: true, wholeX: true };
  return await figure([panel], { title: "Loss of training" });
}
