/**
 * Kernels of the CPU device at the shapes of the calibrated network, on all cores: `deno bench -A bench/wasm_bench.ts`.
 * `bench/wasm_shapes.ts` compares the ways to convolve and the numbers of threads.
 *
 * @module
 */
import type { Op } from "../src/engine/graph/graph.ts";
import { OPS } from "../src/engine/ops/registry.ts";
import type { TensorType } from "../src/engine/graph/types.ts";
import { WasmDevice } from "../src/engine/devices/wasm/device.ts";

import { layerOps, NETWORK_SHAPES, prepareOp, type Runner } from "./wasm_shapes.ts";

const BATCH = 4;
const SIZE = 64;

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: "f32" });
const c64 = (...shape: number[]): TensorType => ({ shape, dtype: "c64" });

/** One operation at one shape. */
interface Work {
  readonly group: string;
  readonly name: string;
  prepare(device: WasmDevice): Promise<Runner>;
}

function work<A>(
  group: string,
  { op, attrs, inputs }: { op: Op<A>; attrs: A; inputs: readonly TensorType[] },
): Work {
  const name = `${op.name} ${inputs.map(({ shape }) => `[${shape}]`).join(" ")}`;
  return { group, name, prepare: (device) => prepareOp(device, { op, attrs, inputs }) };
}

function convolutions(): Work[] {
  return NETWORK_SHAPES.flatMap(([channels, outputs, divisor]) => {
    const side = SIZE / divisor;
    const layer = layerOps(BATCH, channels, outputs, side);
    return Object.values(layer).map((one) => work(`${channels}->${outputs} @${side}`, one));
  });
}

function transforms(): Work[] {
  const sizes = [[64, 256], [96, 64], [128, 64], [256, 16], [512, 4], [512, 1]];
  return sizes.map(([n, batch]) =>
    work("fft2", { op: OPS.fft2, attrs: { inverse: false, shift: true }, inputs: [c64(batch, n, n)] })
  );
}

function elementwise(): Work[] {
  const shape = [BATCH, 64, SIZE, SIZE];
  const large = f32(...shape);
  const program = [{ op: "multiply", a: 0, b: 1, c: 0 }, { op: "tanh", a: 2, b: 0, c: 0 }] as const;
  const sum = { kind: "sum", axes: [0, 2, 3], program: [], shape } as const;
  const weights = f32(2677632);
  return [
    work("elementwise", { op: OPS.map, attrs: { program, shape }, inputs: [large, f32(64, 1, 1)] }),
    work("sums", { op: OPS.reduce, attrs: sum, inputs: [large] }),
    work("sums", {
      op: OPS.max_gradient,
      attrs: { axes: [2, 3] },
      inputs: [large, f32(BATCH, 64, 1, 1), f32(BATCH, 64, 1, 1)],
    }),
    work("products", {
      op: OPS.matmul,
      attrs: { transposeA: false, transposeB: true },
      inputs: [f32(256, 512), f32(256, 512)],
    }),
    work("optimisers", { op: OPS.adam, attrs: {}, inputs: [weights, weights, weights, weights, f32(8)] }),
    work("optimisers", { op: OPS.sgd, attrs: {}, inputs: [weights, weights, weights, f32(4)] }),
  ];
}

function moves(): Work[] {
  const [large, half] = [f32(BATCH, 64, SIZE, SIZE), f32(BATCH, 64, SIZE / 2, SIZE / 2)];
  const [stack, places] = [c64(256, SIZE, SIZE), f32(256, 2)];
  return [
    work("windows", { op: OPS.max_pool2, attrs: {}, inputs: [large] }),
    work("windows", { op: OPS.max_pool2_gradient, attrs: {}, inputs: [large, half, half] }),
    work("windows", { op: OPS.upsample2, attrs: {}, inputs: [half] }),
    work("windows", { op: OPS.upsample2_gradient, attrs: {}, inputs: [large] }),
    work("copies", { op: OPS.concat, attrs: { axis: 1 }, inputs: [large, f32(BATCH, 32, SIZE, SIZE)] }),
    work("copies", {
      op: OPS.crop,
      attrs: { start: [0, 32, 0, 0], shape: [BATCH, 32, SIZE, SIZE] },
      inputs: [large],
    }),
    work("copies", {
      op: OPS.pad,
      attrs: { before: [0, 0, 8, 8], shape: [BATCH, 64, SIZE + 16, SIZE + 16] },
      inputs: [large],
    }),
    work("gathers", {
      op: OPS.translate,
      attrs: { sign: 1, height: 96, width: 96 },
      inputs: [c64(64, SIZE, SIZE), f32(64, 2)],
    }),
    work("gathers", {
      op: OPS.extract,
      attrs: { height: SIZE, width: SIZE },
      inputs: [c64(512, 512), places],
    }),
    work("gathers", { op: OPS.scatter, attrs: { height: 512, width: 512 }, inputs: [stack, places] }),
    work("rows", { op: OPS.take, attrs: {}, inputs: [stack, f32(64)] }),
    work("rows", { op: OPS.put, attrs: {}, inputs: [stack, c64(64, SIZE, SIZE), f32(64)] }),
  ];
}

const device = await WasmDevice.create();
for (const { group, name, prepare } of [...convolutions(), ...transforms(), ...elementwise(), ...moves()]) {
  let runner: Runner | undefined;
  Deno.bench({
    name: `wasm ${name}`,
    group: `wasm ${group}`,
    n: 20,
    warmup: 3,
    async fn(bench) {
      runner ??= await prepare(device); // in the first round, which is not counted
      bench.start();
      runner.run();
      bench.end();
    },
  });
}
