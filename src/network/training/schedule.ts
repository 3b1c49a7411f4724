/**
 * Learning rate and momentum over time, as functions of the step and of the losses so far: a run that goes on from a
 * checkpoint needs nothing else to find its place.
 *
 * @module
 */

import type { TrainingConfig } from "../../config/mod.ts";

/** The settings that a schedule depends on. */
type ScheduleSettings = Pick<
  TrainingConfig,
  | "scheduler"
  | "learningRate"
  | "lrWarmupEpochs"
  | "lrMinRatio"
  | "plateauFactor"
  | "plateauPatience"
  | "plateauMinLr"
>;

/** A schedule over a run. */
export interface Schedule {
  readonly training: ScheduleSettings;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** Steps of an epoch, for what goes by epochs. */
  readonly stepsPerEpoch: number;
}

const WARM_UP = 0.1;
const START_DIVISOR = 25;
const END_DIVISOR = 1e4;
/** Per epoch: a half after 34. */
const EXPONENTIAL_DECAY = 0.98;
/** Of the rate, in the last stage of `MultiStage`. */
const LAST_STAGE = 0.1;
/** Of the rate, at the start of the warm-up of `WarmupCosine`. */
const WARM_UP_START = 0.1;

/**
 * Returns the rate of step 0, 1, 2, ... `losses` are the monitored losses of the epochs done; `ReduceLROnPlateau`
 * needs them.
 *
 * - `Default`: constant.
 * - `Exponential`: times 0.98 after each epoch (PyTorch's ExponentialLR).
 * - `MultiStage`: constant for a third of the run, down along half a cosine in the second third, a tenth in the last.
 * - `WarmupCosine`: up in a line from a tenth of the rate over the epochs of warm-up, then down along half a cosine to
 *   `lrMinRatio` of it (Loshchilov and Hutter 2017, equation 5, without restarts).
 * - `ReduceLROnPlateau`: times `plateauFactor` whenever `plateauPatience` epochs and one more have had no lower loss (PyTorch's, with
 *   threshold 0 and no cool-down).
 * - `OneCycle`: from a 25th of the largest rate up to it over the first 10 % of the steps, then down to 1e-4 of the start,
 *   both along half a cosine (Smith and Topin 2017, in PyTorch's form).
 */
export function learningRateAt(step: number, schedule: Schedule, losses: readonly number[] = []): number {
  const { training: { scheduler, learningRate }, totalSteps, stepsPerEpoch } = schedule;
  switch (scheduler) {
    case "Default":
      return learningRate;
    case "Exponential":
      return learningRate * EXPONENTIAL_DECAY ** Math.floor(step / stepsPerEpoch);
    case "MultiStage": {
      const part = Math.min(1, Math.max(0, 3 * step / totalSteps - 1));
      return cosine({ from: learningRate, to: LAST_STAGE * learningRate, part });
    }
    case "WarmupCosine":
      return warmupCosine(step, schedule);
    case "ReduceLROnPlateau":
      return plateauRate(losses, schedule.training);
    case "OneCycle": {
      const start = learningRate / START_DIVISOR;
      return onCycle(step, totalSteps, { start, top: learningRate, end: start / END_DIVISOR });
    }
  }
}

/** Beta1 of Adam (or the momentum) at the ends of the cycle and at its top. */
const MOMENTUM_RANGE = { ends: 0.95, top: 0.85 } as const;

/**
 * Returns the momentum that goes with {@linkcode learningRateAt}: `OneCycle` lowers it while the rate is high and
 * raises it again (Smith 2018, section 4.3, in PyTorch's form); the others leave the momentum of SGD, or beta1 of
 * Adam, as it is set.
 */
export function momentumAt(
  step: number,
  { training, totalSteps }: {
    readonly training: Pick<TrainingConfig, "scheduler" | "optimizer" | "momentum" | "beta1">;
    readonly totalSteps: number;
  },
): number {
  if (training.scheduler !== "OneCycle") {
    return training.optimizer === "sgd" ? training.momentum : training.beta1;
  }
  const { ends, top } = MOMENTUM_RANGE;
  return onCycle(step, totalSteps, { start: ends, top, end: ends });
}

/** True where the rate of a step depends on how long the run is. */
export function dependsOnLength(scheduler: TrainingConfig["scheduler"]): boolean {
  return scheduler === "MultiStage" || scheduler === "WarmupCosine" || scheduler === "OneCycle";
}

function warmupCosine(
  step: number,
  { training: { learningRate, lrWarmupEpochs, lrMinRatio }, totalSteps, stepsPerEpoch }: Schedule,
): number {
  const warmup = Math.min(Math.round(lrWarmupEpochs * stepsPerEpoch), totalSteps - 1);
  if (step < warmup) return learningRate * (WARM_UP_START + (1 - WARM_UP_START) * step / warmup);
  const part = Math.min(1, (step - warmup) / Math.max(1, totalSteps - 1 - warmup));
  return cosine({ from: learningRate, to: lrMinRatio * learningRate, part });
}

/** `ReduceLROnPlateau` over all epochs so far. */
function plateauRate(
  losses: readonly number[],
  { learningRate, plateauFactor, plateauPatience, plateauMinLr }: ScheduleSettings,
): number {
  let [rate, lowest, waited] = [learningRate, Infinity, 0];
  for (const loss of losses) {
    waited = loss < lowest ? 0 : waited + 1;
    lowest = Math.min(lowest, loss);
    if (waited <= plateauPatience) continue;
    // a rate that starts below the least one is left where it is
    rate = Math.min(rate, Math.max(rate * plateauFactor, plateauMinLr));
    waited = 0;
  }
  return rate;
}

/** From `start` to `top` over the first tenth of the steps, then to `end`, both along half a cosine. */
function onCycle(
  step: number,
  totalSteps: number,
  { start, top, end }: { start: number; top: number; end: number },
): number {
  const peak = Math.max(WARM_UP * totalSteps - 1, 0);
  const last = Math.max(totalSteps - 1, peak + 1);
  if (step <= peak) return cosine({ from: start, to: top, part: peak === 0 ? 1 : step / peak });
  return cosine({ from: top, to: end, part: Math.min(1, (step - peak) / (last - peak)) });
}

function cosine({ from, to, part }: { from: number; to: number; part: number }): number {
  return to + (from - to) / 2 * (1 + Math.cos(Math.PI * part));
}
