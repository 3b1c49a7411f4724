/**
 * Training: from a scan to a model.
 *
 * @module
 */
import { type Logger, silentLogger } from "../../common/mod.ts";
import type { ResolvedConfig, TrainingConfig } from "../../config/mod.ts";

import type { AnyDevice } from "../../engine/mod.ts";
import type { StoredArray } from "../../formats/mod.ts";
import type { Model } from "../model/model.ts";
import type { BatchShape, Statistics } from "../model/profile.ts";
import { refinedStatistics } from "../model/probe_refinement.ts";
import { makeProfile } from "../model/profiles/mod.ts";
import { Random } from "../../numeric/mod.ts";
import type { Scan } from "../../scan/mod.ts";
import { batchCompletion, type CompleteBatch } from "./data/batch_inputs.ts";
import { streamBatches } from "./data/batch_stream.ts";
import { type Batch, batchesOf } from "./data/batches.ts";
import { budgetOf } from "./run/budget.ts";
import { planTraining, type ScanGroups, type TrainingPlan } from "./plan.ts";
import { isOfEncoder, networkOf, startingWeights } from "./fine_tuning.ts";
import { labelsOf } from "./data/labels.ts";
import type { PatchLog } from "./patch_stats.ts";
import { refineProbes } from "./refine_probe.ts";
import { Run } from "./run/run.ts";
import type { Snapshot } from "./run/run_state.ts";
import type { RunListeners, TrainResult } from "./run/run_types.ts";
import { freezeAll, probeRefinement } from "./data/scan_statistics.ts";
import { Trainer } from "./trainer.ts";
import { differencesOf } from "./data/validation_scan.ts";

export type { EpochReport } from "./run/reports.ts";
export { DivergedError, type RunListeners, type TrainResult } from "./run/run_types.ts";

/** How {@linkcode train} works. */
export interface TrainOptions extends RunListeners {
  readonly config: ResolvedConfig;
  /** What to train on, as {@linkcode planTraining} says. Default: it is asked here. */
  readonly plan?: TrainingPlan;
  /**
   * Another scan of the same N to compute the held-out loss on, with the probe and the frozen quantities of the
   * training scan. Of the latter nothing is then held out, unless `data.valFraction` is set.
   */
  readonly validationScan?: Scan;
  readonly device: AnyDevice;
  /** Where an earlier run with the same data and settings stopped. Default: from the beginning. */
  readonly resume?: Snapshot;
  /** Start from the weights of this model instead of drawn ones. Not used where a run is resumed. */
  readonly init?: Model;
  /** Looks at patches as they are learnt. */
  readonly patchLog?: PatchLog;
}

/**
 * Trains a network on a scan's patterns alone. Throws `DataError` or `OptionError` where scan and settings do not fit,
 * {@linkcode DivergedError} where the loss becomes infinite or NaN.
 */
export async function train(scan: Scan, options: TrainOptions): Promise<TrainResult> {
  const { config, device, resume, init, logger = silentLogger, validationScan } = options;
  const { values } = config;
  const plan = options.plan ?? planTraining(scan, options);
  describePlan(plan, { scan, logger });
  if (values.model.modelType === "supervised") logger.info(`labels: ${labelsOf(scan).from}`);
  const merged = plan.shape.channels > 1 && values.model.modelType === "unsupervised";
  if (values.training.positionJitter > 0 && !merged) {
    logger.info("--position-jitter has no effect where patterns are trained one by one");
  }
  if (values.training.freezeEncoder && !init && !resume) {
    logger.warn("the encoder is frozen as it was drawn: --freeze-encoder is meant for --init-from");
  }
  if (validationScan) differencesOf(scan, validationScan).forEach((line) => logger.warn(line));
  const statistics = resume?.model.statistics ?? await freeze(scan, { ...options, plan });
  const shape = validationShape(plan);
  const refinement = probeRefinement(values);
  const modelConfig = networkOf(values.model, resume?.model ?? init);
  using trainer = await Trainer.create(device, {
    profile: makeProfile(modelConfig),
    shape: plan.shape,
    validationShape: shape,
    training: values.training,
    statistics,
    refinement,
    isFixed: values.training.freezeEncoder ? isOfEncoder : undefined,
    withPatches: options.patchLog !== undefined,
    random: new Random(values.training.seed, "weights"),
  });
  if (init && !resume) trainer.startFrom(startingWeights(await trainer.readWeights(), init));
  if (resume) trainer.restore({ weights: resume.model.weights, moments: resume.moments });
  const model = (weights: ReadonlyMap<string, StoredArray>): Model => ({
    config: modelConfig,
    size: scan.size,
    weights,
    statistics: refinement ? refinedStatistics(statistics, { weights, rate: refinement.rate }) : statistics,
    pixelSizeM: scan.pixelSizeM,
  });
  const budget = budgetOf(config, { stepsPerEpoch: stepsPerEpoch(plan, values.training) });
  const complete = batchCompletion(values, plan.shape);
  const heldOut = shape && (() => readAll(plan.heldOut, { shape, complete }));
  return await new Run({ ...options, scan, plan, budget, trainer, heldOut, complete, model }).toEnd();
}

/** The frozen quantities of a run that begins, with the probes that the network is to work with. */
async function freeze(
  scan: Scan,
  options: Pick<TrainOptions, "config" | "device" | "logger" | "onProgress" | "signal"> & {
    readonly plan: TrainingPlan;
  },
): Promise<Statistics> {
  const { config: { values: { model } }, device, signal, plan: { trainIndices: indices } } = options;
  const probes = await refineProbes(scan, { ...options, indices });
  return await freezeAll(scan, { model, device, indices, signal, probes });
}

/** Updates of the weights in an epoch. */
function stepsPerEpoch({ groups, shape }: TrainingPlan, training: TrainingConfig): number {
  return Math.ceil(Math.ceil(groups.count / shape.groups) / training.accumulateGradBatches);
}

async function* readAll(
  parts: readonly ScanGroups[],
  { shape, complete }: { shape: BatchShape; complete: CompleteBatch },
): AsyncGenerator<Batch> {
  for (const { scan, groups } of parts) {
    const all = Int32Array.from({ length: groups.count }, (_, i) => i);
    yield* streamBatches(scan, {
      groups,
      batches: batchesOf(all, shape.groups),
      shape,
      complete: (batch) => complete(batch, { scan }),
    });
  }
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
  const ofScans = scan.parts ? `of ${scan.parts.length} scans ` : "";
  const region = groups.size > 1 ? ` (merged regions of ${shape.regionSize} x ${shape.regionSize} px)` : "";
  logger.info(
    `training on ${trainIndices.length} patterns ${ofScans}in ${groups.count} groups of ${groups.size}${region}, ${
      parts.join(", ") || "nothing held out"
    }`,
  );
}
