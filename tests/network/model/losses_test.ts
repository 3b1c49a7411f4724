/**
 * Losses, regularisers and initial values.
 */
import assert from "node:assert/strict";
import * as losses from "../../../src/network/model/losses.ts";
import { constant, normal, uniformFanIn, Weights } from "../../../src/network/model/parameters.ts";
import { Random } from "../../../src/numeric/random.ts";
import { Graph, type Tensor } from "../../../src/engine/graph/graph.ts";
import { evaluate } from "../../support/evaluate.ts";

function valueOf(build: (...x: Tensor[]) => Tensor, inputs: { shape: number[]; data: number[] }[]): number[] {
  const graph = new Graph();
  const y = build(...inputs.map(({ shape }, k) => graph.input(`x${k}`, shape)));
  return [...evaluate(graph, new Map(inputs.map(({ data }, k) => [`x${k}`, Float64Array.from(data)])))[y.id]];
}

const close = (found: number, expected: number) =>
  assert(Math.abs(found - expected) < 1e-9, `${found} is not ${expected}`);

Deno.test("the Poisson likelihood is that of the distribution", () => {
  const rates = [0.5, 3, 20, 1000];
  const counts = [0, 4, 17, 1010];
  const logFactorial = (k: number) =>
    Array.from({ length: k }, (_, i) => Math.log(i + 1)).reduce((a, b) => a + b, 0);
  const expected = rates.reduce(
    (sum, rate, i) => sum + rate - counts[i] * Math.log(rate) + logFactorial(counts[i]),
    0,
  );
  const [found] = valueOf(losses.poissonNll, [{ shape: [1, 4], data: rates }, {
    shape: [1, 4],
    data: counts,
  }]);
  close(found, expected);
});

Deno.test("mean absolute error, total variation and mean deviation of small maps", () => {
  const map = { shape: [1, 2, 3], data: [0, 1, 3, 2, 2, 2] };
  close(valueOf(losses.meanAbsoluteError, [map, { shape: [1, 2, 3], data: [0, 0, 0, 0, 0, 0] }])[0], 10 / 6);
  // right: 1 + 2 + 0 + 0, down: 2 + 1 + 1
  close(valueOf(losses.totalVariation, [map])[0], 7);
  const mean = 10 / 6;
  close(
    valueOf(losses.meanDeviation, [map])[0],
    map.data.reduce((sum, v) => sum + Math.abs(v - mean), 0) / 6,
  );
});

Deno.test("initial values have the spread that PyTorch's have", () => {
  const random = new Random(2);
  const bound = 1 / Math.sqrt(64 * 9);
  const uniform = uniformFanIn(64 * 9)(20000, random);
  assert(uniform.every((v) => Math.abs(v) <= bound));
  const deviation = Math.sqrt(uniform.reduce((sum, v) => sum + v * v, 0) / uniform.length);
  assert(Math.abs(deviation / (bound / Math.sqrt(3)) - 1) < 0.03);
  const bell = normal(1e-3)(20000, random);
  assert(Math.abs(Math.sqrt(bell.reduce((sum, v) => sum + v * v, 0) / bell.length) / 1e-3 - 1) < 0.03);
  assert(constant(0)(5, random).every((v) => v === 0));
});

Deno.test("the same seed gives the same weights", () => {
  const values = (seed: number) => {
    const weights = new Weights();
    weights.tensor(new Graph(), { name: "w", shape: [50], initial: normal(1) });
    return weights.initialValues(new Random(seed, "weights")).get("w");
  };
  assert.deepEqual(values(7), values(7));
  assert.notDeepEqual(values(7), values(8));
});
