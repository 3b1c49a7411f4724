/**
 * Learning rates over time.
 */
import assert from "node:assert/strict";
import type { TrainingConfig } from "../../../src/config/training.ts";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { learningRateAt, momentumAt } from "../../../src/network/training/schedule.ts";

const settings = (training: Partial<TrainingConfig>): TrainingConfig =>
  resolveConfig([{ layer: "program", values: { training } }]).values.training;
const at = (
  scheduler: TrainingConfig["scheduler"],
  step: number,
  more: Partial<TrainingConfig> = {},
  losses: number[] = [],
) => {
  const training = settings({ scheduler, learningRate: 1, ...more });
  return learningRateAt(step, { training, totalSteps: 100, stepsPerEpoch: 10 }, losses);
};
const close = (found: number, expected: number) =>
  assert(Math.abs(found - expected) < 1e-9 * Math.max(1, expected), `${found}, not ${expected}`);

Deno.test("Default is constant", () => {
  for (const step of [0, 50, 99, 1000]) assert.equal(at("Default", step), 1);
});

Deno.test("Exponential falls by 2 % after each epoch", () => {
  assert.equal(at("Exponential", 9), 1);
  close(at("Exponential", 10), 0.98);
  close(at("Exponential", 99), 0.98 ** 9);
});

Deno.test("MultiStage has a third at the full rate, a way down, and a third at a tenth", () => {
  assert.equal(at("MultiStage", 33), 1);
  close(at("MultiStage", 50), 0.55);
  close(at("MultiStage", 67), 0.1);
  close(at("MultiStage", 99), 0.1);
});

Deno.test("WarmupCosine rises in a line and falls to the ratio that is asked for", () => {
  const options = { lrWarmupEpochs: 2, lrMinRatio: 0.05 };
  close(at("WarmupCosine", 0, options), 0.1);
  close(at("WarmupCosine", 10, options), 0.55);
  close(at("WarmupCosine", 20, options), 1);
  close(at("WarmupCosine", 99, options), 0.05);
  assert(at("WarmupCosine", 60, options) < at("WarmupCosine", 59, options));
  assert.equal(at("WarmupCosine", 0, { lrMinRatio: 0.05 }), 1); // without warm-up
});

Deno.test("ReduceLROnPlateau falls once the loss has stayed for longer than the patience, down to its least", () => {
  const plateau = { plateauFactor: 0.5, plateauPatience: 2, plateauMinLr: 0.2 };
  const after = (...losses: number[]) => at("ReduceLROnPlateau", 0, plateau, losses);
  assert.equal(after(), 1);
  assert.equal(after(5, 4, 4, 4), 1); // two epochs are let pass
  assert.equal(after(5, 4, 4, 4, 4), 0.5);
  assert.equal(after(5, 4, 4, 4, 3.9, 4, 4), 1); // a lower one starts the count again
  assert.equal(after(5, ...Array<number>(3).fill(6)), 0.5);
  assert.equal(after(5, ...Array<number>(6).fill(6)), 0.25);
  assert.equal(after(5, ...Array<number>(30).fill(6)), 0.2);
});

Deno.test("one cycle rises to its top at a tenth and falls to almost nothing", () => {
  const training = settings({ scheduler: "OneCycle", learningRate: 1e-3 });
  const at = (step: number) => learningRateAt(step, { training, totalSteps: 1000, stepsPerEpoch: 10 });
  close(at(0), 1e-3 / 25);
  close(at(99), 1e-3);
  close(at(999), 1e-3 / 25 / 1e4);
  for (let step = 1; step < 1000; step++) {
    assert(step <= 99 ? at(step) > at(step - 1) : at(step) < at(step - 1));
  }
  for (const totalSteps of [1, 2, 3]) {
    for (let step = 0; step < totalSteps; step++) {
      const rate = learningRateAt(step, { training, totalSteps, stepsPerEpoch: 1 });
      assert(rate > 0 && rate <= 1e-3);
    }
  }
});

Deno.test("the momentum falls while the rate rises, and the other way round", () => {
  const training = settings({ scheduler: "OneCycle" });
  const at = (step: number) => momentumAt(step, { training, totalSteps: 1000 });
  close(at(0), 0.95);
  close(at(99), 0.85);
  close(at(999), 0.95);
  const constant = { scheduler: "Default", momentum: 0.7, beta1: 0.8 } as const;
  assert.equal(momentumAt(5, { training: settings({ ...constant, optimizer: "sgd" }), totalSteps: 9 }), 0.7);
  assert.equal(momentumAt(5, { training: settings({ ...constant, optimizer: "adam" }), totalSteps: 9 }), 0.8);
});
