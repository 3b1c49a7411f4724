/**
 * How long a run is, and when it ends before its time.
 */
import assert from "node:assert/strict";
import { resolveConfig } from "../../../src/config/resolve.ts";
import type { PartialConfig } from "../../../src/config/schema.ts";
import {
  budgetOf,
  isSpent,
  placeOf,
  secondsLeft,
  stopsEarly,
} from "../../../src/network/training/run/budget.ts";
import { bestEpochs, type EpochReport } from "../../../src/network/training/run/reports.ts";

const config = (training: PartialConfig["training"]) =>
  resolveConfig([{ layer: "program", values: { training } }]);
const budget = (training: PartialConfig["training"]) => budgetOf(config(training), { stepsPerEpoch: 10 });
const epoch = (number: number, valLoss: number | undefined, trainLoss = 1): EpochReport => ({
  epoch: number,
  steps: 10 * number,
  trainLoss,
  valLoss,
  learningRate: 1,
  gradientNorm: 1,
  patternsPerSecond: 1,
  seconds: 1,
});
const epochs = (...losses: number[]) => losses.map((loss, k) => epoch(k + 1, loss));

Deno.test("epochs, steps or minutes bound a run, and the default epochs give way to the others", () => {
  assert.equal(budget({}).totalSteps, 100);
  assert.equal(budget({ nepochs: 3 }).totalSteps, 30);
  assert.equal(budget({ maxSteps: 250 }).totalSteps, 250);
  assert.equal(budget({ maxSteps: 250, nepochs: 3 }).totalSteps, 30);
  assert.equal(budget({ maxMinutes: 5 }).totalSteps, Infinity);
  const spent = (training: PartialConfig["training"], step: number, seconds: number, done: number) =>
    isSpent(budget(training), { step, seconds, epochs: epochs(...Array<number>(done).fill(1)) });
  assert(spent({ nepochs: 3 }, 30, 0, 3) && !spent({ nepochs: 3 }, 29, 0, 2));
  assert(spent({ maxSteps: 7 }, 7, 0, 0) && !spent({ maxSteps: 7 }, 6, 1e9, 0));
  assert(spent({ maxMinutes: 2 }, 1, 120, 0) && !spent({ maxMinutes: 2 }, 1e6, 119, 1000));
});

Deno.test("a run of so many minutes has its one cycle by the clock", () => {
  const { training } = config({ maxMinutes: 1, learningRate: 1 }).values;
  const rate = (seconds: number) =>
    placeOf(training, budget({ maxMinutes: 1 }), { step: 5, seconds, epochs: [] }).learningRate;
  assert(rate(6) > 0.99 && rate(0) < 0.05 && rate(59.9) < 0.01);
});

Deno.test("every setting of a schedule reaches the rate", () => {
  const rate = (settings: PartialConfig["training"], step: number, ...losses: number[]) => {
    const { training } = config({ learningRate: 1, nepochs: 10, ...settings }).values;
    return placeOf(training, budget({ nepochs: 10 }), { step, seconds: 0, epochs: epochs(...losses) })
      .learningRate;
  };
  assert.equal(rate({ scheduler: "Default" }, 50), 1);
  const warm = { scheduler: "WarmupCosine" } as const;
  assert(rate({ ...warm, lrWarmupEpochs: 2 }, 0) < 0.11 && rate(warm, 0) === 1);
  assert(Math.abs(rate({ ...warm, lrMinRatio: 0.3 }, 99) - 0.3) < 1e-9);
  const plateau = { scheduler: "ReduceLROnPlateau", plateauPatience: 1, plateauFactor: 0.25 } as const;
  assert.equal(rate(plateau, 30, 5, 5), 1);
  assert.equal(rate(plateau, 30, 5, 5, 5), 0.25);
  assert.equal(rate({ ...plateau, plateauPatience: 2 }, 30, 5, 5, 5), 1);
  assert.equal(rate({ ...plateau, plateauMinLr: 0.4 }, 30, 5, 5, 5), 0.4);
});

Deno.test("time left follows the pace, or the minutes that are left", () => {
  const pace = { steps: 10, seconds: 5 };
  const position = { step: 10, seconds: 5, epochs: [] };
  assert.equal(secondsLeft(budget({ nepochs: 3 }), position, pace), 10);
  assert.equal(secondsLeft(budget({ maxMinutes: 1 }), position, pace), 55);
  assert.equal(secondsLeft(budget({ nepochs: 3 }), position, { steps: 0, seconds: 0 }), undefined);
});

Deno.test("a loss that stays ends the run, and small gains count only above the least", () => {
  const stops = (losses: number[], earlyStopPatience: number | null, earlyStopMinDelta = 0) =>
    stopsEarly(epochs(...losses), { earlyStopPatience, earlyStopMinDelta });
  assert(!stops([3, 2, 2], 2) && stops([3, 2, 2, 2], 2));
  assert(!stops([3, 2, 2, 1.9], 2));
  assert(stops([3, 2.95, 2.9], 2, 0.2) && !stops([3, 2.95, 2.7], 2, 0.2));
  assert(!stops(Array<number>(500).fill(1), null));
});

Deno.test("the best epochs are those of lowest held-out loss, or what else is asked for", () => {
  const all = [epoch(1, 5, 1), epoch(2, 3, 4), epoch(3, 3, 2), epoch(4, 9, 3)];
  const best = (count: number, monitor: "val_loss" | "train_loss", mode: "min" | "max") =>
    bestEpochs(all, { count, monitor, mode }).map((report) => report.epoch);
  assert.deepEqual(best(2, "val_loss", "min"), [2, 3]);
  assert.deepEqual(best(1, "val_loss", "max"), [4]);
  assert.deepEqual(best(-1, "train_loss", "min"), [1, 3, 4, 2]);
  // val_loss is the loss of training where nothing is held out
  const unjudged = [epoch(1, undefined, 2), epoch(2, undefined, 1)];
  assert.equal(bestEpochs(unjudged, { count: 1, monitor: "val_loss", mode: "min" })[0].epoch, 2);
});
