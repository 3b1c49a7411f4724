/**
 * Clipping and accumulation: what happens to gradients before the optimiser gets them.
 */
import assert from "node:assert/strict";
import { resolveConfig } from "../../../src/config/resolve.ts";
import type { PartialConfig } from "../../../src/config/schema.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { constant, Weights } from "../../../src/network/model/parameters.ts";
import { openScan } from "../../../src/scan/scan.ts";
import type { Scan } from "../../../src/scan/types.ts";
import { Graph } from "../../../src/engine/graph/graph.ts";
import { compile } from "../../../src/engine/plan/program.ts";
import { Storage } from "../../../src/engine/plan/storage.ts";
import { train } from "../../../src/network/training/train.ts";
import {
  type ClipOptions,
  gradientSumSpace,
  traceUpdate,
  trainingSpaces,
} from "../../../src/network/training/update.ts";
import { findShared } from "../../support/arrays.ts";
import { relativeError, testOnDevices } from "../../support/devices.ts";
import { openSmallScan } from "../../support/small_scan.ts";

/** A dense layer [2, 3] and its bias [2], and their gradients. */
const VALUES = { w: [3, 0, 4, 0, 0, 0], b: [0.6, 0.8] };
const SLOPES = { w: [0.3, 0, 0.4, 3, 0, -4], b: [0, -2] };
const whole = Math.hypot(...SLOPES.w, ...SLOPES.b);

const CASES: readonly { clip: ClipOptions; w: number[]; b: number[] }[] = [
  {
    clip: { algorithm: "norm", value: 1 },
    w: SLOPES.w.map((g) => g / whole),
    b: SLOPES.b.map((g) => g / whole),
  },
  { clip: { algorithm: "norm", value: 100 }, w: SLOPES.w, b: SLOPES.b },
  { clip: { algorithm: "value", value: 0.35 }, w: [0.3, 0, 0.35, 0.35, 0, -0.35], b: [0, -0.35] },
  {
    // rows of norm 5 and 0 (which counts as 1e-3), a bias of norm 1; gradients of norm 0.5, 5 and 2
    clip: { algorithm: "agc", value: 0.01 },
    w: [0.03, 0, 0.04, 6e-6, 0, -8e-6],
    b: [0, -0.01],
  },
];

for (const { clip, w, b } of CASES) {
  testOnDevices(`clipping by ${clip.algorithm} at ${clip.value}`, {}, async (device) => {
    const weights = new Weights();
    const graph = new Graph();
    weights.tensor(graph, { name: "w", shape: [2, 3], initial: constant(0) });
    weights.tensor(graph, { name: "b", shape: [2], initial: constant(0) });
    const spaces = trainingSpaces(weights);
    using values = new Storage(device, spaces.weights);
    using sum = new Storage(device, gradientSumSpace(weights));
    using moment = new Storage(device, spaces.moment1);
    for (const name of ["w", "b"] as const) {
      values.write(name, Float32Array.from(VALUES[name]));
      sum.write(name, Float32Array.from(SLOPES[name]));
    }
    const traced = traceUpdate({ weights, update: { optimizer: "sgd", clip } });
    using program = await compile(device, { ...traced, storages: [values, sum, moment] });
    program.write("hyper", Float32Array.of(1, 0, 0, 0)); // rate 1: the update is the gradient
    program.run();
    const after = await values.read();
    for (const [name, expected] of [["w", w], ["b", b]] as const) {
      const taken = VALUES[name].map((value, i) => value - (after.get(name)?.[i] ?? NaN));
      taken.forEach((value, i) => assert(Math.abs(value - expected[i]) < 1e-6, `${name}: ${taken}`));
    }
    const [norm] = await program.read("gradientNorm");
    assert(Math.abs(norm / whole - 1) < 1e-6, "the norm is reported as it was before clipping");
  });
}

/** All weights after a few steps of plain descent, one after another: Adam would blow the rounding of small gradients up. */
async function weightsAfter(
  scan: Scan,
  values: PartialConfig,
): Promise<{ weights: Float64Array; losses: number[] }> {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  try {
    const config = resolveConfig([{
      layer: "program",
      values: {
        ...values,
        training: {
          nepochs: 2,
          scheduler: "Default",
          optimizer: "sgd",
          learningRate: 0.01,
          gradientClipVal: 1,
          ...values.training,
        },
      },
    }]);
    const { last, epochs } = await train(scan, { config, device });
    const weights = Float64Array.from([...last.weights.values()].flatMap(({ data }) => [...data]));
    return { weights, losses: epochs.flatMap(({ trainLoss, gradientNorm }) => [trainLoss, gradientNorm]) };
  } finally {
    await device.dispose();
  }
}

/** The largest deviation of 4 batches of 2 groups from one of 8, over the largest change of a weight. */
async function deviation(scan: Scan, values: PartialConfig) {
  const few = { nepochs: 1, maxSteps: 1, learningRate: 1e-9 };
  const start = await weightsAfter(scan, { ...values, training: { batchSize: 8, ...few } });
  const one = await weightsAfter(scan, { ...values, training: { batchSize: 8 } });
  const four = await weightsAfter(scan, { ...values, training: { batchSize: 2, accumulateGradBatches: 4 } });
  return {
    weights: relativeError(
      four.weights.map((value, i) => value - start.weights[i]),
      one.weights.map((value, i) => value - start.weights[i]),
    ),
    losses: relativeError(four.losses, one.losses),
  };
}

for (const profile of ["calibrated", "amplitude", "counts"] as const) {
  Deno.test(`four batches of two groups train as one of eight does, the short last one too (${profile}) [wasm]`, async () => {
    await using scan = await openSmallScan(4);
    const found = await deviation(scan, {
      model: { profile, gridsize: 2, nFiltersScale: 1 },
      data: { valFraction: 0, nGroups: 13 }, // 8 and 5
    });
    assert(found.losses < 1e-5 && found.weights < 1e-3, JSON.stringify(found));
  });
}

const OPTIMISERS: readonly PartialConfig["training"][] = [
  { optimizer: "adam" },
  { optimizer: "adam", weightDecay: 0.1 },
  { optimizer: "adamw", weightDecay: 0.1 },
  { optimizer: "adam", beta1: 0.5 },
  { optimizer: "adam", beta2: 0.9 },
  { optimizer: "sgd" },
  { optimizer: "sgd", momentum: 0 },
  { optimizer: "sgd", gradientClipAlgorithm: "agc" },
  { optimizer: "sgd", gradientClipAlgorithm: "value" },
];

Deno.test("every setting of the optimiser reaches the update [wasm]", async () => {
  await using scan = await openSmallScan(3);
  const seen = new Map<number, string>();
  for (const training of OPTIMISERS) {
    const { weights } = await weightsAfter(scan, {
      model: { profile: "amplitude", gridsize: 1, nFiltersScale: 1, cbamEncoder: false },
      data: { valFraction: 0 },
      training: { batchSize: 3, nepochs: 1, gradientClipVal: 1e-2, ...training },
    });
    const sum = weights.reduce((total, value) => total + value * value, 0);
    assert(Number.isFinite(sum) && !seen.has(sum), `${JSON.stringify(training)} is as ${seen.get(sum)}`);
    seen.set(sum, JSON.stringify(training));
  }
});

const star = findShared("data/siemens_star_64.npz");
Deno.test({
  name: `accumulation 4 with batch 2 is batch 8 on the Siemens star${
    star ? "" : " (skipped: no ../shared/data)"
  } [wasm]`,
  ignore: star === undefined,
}, async () => {
  assert(star);
  await using scan = await openScan(star);
  const found = await deviation(scan, {
    model: { gridsize: 2, nFiltersScale: 1 },
    data: { nSubsample: 64, nGroups: 13 },
  });
  assert(found.losses < 1e-5 && found.weights < 1e-3, JSON.stringify(found));
});
