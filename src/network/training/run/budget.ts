/**
 * The length of a run: epochs, steps or minutes, whichever is over first.
 *
 * @module
 */
import type { ResolvedConfig, TrainingConfig } from "../../../config/mod.ts";

import { dependsOnLength, learningRateAt, momentumAt, type Schedule } from "../schedule.ts";
import { type EpochReport, judgedLoss } from "./reports.ts";
import type { StepPlace } from "../trainer.ts";

/** The bounds of a run; `Infinity` where there is none. */
export interface Budget {
  readonly epochs: number;
  readonly steps: number;
  readonly seconds: number;
  readonly stepsPerEpoch: number;
  /** Steps of the whole run as far as epochs and steps bound it. */
  readonly totalSteps: number;
}

/** Progress of a run. */
export interface Position {
  /** Updates done. */
  readonly step: number;
  /** Seconds of work, resumed parts included. */
  readonly seconds: number;
  /** Epochs done. */
  readonly epochs: readonly EpochReport[];
}

/**
 * Reads the budget from the settings. The default number of epochs does not bound a run that is limited by steps or
 * minutes.
 */
export function budgetOf(
  { values: { training }, provenance }: ResolvedConfig,
  { stepsPerEpoch }: { stepsPerEpoch: number },
): Budget {
  const { nepochs, maxSteps, maxMinutes } = training;
  const layer = provenance["training.nepochs"]?.layer;
  const unasked = layer === "default" || layer === "preset";
  const otherwise = maxSteps !== null || maxMinutes !== null;
  const epochs = unasked && otherwise ? Infinity : nepochs, steps = maxSteps ?? Infinity;
  return {
    epochs,
    steps,
    seconds: maxMinutes === null ? Infinity : 60 * maxMinutes,
    stepsPerEpoch,
    totalSteps: Math.min(steps, epochs * stepsPerEpoch),
  };
}

/** True where no further step may be made. */
export function isSpent(budget: Budget, { step, seconds, epochs }: Position): boolean {
  return step >= budget.steps || seconds >= budget.seconds || epochs.length >= budget.epochs;
}

/** Steps that a schedule has where only time bounds the run: fine enough, and the place among them follows the clock. */
const CLOCK_STEPS = 10_000;

/**
 * Returns the rate and momentum of the next step. Where neither epochs nor steps bound the run, a schedule that is
 * laid out over the whole of it follows the clock.
 */
export function placeOf(training: TrainingConfig, budget: Budget, position: Position): StepPlace {
  const { step, seconds, epochs } = position;
  const total = budget.totalSteps;
  const byClock = !Number.isFinite(total) && dependsOnLength(training.scheduler);
  const schedule: Schedule = {
    training,
    totalSteps: byClock ? CLOCK_STEPS : total,
    // epochs have no length on the clock: a warm-up that was asked for takes a tenth of the time
    stepsPerEpoch: byClock ? CLOCK_STEPS / 10 / (training.lrWarmupEpochs || 1) : budget.stepsPerEpoch,
  };
  const at = byClock ? Math.min(CLOCK_STEPS - 1, Math.floor(CLOCK_STEPS * seconds / budget.seconds)) : step;
  return {
    step,
    learningRate: learningRateAt(at, schedule, epochs.map(judgedLoss)),
    momentum: momentumAt(at, { training, totalSteps: schedule.totalSteps }),
  };
}

/** True where `patience` epochs in a row were no better than the best before them by more than `minDelta`. */
export function stopsEarly(
  epochs: readonly EpochReport[],
  { earlyStopPatience, earlyStopMinDelta }: Pick<TrainingConfig, "earlyStopPatience" | "earlyStopMinDelta">,
): boolean {
  if (earlyStopPatience === null) return false;
  let [lowest, waited] = [Infinity, 0];
  for (const loss of epochs.map(judgedLoss)) {
    const better = loss < lowest - earlyStopMinDelta;
    waited = better ? 0 : waited + 1;
    if (better) lowest = loss;
  }
  return waited >= earlyStopPatience;
}

/**
 * Returns the seconds to the end at the pace of `seconds` for `steps` steps; undefined before there is a pace.
 */
export function secondsLeft(
  budget: Budget,
  position: Position,
  pace: { readonly steps: number; readonly seconds: number },
): number | undefined {
  if (pace.steps === 0) return undefined;
  const bySteps = (budget.totalSteps - position.step) * pace.seconds / pace.steps;
  const left = Math.min(bySteps, budget.seconds - position.seconds);
  return Number.isFinite(left) ? Math.max(0, left) : undefined;
}
