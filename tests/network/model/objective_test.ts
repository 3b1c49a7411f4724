/**
 * What networks are judged by, and the probe as a trained quantity.
 */
import assert from "node:assert/strict";
import { modelSchema } from "../../../src/config/model.ts";
import { GIVEN_PROBE, PROBE_MASK, refinedStatistics } from "../../../src/network/model/probe_refinement.ts";
import { type Objective, objectiveLosses } from "../../../src/network/model/objective.ts";
import {
  type BatchShape,
  frozenInputs,
  type LossContext,
  SCAN_INPUT,
} from "../../../src/network/model/trace_context.ts";
import type { Statistic } from "../../../src/network/model/statistics.ts";
import { makeProfile } from "../../../src/network/model/profiles/make_profile.ts";
import { Scope, Weights } from "../../../src/network/model/parameters.ts";
import { multiply, sum } from "../../../src/engine/graph/functions.ts";
import { Graph, type Tensor } from "../../../src/engine/graph/graph.ts";
import { evaluate } from "../../support/evaluate.ts";

const SHAPE: BatchShape = { batchSize: 2, channels: 1, size: 2, modes: 1, regionSize: 2 };
const near = (found: number, expected: number) =>
  assert(Math.abs(found - expected) < 1e-6, `${found} is not ${expected}`);

/** Losses of two groups of one 2 x 2 pattern, for given maps. */
function lossesOf(objective: Objective, values: Record<string, number[]>, { polar = true } = {}): number[] {
  const graph = new Graph();
  const frozen = frozenInputs(graph, { shape: SHAPE });
  const map = (name: string): Tensor => graph.input(name, [2, 2, 2]);
  const [amplitude, phase] = [map("amplitude"), map("phase")];
  const patches = graph.input("patches", [2, 2, 2], "c64");
  const context: LossContext = {
    scope: new Scope(graph, new Weights()),
    shape: SHAPE,
    counts: map("counts"),
    relative: graph.input("relative", [2, 2]),
    frozen,
    maps: polar ? { patches, amplitude, phase } : { patches, amplitude },
    label: map,
  };
  const rates = () => ({
    rate: map("rate"),
    observed: context.counts,
    divisor: () => frozen("meanCount", [1]),
    group: "mean" as const,
  });
  const y = objectiveLosses(context, { objective, rates });
  const given = { ...values };
  given.patches ??= values.amplitude.flatMap((
    a,
    i,
  ) => [a * Math.cos(values.phase[i]), a * Math.sin(values.phase[i])]);
  const inputs = new Map(Object.entries(given).map(([name, data]) => [name, Float64Array.from(data)]));
  return [...evaluate(graph, inputs)[y.id]];
}

const MAPS = {
  amplitude: [1, 2, 3, 4, 1, 1, 1, 1],
  phase: [0, 0.1, 0.2, 0.3, 0.5, 0.5, 0.5, 0.5],
};

Deno.test("supervised training weighs the errors of amplitude and phase", () => {
  const labels = { labelAmp: [1, 1, 1, 1, 1, 1, 1, 1], labelPhase: [0, 0, 0, 0, 0, 0, 0, 1] };
  const objective: Objective = { loss: "poisson", supervised: { amplitude: 2, phase: 4 } };
  const [first, second] = lossesOf(objective, { ...MAPS, ...labels });
  near(first, 2 * 6 / 4 + 4 * 0.6 / 4);
  near(second, 4 * 2 / 4);
  // a network of real and imaginary parts is judged by the chord, which knows that 2 pi is nothing
  const turned = { ...labels, labelPhase: labels.labelPhase.map((phase) => phase + 2 * Math.PI) };
  const [, chord] = lossesOf(objective, { ...MAPS, ...turned }, { polar: false });
  assert(Math.abs(chord - 4 * 2 * Math.sin(0.25)) < 1e-3, `${chord}`);
});

Deno.test("the absolute error is of amplitudes, over their mean", () => {
  const counts = [4, 4, 4, 4, 9, 9, 9, 9], rate = [1, 1, 1, 1, 9, 9, 9, 25];
  const found = lossesOf({ loss: "mae" }, { ...MAPS, counts, rate, meanImage: [2.5] });
  near(found[0], 1 / 2.5);
  near(found[1], 0.5 / 2.5);
});

Deno.test("each regulariser adds its part, per pixel", () => {
  const none = { amplitudeVariation: 0, phaseVariation: 0, amplitudeDeviation: 0, phaseDeviation: 0 };
  const base = { counts: [1, 1, 1, 1, 1, 1, 1, 1], rate: [1, 1, 1, 1, 1, 1, 1, 1], meanImage: [1] };
  const added = (regularisers: Partial<typeof none>) =>
    lossesOf({ loss: "mae", regularisers: { ...none, ...regularisers } }, { ...MAPS, ...base })[0];
  near(added({}), 0);
  near(added({ amplitudeVariation: 2 }), 2 * (1 + 1 + 2 + 2) / 4);
  near(added({ phaseVariation: 1 }), 0.6 / 4);
  near(added({ amplitudeDeviation: 3 }), 3 * 1);
  near(added({ phaseDeviation: 1 }), 0.1);
});

Deno.test("the settings of a model decide its objective", () => {
  const objective = makeProfile(modelSchema.parse({
    modelType: "supervised",
    loss: "mae",
    supervisedAmpWeight: 3,
    ampTvCoeff: 6,
    phaseTvCoeff: 5,
    ampMeanDeviationCoeff: 7,
    phaseMeanDeviationCoeff: 8,
  })).objective;
  assert.equal(objective.loss, "mae");
  assert.deepEqual(objective.supervised, { amplitude: 3, phase: 4 });
  assert.deepEqual(objective.regularisers, {
    amplitudeVariation: 6,
    phaseVariation: 5,
    amplitudeDeviation: 7,
    phaseDeviation: 8,
  });
  assert.equal(makeProfile(modelSchema.parse({})).objective.supervised, undefined);
});

Deno.test("every pattern is given the frozen quantities of its scan", () => {
  const graph = new Graph();
  const frozen = frozenInputs(graph, { shape: { ...SHAPE, batchSize: 3, scans: 2 } });
  const plane = frozen("plane", [2], "c64");
  const scalar = frozen("scalar", [1, 1]);
  assert.deepEqual([plane.shape, scalar.shape], [[3, 2], [3, 1, 1]]);
  const inputs = new Map(
    Object.entries({
      [SCAN_INPUT]: [0, 1, 1, 0, 0, 1],
      plane: [1, 2, 3, 4, 5, 6, 7, 8],
      scalar: [10, 20],
    }).map(([name, data]) => [name, Float64Array.from(data)]),
  );
  const values = evaluate(graph, inputs);
  assert.deepEqual([...values[plane.id]], [5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual([...values[scalar.id]], [20, 10, 20]);
  assert(sum(multiply(scalar, scalar)).shape.length > 0);
});

Deno.test("a refined probe keeps its power, stays in its mask, and takes the intensity scale", () => {
  const given: Statistic = { shape: [1, 2, 2], dtype: "c64", data: Float32Array.of(3, 0, 0, 4, 0, 0, 0, 0) };
  const mask: Statistic = { shape: [2, 2], dtype: "f32", data: Float32Array.of(1, 1, 0.5, 0) };
  const statistics = new Map([[GIVEN_PROBE, given], ["probe", given], [PROBE_MASK, mask]]);
  const weights = new Map([
    ["probe.re", { shape: [1, 1, 2, 2], data: Float32Array.of(10, 0, 20, 50) }],
    ["probe.im", { shape: [1, 1, 2, 2], data: Float32Array.of(0, 0, 0, 0) }],
  ]);
  const power = (data: Float32Array = new Float32Array()) => data.reduce((total, v) => total + v * v, 0);
  const refined = refinedStatistics(statistics, { weights, rate: 0.01 }).get("probe")?.data;
  assert(Math.abs(power(refined) - 25) < 1e-4);
  assert.equal(refined?.[6], 0);
  assert(Math.abs((refined?.[0] ?? 0) / (refined?.[4] ?? 1) - 3.4 / 0.4) < 1e-4); // 3 + 10 x 0.01 x 4 over half of 0.8
  const scaled = new Map([...weights, ["intensity.logScale", {
    shape: [1],
    data: Float32Array.of(Math.log(2)),
  }]]);
  const brighter = refinedStatistics(statistics, { weights: scaled, rate: 0.01 }).get("probe")?.data;
  assert(Math.abs(power(brighter) - 50) < 1e-3);
  assert.equal(refinedStatistics(statistics, { weights: new Map(), rate: 1 }), statistics);
});
