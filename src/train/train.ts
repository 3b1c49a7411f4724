/**
 * Training: from a scan to a model.
 *
 * @module
 */
import type { Logger, ProgressListener } from "../config/logger.ts";
import { silentLogger } from "../config/logger.ts";
import type { ResolvedConfig } from "../config/resolve.ts";
import type { AnyDevice } from "../device/any.ts";
import type { StoredArray } from "../io/hdf5.ts";
import type { Model } from "../nn/model.ts";
import type { BatchShape } from "../nn/profile.ts";
import { makeProfile } from "../nn/profiles/mod.ts";
import { Random } from "../scan/random.ts";
import type { Scan } from "../scan/types.ts";
import { type Batch, batchesOf, readBatch } from "./batches.ts";
import { planTraining, type ScanGroups, type TrainingPlan } from "./plan.ts";
import { freezeStatistics } from "./statistics.ts";
import { type StepReport, Trainer } from "./trainer.ts";
import { differencesOf } from "./validation_scan.ts";

/** What an epoch came to. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Steps done so far in the run. */
  readonly steps: number;
  /** Mean over the epoch's batches, before each update. */
  readonly trainLoss: number;
  /** Loss of the held-out groups after the epoch; undefined where nothing is held out. */
  readonly valLoss: number | undefined;
  /** Of the last step. */
  readonly learningRate: number;
  /** Mean norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Patterns trained on for each second of the epoch, validation not counted. */
  readonly patternsPerSecond: number;
  readonly seconds: number;
}

/** How {@linkcode train} works. */
export interface TrainOptions {
  readonly config: ResolvedConfig;
  /** What to train on, as {@linkcode planTraining} says. Default: it is asked here. */
  readonly plan?: TrainingPlan;
  /**
   * Another scan of the same N to compute the held-out loss on, with the probe and the frozen quantities of the
   * training scan. Of the latter nothing is then held out, unless `data.valFraction` is set.
   */
  readonly validationScan?: Scan;
  readonly device: AnyDevice;
  readonly logger?: Logger;
  readonly onProgress?: ProgressListener;
  /** Ends the run after the present step; what was reached is returned, marked as interrupted. */
  readonly signal?: AbortSignal;
  /** Is given the state after each epoch, to keep it. `best` is true where its loss is the lowest so far. */
  readonly onEpoch?: (report: EpochReport, state: { model: Model; best: boolean }) => Promise<void>;
}

/** What a run ends with. */
export interface TrainResult {
  /** The state of lowest loss: held-out where there is one, else of training. */
  readonly model: Model;
  /** The state at the end. */
  readonly last: Model;
  readonly epochs: readonly EpochReport[];
  readonly bestEpoch: number;
  readonly interrupted: boolean;
  /** Patterns trained on for each second, over all epochs. */
  readonly patternsPerSecond: number;
}

/** The loss stopped being a number. */
export class DivergedError extends Error {
  override name = "DivergedError";
}

/** Reports that may be under way at once, so that a device is never waited for and never runs far ahead. */
const REPORTS_IN_FLIGHT = 8;

/**
 * Trains a network on a scan's patterns alone. Throws `DataError` or `OptionError` where scan and settings do not fit,
 * {@linkcode DivergedError} where the loss becomes infinite or NaN.
 */
export async function train(scan: Scan, options: TrainOptions): Promise<TrainResult> {
  const { config: { values }, device, logger = silentLogger, signal, validationScan } = options;
  const plan = options.plan ?? planTraining(scan, options);
  describePlan(plan, { scan, logger });
  if (validationScan) differencesOf(scan, validationScan).forEach((line) => logger.warn(line));
  const statistics = await freezeStatistics(scan, {
    model: values.model,
    device,
    indices: plan.trainIndices,
    signal,
  });
  const stepsPerEpoch = Math.ceil(plan.groups.count / plan.shape.groups);
  const { scheduler, learningRate, nepochs, seed } = values.training;
  using trainer = await Trainer.create(device, {
    profile: makeProfile(values.model),
    shape: plan.shape,
    validationShape: validationShape(plan),
    training: values.training,
    statistics,
    schedule: { scheduler, learningRate, totalSteps: nepochs * stepsPerEpoch },
    random: new Random(seed, "weights"),
  });
  const model = (weights: ReadonlyMap<string, StoredArray>): Model => ({
    config: values.model,
    size: scan.size,
    weights,
    statistics,
    pixelSizeM: scan.pixelSizeM,
  });
  return await new Run({ ...options, scan, plan, trainer, model, nepochs, seed }).toEnd();
}

function validationShape({ heldOut, shape }: TrainingPlan): BatchShape | undefined {
  if (heldOut.length === 0) return undefined;
  return { ...shape, groups: Math.min(shape.groups, Math.max(...heldOut.map(({ groups }) => groups.count))) };
}

function describePlan(
  { groups, heldOut, trainIndices, shape }: TrainingPlan,
  { scan, logger }: { scan: Scan; logger: Logger },
): void {
  const parts = heldOut.map((part) => {
    const patterns = `${new Set(part.groups.indices).size} patterns`;
    return part.scan === scan ? `${patterns} held out` : `judged by ${patterns} of ${part.scan.source}`;
  });
  const region = groups.size > 1 ? ` (merged regions of ${shape.regionSize} x ${shape.regionSize} px)` : "";
  logger.info(
    `training on ${trainIndices.length} patterns in ${groups.count} groups of ${groups.size}${region}, ${
      parts.join(", ") || "nothing held out"
    }`,
  );
}

interface RunParts extends Omit<TrainOptions, "config" | "plan" | "validationScan"> {
  readonly scan: Scan;
  readonly plan: TrainingPlan;
  readonly trainer: Trainer;
  readonly nepochs: number;
  readonly seed: number;
  model(weights: ReadonlyMap<string, StoredArray>): Model;
}

/** The loop over epochs. */
class Run {
  readonly #epochs: EpochReport[] = [];
  #best: { epoch: number; loss: number; model: Model } | undefined;
  #last: Model | undefined;
  #patterns = 0;
  #seconds = 0;

  constructor(private readonly parts: RunParts) {}

  async toEnd(): Promise<TrainResult> {
    const { nepochs, signal } = this.parts;
    for (let epoch = 1; epoch <= nepochs && !signal?.aborted; epoch++) await this.#epoch(epoch);
    const last = this.#last ?? this.parts.model(await this.parts.trainer.readWeights());
    return {
      model: this.#best?.model ?? last,
      last,
      epochs: this.#epochs,
      bestEpoch: this.#best?.epoch ?? 0,
      interrupted: signal?.aborted ?? false,
      patternsPerSecond: this.#seconds ? this.#patterns / this.#seconds : 0,
    };
  }

  async #epoch(epoch: number): Promise<void> {
    const { trainer, plan, signal } = this.parts;
    const begun = performance.now();
    const trained = await this.#trainEpoch(epoch);
    const seconds = (performance.now() - begun) / 1000;
    this.#patterns += trained.groups * plan.groups.size;
    this.#seconds += seconds;
    const shape = validationShape(plan);
    const valLoss = shape && !signal?.aborted
      ? await trainer.validationLoss(readAll(plan.heldOut, shape))
      : undefined;
    if (trained.groups === 0) return;
    const report: EpochReport = {
      epoch,
      steps: trainer.step,
      trainLoss: trained.loss / trained.groups,
      valLoss,
      learningRate: trained.learningRate,
      gradientNorm: trained.norm / trained.steps,
      patternsPerSecond: trained.groups * plan.groups.size / seconds,
      seconds,
    };
    await this.#keep(report);
  }

  async #trainEpoch(epoch: number) {
    const { trainer, plan, scan, seed, signal, onProgress, nepochs } = this.parts;
    const order = new Random(seed, `order of epoch ${epoch}`).shuffle(
      Int32Array.from({ length: plan.groups.count }, (_, i) => i),
    );
    const batches = batchesOf(order, plan.shape.groups);
    const read = (k: number) =>
      readBatch(scan, { groups: plan.groups, numbers: batches[k], shape: plan.shape });
    const total = { loss: 0, norm: 0, groups: 0, steps: 0, learningRate: trainer.learningRate };
    const inFlight: { report: Promise<StepReport>; groups: number }[] = [];
    const settle = async () => {
      const first = inFlight.shift();
      if (!first) return;
      const { loss, gradientNorm } = await first.report;
      if (!Number.isFinite(loss)) throw diverged(epoch, loss);
      total.loss += loss * first.groups;
      total.norm += gradientNorm;
      total.groups += first.groups;
      total.steps++;
      onProgress?.({
        phase: `epoch ${epoch}/${nepochs}`,
        done: total.steps,
        total: batches.length,
        unit: "steps",
        values: { loss: total.loss / total.groups },
      });
    };
    let next: Promise<Batch> | undefined = read(0);
    for (let k = 0; k < batches.length && next && !signal?.aborted; k++) {
      const batch: Batch = await next;
      next = k + 1 < batches.length ? read(k + 1) : undefined;
      next?.catch(() => {}); // awaited in the next turn
      total.learningRate = trainer.learningRate;
      inFlight.push({ report: trainer.run(batch), groups: batch.groups });
      if (inFlight.length >= REPORTS_IN_FLIGHT) await settle();
      await yieldToEvents();
    }
    while (inFlight.length > 0) await settle();
    return total;
  }

  async #keep(report: EpochReport): Promise<void> {
    const { logger = silentLogger, trainer, onEpoch } = this.parts;
    const model = this.parts.model(await trainer.readWeights());
    this.#last = model;
    this.#epochs.push(report);
    const loss = report.valLoss ?? report.trainLoss;
    if (!Number.isFinite(loss)) throw diverged(report.epoch, loss);
    const best = this.#best === undefined || loss < this.#best.loss;
    if (best) this.#best = { epoch: report.epoch, loss, model };
    const validation = report.valLoss === undefined ? "" : `, held out ${report.valLoss.toPrecision(5)}`;
    logger.info(
      `epoch ${report.epoch}: loss ${report.trainLoss.toPrecision(5)}${validation}, ` +
        `${report.patternsPerSecond.toFixed(1)} patterns/s`,
    );
    await onEpoch?.(report, { model, best });
  }
}

/** Lets signals and timers in between steps of a device that computes on this thread. */
function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function* readAll(parts: readonly ScanGroups[], shape: BatchShape): AsyncGenerator<Batch> {
  for (const { scan, groups } of parts) {
    const all = Int32Array.from({ length: groups.count }, (_, i) => i);
    for (const numbers of batchesOf(all, shape.groups)) {
      yield await readBatch(scan, { groups, numbers, shape });
    }
  }
}

function diverged(epoch: number, loss: number): DivergedError {
  return new DivergedError(
    `the loss became ${loss} in epoch ${epoch}: lower the learning rate, clip the gradient, or check the probe and the ` +
      "measurement setting; the last checkpoint is intact",
  );
}
