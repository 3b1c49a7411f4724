/**
 * Training: from a scan to a model.
 *
 * @module
 */
import { type Logger, silentLogger } from "../../common/mod.ts";
import {
  type ConfigInput,
  type ModelConfig,
  refuseUnknown,
  type ResolvedConfig,
  resolvedConfig,
  type TrainingConfig,
} from "../../config/mod.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import { Random } from "../../numeric/mod.ts";
import { partsOf, type Scan, type ScanSet } from "../../scan/mod.ts";
import type { Model } from "../model/model.ts";
import { refinedStatistics } from "../model/probe_refinement.ts";
import { makeProfile } from "../model/profiles/make_profile.ts";
import { freezeAll, probeRefinement, refuseNearField } from "../model/scan_statistics.ts";
import type { Statistics } from "../model/statistics.ts";
import type { BatchShape } from "../model/trace_context.ts";
import { batchCompletion, type CompleteBatch } from "./data/batch_inputs.ts";
import { type Batch, batchesOf, streamBatches } from "./data/batches.ts";
import { labelsOf } from "./data/labels.ts";
import { differencesOf } from "./data/validation_scan.ts";
import { isOfEncoder, networkOf, startingWeights } from "./fine_tuning.ts";
import type { PatchLog } from "../model/patch_log.ts";
import { planTraining, type ScanGroups, type TrainingPlan } from "./plan.ts";
import { refineProbes } from "./refine_probe.ts";
import { budgetOf } from "./run/budget.ts";
import { Run, type RunListeners, type TrainResult } from "./run/run.ts";
import type { Snapshot } from "./run/run_state.ts";
import { Trainer } from "./trainer.ts";

/** Options of {@linkcode train}. */
export interface TrainOptions extends RunListeners {
  /** Settings. Default: the defaults. */
  readonly config?: ConfigInput;
  /** Patterns and groups, as {@linkcode planTraining} gives them. Default: planned here. */
  readonly plan?: TrainingPlan;
  /**
   * Another scan of the same N to compute the held-out loss on, with the probe and the frozen quantities of the
   * training scan. Of the latter nothing is then held out, unless `data.valFraction` is set.
   */
  readonly validationScan?: Scan;
  readonly device: AnyDevice;
  /** State of an earlier run with the same data and settings, to go on from. Default: from the beginning. */
  readonly resume?: Snapshot;
  /** Start from the weights of this model instead of drawn ones. Not used where a run is resumed. */
  readonly init?: Model;
  /** Records patches during training. */
  readonly patchLog?: PatchLog;
}

/** The names of {@linkcode TrainOptions}. */
export const TRAIN_OPTIONS = Object.freeze(
  [
    "config",
    "plan",
    "validationScan",
    "device",
    "resume",
    "init",
    "patchLog",
    "onEpoch",
    "onCheckpoint",
    "onProgress",
    "logger",
    "signal",
  ] as const satisfies readonly (keyof TrainOptions)[],
);

/**
 * Trains a network on a scan's patterns alone. Throws `DataError` or `OptionError` where scan and settings do not fit and
 * for an unknown option, `ConfigError` for settings that are wrong, {@linkcode DivergedError} where the loss becomes
 * infinite or NaN.
 */
export async function train(scan: Scan | ScanSet, options: TrainOptions): Promise<TrainResult> {
  refuseUnknown(options, TRAIN_OPTIONS, "train");
  const { device, resume, init, patchLog, logger = silentLogger, onProgress, signal, validationScan } =
    options;
  const config = resolvedConfig(options.config, logger);
  const { model: settings, training, execution } = config.values;
  for (const part of partsOf(scan)) refuseNearField(part.scan);
  const plan = options.plan ?? planTraining(scan, { config, validationScan });
  describePlan(plan, { scan, logger });
  describeSettings(scan, {
    settings,
    training,
    plan,
    logger,
    starts: init !== undefined || resume !== undefined,
  });
  if (validationScan) {
    for (const line of differencesOf(partsOf(scan)[0].scan, validationScan)) logger.warn(line);
  }
  const statistics = resume?.model.statistics ??
    await freeze(scan, { config, device, logger, onProgress, signal, indices: plan.trainIndices });
  const shape = validationShape(plan);
  const refinement = probeRefinement(config.values);
  const modelConfig = networkOf(settings, resume?.model ?? init);
  using trainer = await Trainer.create(device, {
    profile: makeProfile(modelConfig),
    shape: plan.shape,
    validationShape: shape,
    training,
    statistics,
    refinement,
    isFixed: training.freezeEncoder ? isOfEncoder : undefined,
    withPatches: patchLog !== undefined,
    random: new Random(training.seed, "weights"),
  });
  if (init && !resume) trainer.startFrom(startingWeights(await trainer.readWeights(), init));
  if (resume) trainer.restore({ weights: resume.model.weights, moments: resume.moments });
  const complete = batchCompletion(config.values, plan.shape);
  const run = new Run({
    scan,
    training,
    execution,
    plan,
    budget: budgetOf(config, { stepsPerEpoch: stepsPerEpoch(plan, training) }),
    trainer,
    resume,
    complete,
    patchLog,
    heldOut: shape && (() => readAll(plan.heldOut, { shape, complete })),
    model: (weights) => ({
      config: modelConfig,
      size: scan.size,
      weights,
      statistics: refinement ? refinedStatistics(statistics, { weights, rate: refinement.rate }) : statistics,
      pixelSizeM: scan.pixelSizeM,
    }),
    onEpoch: options.onEpoch,
    onCheckpoint: options.onCheckpoint,
    onProgress,
    logger,
    signal,
  });
  return await run.toEnd();
}

/** Measures the frozen quantities of a run that begins, with the probes that the network is to work with. */
async function freeze(
  scan: Scan | ScanSet,
  { config, device, logger, onProgress, signal, indices }: {
    readonly config: ResolvedConfig;
    readonly device: AnyDevice;
    readonly indices: Int32Array;
    readonly logger: Logger;
    readonly onProgress: TrainOptions["onProgress"];
    readonly signal: AbortSignal | undefined;
  },
): Promise<Statistics> {
  const { model } = config.values;
  const probes = await refineProbes(scan, { config, device, indices, logger, onProgress, signal });
  return await freezeAll(scan, { model, device, indices, signal, probes });
}

/** Logs what the settings mean for this scan. `starts`: the weights come from an earlier model. */
function describeSettings(
  scan: Scan | ScanSet,
  { settings, training, plan, logger, starts }: {
    readonly settings: ModelConfig;
    readonly training: TrainingConfig;
    readonly plan: TrainingPlan;
    readonly logger: Logger;
    readonly starts: boolean;
  },
): void {
  const supervised = settings.modelType === "supervised";
  if (supervised) logger.info(`labels: ${labelsOf(scan).from}`);
  if (training.positionJitter > 0 && (supervised || plan.shape.channels === 1)) {
    logger.info("--position-jitter has no effect where patterns are trained one by one");
  }
  if (training.freezeEncoder && !starts) {
    logger.warn("the encoder is frozen as it was drawn: --freeze-encoder is meant for --init-from");
  }
}

/** Updates of the weights in an epoch. */
function stepsPerEpoch({ groups, shape }: TrainingPlan, training: TrainingConfig): number {
  return Math.ceil(Math.ceil(groups.count / shape.batchSize) / training.accumulateGradBatches);
}

async function* readAll(
  parts: readonly ScanGroups[],
  { shape, complete }: { shape: BatchShape; complete: CompleteBatch },
): AsyncGenerator<Batch> {
  for (const { scan, groups } of parts) {
    const all = Int32Array.from({ length: groups.count }, (_, i) => i);
    yield* streamBatches(scan, {
      groups,
      batches: batchesOf(all, shape.batchSize),
      shape,
      complete: (batch) => complete(batch, { scan }),
    });
  }
}

function validationShape({ heldOut, shape }: TrainingPlan): BatchShape | undefined {
  if (heldOut.length === 0) return undefined;
  return {
    ...shape,
    batchSize: Math.min(shape.batchSize, Math.max(...heldOut.map(({ groups }) => groups.count))),
  };
}

function describePlan(
  { groups, heldOut, trainIndices, shape }: TrainingPlan,
  { scan, logger }: { scan: Scan | ScanSet; logger: Logger },
): void {
  const parts = heldOut.map((part) => {
    const patterns = `${new Set(part.groups.indices).size} patterns`;
    return part.scan === scan ? `${patterns} held out` : `judged by ${patterns} of ${part.scan.source}`;
  });
  const scans = partsOf(scan).length;
  const ofScans = scans > 1 ? `of ${scans} scans ` : "";
  const region = groups.size > 1 ? ` (merged regions of ${shape.regionSize} x ${shape.regionSize} px)` : "";
  logger.info(
    `training on ${trainIndices.length} patterns ${ofScans}in ${groups.count} groups of ${groups.size}${region}, ${
      parts.join(", ") || "nothing held out"
    }`,
  );
}
