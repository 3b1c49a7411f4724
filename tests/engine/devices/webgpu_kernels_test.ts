/**
 * Every GPU kernel against the float64 meaning of its op: odd sizes, edges, broadcasts, complex values.
 *
 * @module
 */
import { ok, rejects } from "node:assert/strict";
import {
  MAP_OPCODES,
  type MapInstruction,
  type MapOpcode,
} from "../../../src/engine/ops/elementwise/map_program.ts";
import type { Op } from "../../../src/engine/graph/graph.ts";
import { OPS } from "../../../src/engine/ops/registry.ts";
import type { WebGpuDevice } from "../../../src/engine/devices/webgpu/device.ts";
import { noiseOf, opError, type OpInput, runOp, testOnGpu } from "../../support/webgpu_op.ts";

interface Case<A> {
  readonly op: Op<A>;
  readonly attrs: A;
  readonly inputs: readonly OpInput[];
  /** Largest error over the largest magnitude. Default 2e-6. */
  readonly within?: number;
}

async function expectClose<A>(device: WebGpuDevice, { within = 2e-6, ...work }: Case<A>): Promise<void> {
  const error = await opError(device, work);
  const shapes = work.inputs.map(({ shape }) => `[${shape}]`).join(" ");
  const message = `${work.op.name} ${shapes} ${JSON.stringify(work.attrs)}: relative error ${error}`;
  ok(error <= within, message);
}

function step(op: MapOpcode, a: number, { b = 0, c = 0 } = {}): MapInstruction {
  return { op, a, b, c };
}

/** Inputs in the domain of an instruction. */
function domain(op: MapOpcode, complex: boolean): OpInput[] {
  const a = noiseOf([300], { dtype: complex ? "c64" : "f32", seed: 3 });
  const b = noiseOf([300], { seed: 4 });
  if (op === "log" || op === "sqrt") a.data.forEach((v, i) => a.data[i] = 1.5 + v);
  if (op === "divide") b.data.forEach((v, i) => b.data[i] = 1.5 + v);
  if (op === "logGamma1p") a.data.forEach((_, i) => a.data[i] = i < 40 ? i / 4 : i * i);
  if (["tanh", "sigmoid", "silu", "sin", "cos", "cis"].includes(op)) {
    a.data.forEach((v, i) => a.data[i] = v * 20);
  }
  if (op === "unit") a.data.fill(0, 0, 2);
  return [a, b];
}

for (const op of MAP_OPCODES) {
  testOnGpu(`map: ${op} of real values`, (device) => {
    const attrs = { program: [step(op, 0, { b: 1, c: 0.75 })], shape: [300] };
    return expectClose(device, { op: OPS.map, attrs, inputs: domain(op, false) });
  });
}

for (
  const op of ["multiply", "divide", "scale", "offset", "negate", "conj", "re", "im", "abs2", "unit"] as const
) {
  testOnGpu(`map: ${op} of complex values`, (device) => {
    const attrs = { program: [step(op, 0, { b: 1, c: 0.75 })], shape: [300] };
    return expectClose(device, { op: OPS.map, attrs, inputs: domain(op, true) });
  });
}

testOnGpu("map: tanh, sigmoid and silu stay finite for large arguments", async (device) => {
  for (const op of ["tanh", "sigmoid", "silu"] as const) {
    const x = { shape: [4], dtype: "f32" as const, data: new Float32Array([-1e4, -200, 200, 1e4]) };
    const attrs = { program: [step(op, 0)], shape: [4] };
    await expectClose(device, { op: OPS.map, attrs, inputs: [x] });
  }
});

testOnGpu("map: six broadcast inputs over five axes, real and complex", async (device) => {
  const shapes = [[2, 3, 4, 5, 6], [3, 1, 5, 1], [6], [2, 1, 1, 1, 1], [1, 3, 4, 1, 6], [4, 1, 1]];
  const inputs = shapes.map((shape, k) => noiseOf(shape, { seed: k + 1, dtype: k % 2 ? "c64" : "f32" }));
  const program = [
    step("add", 0, { b: 1 }),
    step("multiply", 6, { b: 3 }),
    step("subtract", 7, { b: 2 }),
    step("multiply", 8, { b: 4 }),
    step("add", 9, { b: 5 }),
    step("abs2", 10),
    step("re", 10),
    step("complex", 11, { b: 12 }),
  ];
  await expectClose(device, { op: OPS.map, attrs: { program, shape: [2, 3, 4, 5, 6] }, inputs });
});

testOnGpu("map: sixteen instructions", async (device) => {
  const program = Array.from({ length: 16 }, (_, k) => step(k % 2 ? "scale" : "add", k, { b: 0, c: 0.7 }));
  await expectClose(device, { op: OPS.map, attrs: { program, shape: [1000] }, inputs: [noiseOf([1000])] });
});

testOnGpu("map: inputs that are the same memory, under the same and under other strides", async (device) => {
  const x = noiseOf([7]);
  const inputs = [{ ...x, shape: [7, 1] }, { ...x, shape: [1, 7] }];
  const attrs = { program: [step("multiply", 0, { b: 1 })], shape: [7, 7] };
  const [found] = await runOp(device, { op: OPS.map, attrs, inputs, sameMemory: [1, 0] });
  for (let i = 0; i < 49; i++) ok(Math.abs(found[i] - x.data[Math.floor(i / 7)] * x.data[i % 7]) < 1e-6);
});

testOnGpu("map: the empty sum, a single element", async (device) => {
  const attrs = { program: [step("offset", 0, { c: 2 })], shape: [1, 1] };
  await expectClose(device, { op: OPS.map, attrs, inputs: [noiseOf([1])] });
});

const REDUCTIONS: readonly [readonly number[], readonly number[]][] = [
  [[5], [0]],
  [[3, 4, 5, 6], [0, 2, 3]],
  [[3, 4, 5, 6], [1]],
  [[3, 4, 5, 6], [0, 2]],
  [[3, 4, 5, 6], [1, 3]],
  [[70000], [0]],
  [[4, 3, 5000], [0, 2]],
  [[9, 4096], [0]],
  [[300, 2100], [0]],
  [[2, 3, 4, 5, 6], [0, 1, 2, 3, 4]],
];

for (const [shape, axes] of REDUCTIONS) {
  testOnGpu(
    `reduce: [${shape}] over ${axes}, sum and maximum, with and without a program`,
    async (device) => {
      const x = noiseOf(shape, { seed: 5 });
      const scale = noiseOf(shape.map((n, k) => k === shape.length - 1 ? n : 1), { seed: 6 });
      const within = 1e-5;
      for (const kind of ["sum", "max"] as const) {
        await expectClose(device, {
          op: OPS.reduce,
          attrs: { kind, axes, program: [], shape },
          inputs: [x],
          within,
        });
        const program = [step("multiply", 0, { b: 1 }), step("square", 2)];
        await expectClose(device, {
          op: OPS.reduce,
          attrs: { kind, axes, program, shape },
          inputs: [x, scale],
          within,
        });
      }
    },
  );
}

testOnGpu("reduce: complex sums, small and in two passes", async (device) => {
  for (const shape of [[3, 7, 4], [20000, 3]]) {
    const attrs = { kind: "sum" as const, axes: [0], program: [step("conj", 0)], shape };
    await expectClose(device, {
      op: OPS.reduce,
      attrs,
      inputs: [noiseOf(shape, { dtype: "c64" })],
      within: 1e-5,
    });
  }
});

testOnGpu("reduce: a sum of broadcast inputs", async (device) => {
  const inputs = [noiseOf([4, 1, 6]), noiseOf([5, 1], { seed: 2 })];
  const attrs = {
    kind: "sum" as const,
    axes: [1],
    program: [step("multiply", 0, { b: 1 })],
    shape: [4, 5, 6],
  };
  await expectClose(device, { op: OPS.reduce, attrs, inputs });
});

for (
  const [shape, axes] of [[[2, 3, 4, 5], [2, 3]], [[2, 3, 4, 5], [1]], [[2, 70, 64, 40], [1]], [[3, 700], [
    1,
  ]]]
) {
  testOnGpu(`max_gradient: [${shape}] over ${axes}, with ties`, async (device) => {
    const x = noiseOf(shape, { levels: 6 });
    const attrs = { kind: "max" as const, axes, program: [], shape };
    const [data] = await runOp(device, { op: OPS.reduce, attrs, inputs: [x] });
    const type = OPS.reduce.infer([x], attrs);
    const inputs = [x, { ...type, data }, noiseOf(type.shape, { seed: 9 })];
    await expectClose(device, { op: OPS.max_gradient, attrs: { axes }, inputs, within: 0 });
  });
}

/** [batch, channels, outputs, rows, columns, kernel rows, kernel columns] */
const CONVOLUTIONS = [
  [1, 1, 1, 1, 1, 3, 3],
  [2, 3, 5, 7, 6, 3, 3],
  [2, 2, 64, 17, 19, 3, 3],
  [3, 20, 33, 9, 5, 3, 3],
  [1, 70, 8, 1, 40, 3, 3],
  [2, 13, 96, 8, 8, 3, 3],
  [5, 9, 70, 3, 2, 3, 3],
  [1, 96, 1, 16, 16, 3, 3],
  [1, 5, 12, 33, 24, 3, 3],
  [2, 2, 1, 9, 11, 7, 7],
  [2, 3, 4, 6, 5, 1, 3],
  [2, 6, 9, 5, 5, 1, 1],
  [1, 2, 3, 5, 4, 5, 3],
] as const;

for (const [b, c, o, h, w, kh, kw] of CONVOLUTIONS) {
  testOnGpu(
    `conv2d: ${kh}x${kw}, ${c} -> ${o} at ${h}x${w}, batch ${b}, and its gradients`,
    async (device) => {
      const x = noiseOf([b, c, h, w]);
      const weights = noiseOf([o, c, kh, kw], { seed: 2 });
      const g = noiseOf([b, o, h, w], { seed: 3 });
      const biased = [x, weights, noiseOf([o], { seed: 4 })];
      const kernel = [kh, kw] as const;
      const how = { within: 4e-6 };
      await expectClose(device, {
        op: OPS.conv2d,
        attrs: { activation: "none" },
        inputs: [x, weights],
        ...how,
      });
      await expectClose(device, { op: OPS.conv2d, attrs: { activation: "relu" }, inputs: biased, ...how });
      await expectClose(device, { op: OPS.conv2d_input_gradient, attrs: {}, inputs: [g, weights], ...how });
      await expectClose(device, {
        op: OPS.conv2d_weight_gradient,
        attrs: { kernel },
        inputs: [x, g],
        ...how,
      });
    },
  );
}

testOnGpu("conv2d: every activation, tiled and direct", async (device) => {
  for (const activation of ["relu", "silu", "sigmoid", "tanh"] as const) {
    for (const outputs of [3, 16]) {
      const inputs = [
        noiseOf([1, 4, 6, 6]),
        noiseOf([outputs, 4, 3, 3], { seed: 2 }),
        noiseOf([outputs], { seed: 3 }),
      ];
      await expectClose(device, {
        op: OPS.conv2d,
        attrs: { activation },
        inputs,
        within: 4e-6,
      });
    }
  }
});

testOnGpu("max_pool2, upsample2 and their gradients, with ties", async (device) => {
  const x = noiseOf([2, 3, 6, 10], { levels: 5 });
  await expectClose(device, { op: OPS.max_pool2, attrs: {}, inputs: [x], within: 0 });
  const [data] = await runOp(device, { op: OPS.max_pool2, attrs: {}, inputs: [x] });
  const y: OpInput = { shape: [2, 3, 3, 5], dtype: "f32", data };
  const g = noiseOf([2, 3, 3, 5], { seed: 2 });
  await expectClose(device, { op: OPS.max_pool2_gradient, attrs: {}, inputs: [x, y, g], within: 0 });
  await expectClose(device, { op: OPS.upsample2, attrs: {}, inputs: [g], within: 0 });
  await expectClose(device, { op: OPS.upsample2_gradient, attrs: {}, inputs: [x] });
});

for (const dtype of ["f32", "c64"] as const) {
  testOnGpu(`concat, crop and pad of ${dtype}`, async (device) => {
    for (const axis of [0, 1, 3]) {
      const shapes = [2, 1, 3].map((n) => [2, 3, 4, 5].map((size, k) => k === axis ? n : size));
      const inputs = shapes.map((shape, k) => noiseOf(shape, { dtype, seed: k + 1 }));
      await expectClose(device, { op: OPS.concat, attrs: { axis }, inputs, within: 0 });
    }
    const inputs = [noiseOf([3, 4, 9, 7], { dtype })];
    for (
      const [start, shape] of [[[0, 1, 2, 3], [3, 2, 5, 4]], [[1, 0, 0, 0], [2, 4, 9, 7]], [[0, 0, 3, 0], [
        3,
        4,
        1,
        7,
      ]]]
    ) {
      await expectClose(device, { op: OPS.crop, attrs: { start, shape }, inputs, within: 0 });
    }
    for (const [before, shape] of [[[0, 0, 2, 1], [3, 4, 13, 9]], [[1, 2, 0, 0], [4, 6, 9, 7]]]) {
      await expectClose(device, { op: OPS.pad, attrs: { before, shape }, inputs, within: 0 });
    }
  });
}

testOnGpu("concat, crop and matmul of a tensor with itself", async (device) => {
  const x = noiseOf([3, 4]);
  const inputs = [x, x];
  const [joined] = await runOp(device, { op: OPS.concat, attrs: { axis: 0 }, inputs, sameMemory: [1, 0] });
  ok(joined.every((v, i) => v === x.data[i % 12]));
  const attrs = { transposeA: true, transposeB: false };
  const [product] = await runOp(device, { op: OPS.matmul, attrs, inputs, sameMemory: [1, 0] });
  const first = [0, 1, 2].reduce((sum, k) => sum + x.data[4 * k] ** 2, 0);
  ok(Math.abs(product[0] - first) < 1e-6);
});

testOnGpu("matmul: all transpositions and sizes that no tile divides", async (device) => {
  for (const [rows, inner, columns] of [[1, 1, 1], [5, 33, 20], [17, 4, 16], [40, 64, 3]]) {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const a = noiseOf(transposeA ? [inner, rows] : [rows, inner]);
        const b = noiseOf(transposeB ? [columns, inner] : [inner, columns], { seed: 2 });
        await expectClose(device, { op: OPS.matmul, attrs: { transposeA, transposeB }, inputs: [a, b] });
      }
    }
  }
});

for (const [h, w] of [[8, 16], [32, 32], [64, 64], [16, 128], [256, 8], [8, 512], [512, 16]]) {
  testOnGpu(`fft2: ${h} x ${w}, both directions, with and without the shift`, async (device) => {
    const x = noiseOf([3, h, w], { dtype: "c64" });
    for (const inverse of [false, true]) {
      for (const shift of [false, true]) {
        const attrs = { inverse, shift };
        await expectClose(device, { op: OPS.fft2, attrs, inputs: [x], within: 1e-6 });
      }
    }
  });
}

testOnGpu("fft2: refuses sizes that are no powers of two, and says which are", async (device) => {
  const attrs = { inverse: false, shift: false };
  const inputs = [noiseOf([1, 48, 64], { dtype: "c64" })];
  await rejects(runOp(device, { op: OPS.fft2, attrs, inputs }), /powers of two from 8 to 512, not 48/);
});

testOnGpu("translate: real and complex, larger and smaller, one image for all", async (device) => {
  const offsets: OpInput = {
    shape: [4, 2],
    dtype: "f32",
    data: new Float32Array([0, 0, 1.25, -2.5, -40, 3, 2, 7.75]),
  };
  for (const dtype of ["f32", "c64"] as const) {
    for (const images of [1, 4]) {
      for (const [height, width] of [[9, 12], [13, 18], [5, 4]]) {
        for (const sign of [1, -1] as const) {
          const inputs = [noiseOf([images, 9, 12], { dtype }), offsets];
          await expectClose(device, { op: OPS.translate, attrs: { sign, height, width }, inputs });
        }
      }
    }
  }
});

testOnGpu("adam, coupled and decoupled, and sgd, with and without Nesterov", async (device) => {
  const n = 1000;
  const [p, g, m] = [1, 2, 3].map((seed) => noiseOf([n], { seed }));
  const v = noiseOf([n], { seed: 4 });
  v.data.forEach((value, i) => v.data[i] = value * value);
  for (const flag of [0, 1]) {
    const hyper = new Float32Array([1e-2, 0.9, 0.999, 1e-8, 0.1, flag, 1 - 0.9 ** 3, 1 - 0.999 ** 3]);
    const inputs = [p, g, m, v, { shape: [8], dtype: "f32" as const, data: hyper }];
    await expectClose(device, { op: OPS.adam, attrs: {}, inputs });
    const rates = new Float32Array([1e-2, 0.9, 0.1, flag]);
    await expectClose(device, {
      op: OPS.sgd,
      attrs: {},
      inputs: [p, g, m, { shape: [4], dtype: "f32", data: rates }],
    });
  }
});
