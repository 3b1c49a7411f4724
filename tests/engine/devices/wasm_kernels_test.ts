/**
 * Every CPU kernel against the float64 reference of its operation, on both builds, odd sizes included.
 *
 * @module
 */
import assert from "node:assert/strict";
import { WasmDevice } from "../../../src/engine/devices/wasm/device.ts";
import { hasRelaxedSimd } from "../../../src/engine/devices/wasm/module.ts";
import {
  MAP_OPCODES,
  type MapInstruction,
  type MapOpcode,
} from "../../../src/engine/ops/elementwise/map_program.ts";
import { OPS } from "../../../src/engine/ops/registry.ts";
import { sizeOf, type TensorType } from "../../../src/engine/graph/types.ts";
import { assertMatches, complex, randomWords, real, runCase } from "./wasm_harness.ts";

async function onDevices(body: (device: WasmDevice) => Promise<void>): Promise<void> {
  for (const [threads, relaxed] of [[1, false], [2, hasRelaxedSimd()]] as const) {
    const device = await WasmDevice.create({ threads, relaxed });
    try {
      await body(device);
      assert.equal(device.liveBytes, 0);
    } finally {
      await device.dispose();
    }
  }
}

const step = (op: MapOpcode, a = 0, b = 0, c = 0): MapInstruction => ({ op, a, b, c });

const TWO = new Set<MapOpcode>(["add", "subtract", "multiply", "divide", "maximum", "minimum", "greater"]);
const COMPLEX_ONE: MapOpcode[] = ["scale", "offset", "negate", "conj", "re", "im", "abs2", "unit"];

/** Values of either sign and of many sizes. */
function wide(count: number, { positive = false, limit = 80 } = {}): Float32Array {
  return randomWords(count, 7).map((v, i) => {
    const size = Math.min(limit, Math.abs(v) * 10 ** (i % 7 - 4));
    return positive ? size : size * Math.sign(v);
  });
}

Deno.test("map computes every instruction on real values", async () => {
  await onDevices(async (device) => {
    for (const op of MAP_OPCODES) {
      if (op === "complex" || op === "cis") continue;
      const positive = op === "log" || op === "sqrt" || op === "logGamma1p";
      const inputs = [real(997), ...(TWO.has(op) ? [real(997)] : [])];
      const values = [wide(997, { positive, limit: positive ? 1e6 : op === "exp" ? 3 : 80 })];
      const program = [step(op, 0, TWO.has(op) ? 1 : 0, 0.75)];
      const { actual, expected } = await runCase(device, {
        op: OPS.map,
        attrs: { program, shape: [997] },
        inputs,
        values,
      });
      for (let i = 0; i < 997; i++) {
        const bound = 4e-7 * Math.abs(expected[0][i]) + (op === "logGamma1p" ? 3e-7 : 2e-8);
        const error = Math.abs(actual[0][i] - expected[0][i]);
        assert.ok(error <= bound, `${op}(${values[0][i]}) is ${actual[0][i]}, not ${expected[0][i]}`);
      }
    }
  });
});

Deno.test("map treats infinities, zeros and what is not a number as IEEE 754 does", async () => {
  const values = Float32Array.of(0, -0, Infinity, -Infinity, NaN, 1e38, -1e38, 1e-40, 100, -100, 1);
  await onDevices(async (device) => {
    for (const op of ["exp", "log", "sqrt", "tanh", "sigmoid", "sign", "abs", "relu"] as const) {
      const { actual, expected } = await runCase(device, {
        op: OPS.map,
        attrs: { program: [step(op)], shape: [values.length] },
        inputs: [real(values.length)],
        values: [values],
      });
      const known = { relu: [4], sign: [4] }[op as string] ?? [];
      for (let i = 0; i < values.length; i++) {
        if (known.includes(i)) continue;
        const want = Math.fround(expected[0][i]);
        const close = Object.is(actual[0][i] + 0, want + 0) ||
          Math.abs(actual[0][i] - want) <= 1e-6 * Math.abs(want) + 1e-37;
        assert.ok(close, `${op}(${values[i]}) is ${actual[0][i]}, not ${want}`);
      }
    }
  });
});

Deno.test("map computes on complex values and mixes them with real ones", async () => {
  await onDevices(async (device) => {
    const shape = [3, 131];
    for (const op of COMPLEX_ONE) {
      await assertMatches(device, {
        op: OPS.map,
        attrs: { program: [step(op, 0, 0, 0.75)], shape },
        inputs: [complex(3, 131)],
      });
    }
    for (const op of ["add", "subtract", "multiply"] as const) {
      for (
        const inputs of [[complex(3, 131), complex(131)], [real(3, 1), complex(131)], [
          complex(3, 131),
          real(1),
        ]]
      ) {
        await assertMatches(device, { op: OPS.map, attrs: { program: [step(op, 0, 1)], shape }, inputs });
      }
    }
    await assertMatches(device, {
      op: OPS.map,
      attrs: {
        program: [step("complex", 0, 1), step("cis", 0), step("multiply", 2, 3), step("conj", 4)],
        shape,
      },
      inputs: [real(3, 131), real(131)],
    });
    await assertMatches(device, {
      op: OPS.map,
      attrs: { program: [step("divide", 0, 1)], shape },
      inputs: [complex(3, 131), real(3, 1)],
      values: [undefined, Float32Array.of(0.5, -2, 3)],
    });
  });
});

Deno.test("map broadcasts along any axes", async () => {
  const shapes: TensorType[][] = [
    [real(2, 3, 5, 7), real(3, 1, 1)],
    [real(2, 1, 5, 1), real(3, 1, 7)],
    [real(4, 1, 3, 1, 5), real(1, 2, 1, 6, 1)],
    [real(1), real(1)],
    [real(5, 300), real(5, 1)],
    [complex(2, 4, 9, 9), complex(1, 4, 9, 9)],
  ];
  await onDevices(async (device) => {
    for (const inputs of shapes) {
      const shape = inputs[0].shape.map((_, axis) => {
        const k = axis - inputs[0].shape.length + inputs[1].shape.length;
        return Math.max(inputs[0].shape[axis], inputs[1].shape[k] ?? 1);
      });
      const program = [step("subtract", 0, 1), step("scale", 2, 0, 3)];
      await assertMatches(device, { op: OPS.map, attrs: { program, shape }, inputs });
    }
  });
});

Deno.test("reduce sums and finds maxima over any axes", async () => {
  const cases: [number[], number[]][] = [
    [[5, 7], [0]],
    [[5, 7], [1]],
    [[5, 7], [0, 1]],
    [[2, 3, 9, 11], [0, 2, 3]],
    [[2, 3, 9, 11], [1]],
    [[4, 5, 6], [0, 2]],
    [[3, 200], [0]],
    [[40000, 3], [0]],
    [[3, 50000], [1]],
    [[70000], [0]],
    [[7], []],
  ];
  await onDevices(async (device) => {
    for (const [shape, axes] of cases) {
      for (const kind of ["sum", "max"] as const) {
        const attrs = { shape, axes, kind, program: [] };
        await assertMatches(device, { op: OPS.reduce, attrs, inputs: [real(...shape)] }, 3e-6);
      }
      const program = [step("multiply", 0, 1), step("offset", 2, 0, 0.25)];
      const attrs = { shape, axes, kind: "sum" as const, program };
      await assertMatches(device, {
        op: OPS.reduce,
        attrs,
        inputs: [complex(...shape), real(shape.at(-1) ?? 1)],
      }, 3e-6);
    }
  });
});

Deno.test("max_gradient goes to the first maximum only", async () => {
  await onDevices(async (device) => {
    for (const axes of [[0], [2, 3], [1], [0, 3]]) {
      const x = randomWords(2 * 3 * 4 * 5, 3).map((v) => Math.round(v * 2));
      const shape = [2, 3, 4, 5];
      const attrs = { shape, axes, kind: "max" as const, program: [] };
      const { expected: [y] } = await runCase(device, {
        op: OPS.reduce,
        attrs,
        inputs: [real(...shape)],
        values: [x],
      });
      const kept = real(...shape.map((n, axis) => axes.includes(axis) ? 1 : n));
      await assertMatches(device, {
        op: OPS.max_gradient,
        attrs: { axes },
        inputs: [real(...shape), kept, kept],
        values: [x, Float32Array.from(y)],
      });
    }
  });
});

/** Batch, channels, outputs, height, width, kernel height and width. */
const CONVOLUTIONS = [
  [2, 3, 5, 5, 7, 3, 3],
  [1, 1, 1, 1, 1, 3, 3],
  [2, 2, 16, 9, 13, 3, 3],
  [1, 8, 8, 5, 7, 3, 3],
  [3, 12, 20, 8, 8, 3, 3],
  [2, 16, 9, 4, 4, 3, 3],
  [1, 33, 17, 31, 33, 3, 3],
  [5, 24, 40, 6, 10, 3, 3],
  [2, 64, 64, 16, 16, 3, 3],
  [1, 40, 1, 12, 16, 3, 3],
  [2, 2, 1, 9, 33, 7, 7],
  [2, 1, 1, 1, 24, 1, 3],
  [1, 6, 10, 7, 5, 1, 1],
  [1, 3, 4, 11, 12, 5, 5],
  [2, 9, 1, 5, 16, 3, 3],
  [1, 12, 2, 8, 32, 3, 3],
];

Deno.test("convolutions agree with the reference, activations included", async () => {
  await onDevices(async (device) => {
    for (const [b, c, o, h, w, kh, kw] of CONVOLUTIONS) {
      for (const activation of ["none", "relu", "silu"] as const) {
        const bias = activation === "silu" ? [] : [real(o)];
        const inputs = [real(b, c, h, w), real(o, c, kh, kw), ...bias];
        await assertMatches(device, { op: OPS.conv2d, attrs: { activation }, inputs }, 3e-6);
      }
    }
  });
});

Deno.test("input gradients of convolutions agree with the reference", async () => {
  await onDevices(async (device) => {
    for (const [b, c, o, h, w, kh, kw] of CONVOLUTIONS) {
      const inputs = [real(b, o, h, w), real(o, c, kh, kw)];
      await assertMatches(device, { op: OPS.conv2d_input_gradient, attrs: {}, inputs }, 3e-6);
    }
  });
});

Deno.test("weight gradients of convolutions agree with the reference", async () => {
  await onDevices(async (device) => {
    for (const [b, c, o, h, w, kh, kw] of CONVOLUTIONS) {
      const inputs = [real(b, c, h, w), real(b, o, h, w)];
      const attrs = { kernel: [kh, kw] as const };
      await assertMatches(device, { op: OPS.conv2d_weight_gradient, attrs, inputs }, 5e-6);
    }
  });
});

Deno.test("pooling and upsampling agree with the reference, ties included", async () => {
  await onDevices(async (device) => {
    for (const [h, w] of [[2, 2], [4, 6], [8, 16], [6, 22]]) {
      const x = randomWords(6 * h * w, 5).map((v) => Math.round(v * 2));
      const [big, small] = [real(2, 3, h, w), real(2, 3, h / 2, w / 2)];
      const { expected: [y] } = await assertMatches(device, {
        op: OPS.max_pool2,
        attrs: {},
        inputs: [big],
        values: [x],
      });
      await assertMatches(device, {
        op: OPS.max_pool2_gradient,
        attrs: {},
        inputs: [big, small, small],
        values: [x, Float32Array.from(y)],
      });
      await assertMatches(device, { op: OPS.upsample2, attrs: {}, inputs: [small] });
      await assertMatches(device, { op: OPS.upsample2_gradient, attrs: {}, inputs: [big] });
    }
  });
});

Deno.test("concat, crop and pad move the right elements", async () => {
  await onDevices(async (device) => {
    for (const make of [real, complex]) {
      for (const axis of [0, 1, 2, 3]) {
        const shapes = [1, 4, 2].map((n) => [2, 3, 5, 7].map((size, i) => i === axis ? n : size));
        await assertMatches(device, {
          op: OPS.concat,
          attrs: { axis },
          inputs: shapes.map((s) => make(...s)),
        });
      }
      await assertMatches(device, {
        op: OPS.crop,
        attrs: { start: [1, 0, 2, 3], shape: [1, 3, 2, 4] },
        inputs: [make(2, 3, 5, 7)],
      });
      await assertMatches(device, {
        op: OPS.crop,
        attrs: { start: [0, 1, 0, 0], shape: [2, 2, 5, 7] },
        inputs: [make(2, 3, 5, 7)],
      });
      await assertMatches(device, {
        op: OPS.pad,
        attrs: { before: [0, 1, 2, 0], shape: [2, 5, 8, 9] },
        inputs: [make(2, 3, 5, 7)],
      });
    }
  });
});

Deno.test("matrix products agree with the reference, transposed or not", async () => {
  await onDevices(async (device) => {
    for (const [m, k, n] of [[1, 1, 1], [16, 64, 4], [5, 7, 33], [9, 130, 18]]) {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const inputs = [real(...(transposeA ? [k, m] : [m, k])), real(...(transposeB ? [n, k] : [k, n]))];
          await assertMatches(device, { op: OPS.matmul, attrs: { transposeA, transposeB }, inputs });
        }
      }
    }
  });
});

Deno.test("transforms agree with the reference in both directions, centred or not", async () => {
  await onDevices(async (device) => {
    for (
      const [n, h, w] of [[3, 32, 32], [2, 64, 64], [1, 48, 40], [1, 96, 160], [1, 134, 156]]
    ) {
      for (const inverse of [false, true]) {
        for (const shift of [false, true]) {
          await assertMatches(device, {
            op: OPS.fft2,
            attrs: { inverse, shift },
            inputs: [complex(n, h, w)],
          });
        }
      }
    }
  });
});

Deno.test("translation agrees with the reference, far and fractional offsets included", async () => {
  const offsets = Float32Array.of(0, 0, 0.25, -0.75, -3.5, 2, 100, 0, 0, -100, 6.999, -6.001, -8, 8);
  await onDevices(async (device) => {
    for (const make of [real, complex]) {
      for (const [n, h, w, height, width] of [[7, 9, 12, 9, 12], [1, 8, 8, 14, 20], [7, 16, 18, 10, 8]]) {
        for (const sign of [1, -1] as const) {
          await assertMatches(device, {
            op: OPS.translate,
            attrs: { sign, height, width },
            inputs: [make(n, h, w), real(7, 2)],
            values: [undefined, offsets],
          });
        }
      }
    }
  });
});

Deno.test("optimiser steps agree with the reference and write in place", async () => {
  const flat = real(197);
  const positive = randomWords(197, 9).map(Math.abs);
  await onDevices(async (device) => {
    for (const decoupled of [0, 1]) {
      const hyper = Float32Array.of(1e-3, 0.9, 0.999, 1e-8, 0.01, decoupled, 1 - 0.9 ** 3, 1 - 0.999 ** 3);
      await assertMatches(device, {
        op: OPS.adam,
        attrs: {},
        inputs: [flat, flat, flat, flat, real(8)],
        values: [undefined, undefined, undefined, positive, hyper],
      });
    }
    for (const nesterov of [0, 1]) {
      await assertMatches(device, {
        op: OPS.sgd,
        attrs: {},
        inputs: [flat, flat, flat, real(4)],
        values: [undefined, undefined, undefined, Float32Array.of(0.1, 0.9, 0.01, nesterov)],
      });
    }
  });
});

Deno.test("results do not depend on the number of threads", async () => {
  const run = async (threads: number) => {
    const device = await WasmDevice.create({ threads });
    try {
      const shape = [4, 16, 20, 24];
      const x = real(...shape);
      const results = [
        await runCase(device, {
          op: OPS.conv2d,
          attrs: { activation: "relu" },
          inputs: [x, real(24, 16, 3, 3), real(24)],
        }),
        await runCase(device, {
          op: OPS.conv2d_weight_gradient,
          attrs: { kernel: [3, 3] },
          inputs: [x, real(4, 24, 20, 24)],
        }),
        await runCase(device, {
          op: OPS.reduce,
          attrs: { shape, axes: [0, 1, 2, 3], kind: "sum", program: [step("square")] },
          inputs: [x],
        }),
        ...await Promise.all([[3, 80, 64], [3, 128, 64]].map((planes) =>
          runCase(device, {
            op: OPS.fft2,
            attrs: { inverse: false, shift: true },
            inputs: [{ shape: planes, dtype: "c64" }],
          })
        )),
      ];
      assert.equal(sizeOf(shape), 30720);
      return results.map(({ actual }) => actual[0]);
    } finally {
      await device.dispose();
    }
  };
  const [one, two, three] = [await run(1), await run(2), await run(3)];
  assert.deepEqual(two, one);
  assert.deepEqual(three, one);
});
