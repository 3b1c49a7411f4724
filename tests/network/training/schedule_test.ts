/**
 * Learning rates over time.
 */
import assert from "node:assert/strict";
import {
  learningRateAt,
  type ScheduleOptions,
  type Scheduler,
} from "../../../src/network/training/schedule.ts";

const at = (scheduler: Scheduler, step: number, more: Partial<ScheduleOptions> = {}, losses: number[] = []) =>
  learningRateAt(step, { scheduler, learningRate: 1, totalSteps: 100, stepsPerEpoch: 10, ...more }, losses);
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
  const options = { warmupEpochs: 2, minRatio: 0.05 };
  close(at("WarmupCosine", 0, options), 0.1);
  close(at("WarmupCosine", 10, options), 0.55);
  close(at("WarmupCosine", 20, options), 1);
  close(at("WarmupCosine", 99, options), 0.05);
  assert(at("WarmupCosine", 60, options) < at("WarmupCosine", 59, options));
  assert.equal(at("WarmupCosine", 0, { minRatio: 0.05 }), 1); // without warm-up
});

Deno.test("ReduceLROnPlateau falls once the loss has stayed for longer than the patience, down to its least", () => {
  const plateau = { factor: 0.5, patience: 2, minRate: 0.2 };
  const after = (...losses: number[]) => at("ReduceLROnPlateau", 0, { plateau }, losses);
  assert.equal(after(), 1);
  assert.equal(after(5, 4, 4, 4), 1); // two epochs are let pass
  assert.equal(after(5, 4, 4, 4, 4), 0.5);
  assert.equal(after(5, 4, 4, 4, 3.9, 4, 4), 1); // a lower one starts the count again
  assert.equal(after(5, ...Array<number>(3).fill(6)), 0.5);
  assert.equal(after(5, ...Array<number>(6).fill(6)), 0.25);
  assert.equal(after(5, ...Array<number>(30).fill(6)), 0.2);
});
