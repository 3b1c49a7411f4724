/**
 * Every op on every device against its float64 meaning, forward and through its gradient.
 */
import assert from "node:assert/strict";
import { ReferenceDevice } from "../../src/engine/devices/reference/device.ts";
import type { AnyDevice } from "../../src/engine/devices/any.ts";
import { Random } from "../../src/numeric/random.ts";
import { gradients } from "../../src/engine/graph/gradients.ts";
import { Graph } from "../../src/engine/graph/graph.ts";
import { OPS } from "../../src/engine/ops/registry.ts";
import { compile } from "../../src/engine/plan/program.ts";
import { wordsOf } from "../../src/engine/graph/types.ts";
import { relativeError, testOnDevices } from "../support/devices.ts";
import { buildCase, OP_CASES, type OpCase } from "../support/op_cases.ts";

/** Output and gradients of a case on a device, with seeded inputs. */
async function results(device: AnyDevice, testCase: OpCase): Promise<Map<string, Float32Array>> {
  const graph = new Graph();
  const { tensors, output } = buildCase(graph, testCase);
  const upstream = graph.input("upstream", output.shape, output.dtype);
  const wrt = tensors.filter((_, k) => !testCase.inputs[k].constant);
  const found = gradients(output, { wrt, upstream });
  const outputs = { y: output, ...Object.fromEntries(found.map((g, k) => [`g${k}`, g])) };
  using program = await compile(device, { graph, outputs });
  const random = new Random(1, testCase.name);
  const feed = (name: string, words: number, [low, high]: readonly [number, number] = [-1, 1]) =>
    program.write(name, Float32Array.from({ length: words }, () => low + (high - low) * random.uniform()));
  tensors.forEach((tensor, k) => feed(`x${k}`, wordsOf(tensor), testCase.inputs[k].domain));
  feed("upstream", wordsOf(upstream));
  program.run();
  const values = new Map<string, Float32Array>();
  for (const name of Object.keys(outputs)) values.set(name, await program.read(name));
  return values;
}

testOnDevices("every op agrees with its float64 meaning", { kinds: ["wasm", "webgpu"] }, async (device) => {
  const problems: string[] = [];
  for (const testCase of OP_CASES) {
    const expected = await results(new ReferenceDevice(), testCase);
    const found = await results(device, testCase);
    for (const [name, values] of expected) {
      const error = relativeError(found.get(name) ?? [], values);
      if (!(error <= (testCase.tolerance ?? 2e-6))) {
        problems.push(`${testCase.op} (${testCase.name}) ${name}: ${error}`);
      }
    }
  }
  assert.deepEqual(problems, []);
});

Deno.test("every op has a case or a test of its own", () => {
  const tested = new Set<string>(OP_CASES.map(({ op }) => op));
  const throughGradients = [
    "conv2d_input_gradient",
    "conv2d_weight_gradient",
    "max_pool2_gradient",
    "upsample2_gradient",
  ];
  const inOwnTests = ["adam", "sgd", "take", "put"];
  for (const name of [...throughGradients, ...inOwnTests]) tested.add(name);
  assert.deepEqual(Object.keys(OPS).filter((name) => !tested.has(name)), []);
});
