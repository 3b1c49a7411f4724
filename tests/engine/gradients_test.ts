/**
 * Gradient rules against finite differences in float64, adjoint pairs against <Ax, y> = <x, A*y>.
 */
import assert from "node:assert/strict";
import { Random } from "../../src/numeric/random.ts";
import * as f from "../../src/engine/graph/functions.ts";
import { gradients } from "../../src/engine/graph/gradients.ts";
import { Graph } from "../../src/engine/graph/graph.ts";
import { wordsOf } from "../../src/engine/graph/types.ts";
import { evaluate } from "../support/evaluate.ts";
import { buildCase, OP_CASES, type OpCase } from "../support/op_cases.ts";

const STEP = 1e-6;
const PROBES = 6;
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Largest relative deviation of directional derivatives from central differences. */
function deviation(testCase: OpCase): number {
  const random = new Random(3, testCase.name);
  const graph = new Graph();
  const { tensors, output } = buildCase(graph, testCase);
  const values = new Map<string, Float64Array>();
  tensors.forEach((tensor, k) => {
    const [low, high] = testCase.inputs[k].domain ?? [-1, 1];
    values.set(
      `x${k}`,
      Float64Array.from({ length: wordsOf(tensor) }, () => low + (high - low) * random.uniform()),
    );
  });
  const upstream = Float64Array.from({ length: wordsOf(output) }, () => random.normal());
  const free = tensors.filter((_, k) => !testCase.inputs[k].constant);
  const seed = graph.input("upstream", output.shape, output.dtype);
  const found = gradients(output, { wrt: free, upstream: seed });
  const slopes = evaluate(graph, new Map([...values, ["upstream", upstream]]));
  const scalar = (inputs: Map<string, Float64Array>) => dot(evaluate(graph, inputs)[output.id], upstream);
  let worst = 0;
  free.forEach((tensor, k) => {
    const name = `x${tensors.indexOf(tensor)}`;
    const slope = slopes[found[k].id];
    const at = values.get(name) ?? new Float64Array();
    for (let probe = 0; probe < PROBES; probe++) {
      const direction = Float64Array.from(at, () => random.normal());
      const moved = (sign: number) =>
        scalar(new Map([...values, [name, at.map((value, i) => value + sign * STEP * direction[i])]]));
      const difference = (moved(1) - moved(-1)) / (2 * STEP);
      const scale = Math.sqrt(dot(slope, slope) * dot(direction, direction)) || 1;
      worst = Math.max(worst, Math.abs(difference - dot(slope, direction)) / scale);
    }
  });
  return worst;
}

const small = OP_CASES.filter(({ inputs }) =>
  inputs.every(({ shape }) => shape.reduce((a, b) => a * b, 1) <= 5000)
);

for (const op of new Set(small.map((testCase) => testCase.op))) {
  Deno.test(`the gradient of ${op} agrees with finite differences`, () => {
    for (const testCase of small.filter((one) => one.op === op)) {
      const error = deviation(testCase);
      assert(error < 1e-6, `${testCase.name}: off by ${error}`);
    }
  });
}

Deno.test("translation by the opposite sign is the adjoint of translation", () => {
  const random = new Random(4);
  const graph = new Graph();
  const offsets = graph.input("o", [2, 2]);
  const x = graph.input("x", [2, 9, 8], "c64");
  const y = graph.input("y", [2, 13, 6], "c64");
  const ax = f.translate(x, { offsets, sign: 1, height: 13, width: 6 });
  const ay = f.translate(y, { offsets, sign: -1, height: 9, width: 8 });
  const fill = (words: number) => Float64Array.from({ length: words }, () => random.normal());
  const inputs = new Map([["x", fill(2 * 2 * 72)], ["y", fill(2 * 2 * 78)], [
    "o",
    fill(4).map((v) => 3 * v),
  ]]);
  const values = evaluate(graph, inputs);
  const left = dot(values[ax.id], values[y.id]);
  const right = dot(values[x.id], values[ay.id]);
  assert(Math.abs(left - right) < 1e-12 * Math.abs(left) + 1e-12, `${left} is not ${right}`);
});

Deno.test("a stopped gradient is a constant", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  const [g] = gradients(f.sum(f.multiply(x, f.stopGradient(x))), { wrt: [x] });
  const x0 = Float64Array.of(1, -2, 3, 4);
  assert.deepEqual([...evaluate(graph, new Map([["x", x0]]))[g.id]], [...x0]);
});

Deno.test("a result that does not depend on a tensor is refused", () => {
  const graph = new Graph();
  const x = graph.input("x", [4]);
  assert.throws(() => gradients(f.sum(x), { wrt: [graph.input("y", [4])] }), /does not depend/);
});
