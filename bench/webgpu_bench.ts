/**
 * Kernels of the GPU device at the shapes of the calibrated network: `deno bench -A bench/webgpu_bench.ts`. Without a GPU
 * there is nothing to measure, and none is run. `bench/webgpu_ops.ts` prints arithmetic and bytes as well.
 *
 * @module
 */
import { bytesOf, type TensorType } from "../src/engine/graph/types.ts";
import type { Op } from "../src/engine/graph/graph.ts";
import { OPS } from "../src/engine/ops/registry.ts";
import { type Slice, SLICE_ALIGNMENT } from "../src/engine/devices/device.ts";
import { WebGpuDevice } from "../src/engine/devices/webgpu/device.ts";

const BATCH = 4;

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: "f32" });
const c64 = (...shape: number[]): TensorType => ({ shape, dtype: "c64" });

/** One operation at one shape. */
interface Work {
  readonly group: string;
  readonly name: string;
  prepare(device: WebGpuDevice): Promise<() => Promise<void>>;
}

function work<A>(group: string, { op, attrs, inputs }: { op: Op<A>; attrs: A; inputs: TensorType[] }): Work {
  const name = `${op.name} ${inputs.map(({ shape }) => `[${shape}]`).join(" ")}`;
  return { group, name, prepare: (device) => place(device, { op, attrs, inputs }) };
}

/** Gives an operation memory; what is returned runs it once and waits. */
async function place<A>(
  device: WebGpuDevice,
  { op, attrs, inputs }: { op: Op<A>; attrs: A; inputs: TensorType[] },
): Promise<() => Promise<void>> {
  const output = op.infer(inputs, attrs);
  const node = { attrs, inputs, output };
  const { limits } = device.info;
  const { scratchBytes = 0, packedBytes = 0, calls } = op.lower.webgpu(node, limits);
  const slices = [...inputs.map(bytesOf), bytesOf(output), scratchBytes, packedBytes].map(
    (bytes, k): Slice => {
      const buffer = device.allocate(Math.max(bytes, SLICE_ALIGNMENT), `${op.name} ${k}`);
      return { buffer, byteOffset: 0, bytes };
    },
  );
  const [out, scratch, packed] = slices.slice(inputs.length);
  const prepared = await device.prepare(calls({ in: slices.slice(0, inputs.length), out, scratch, packed }));
  return async () => {
    device.run(prepared);
    await device.finish();
  };
}

function convolutions(): Work[] {
  const shapes = [[2, 64, 64], [64, 64, 64], [128, 128, 32], [256, 256, 16], [256, 128, 8], [96, 1, 64]];
  return shapes.flatMap(([c, o, n]) => {
    const [x, w, g] = [f32(BATCH, c, n, n), f32(o, c, 3, 3), f32(BATCH, o, n, n)];
    const group = `${c}->${o} @${n}`;
    return [
      work(group, { op: OPS.conv2d, attrs: { activation: "relu" }, inputs: [x, w] }),
      work(group, { op: OPS.conv2d_input_gradient, attrs: {}, inputs: [g, w] }),
      work(group, { op: OPS.conv2d_weight_gradient, attrs: { kernel: [3, 3] }, inputs: [x, g] }),
    ];
  });
}

function others(): Work[] {
  const shape = [BATCH, 64, 64, 64];
  const [large, small] = [f32(...shape), f32(BATCH, 64, 32, 32)];
  const program = [{ op: "multiply", a: 0, b: 1, c: 0 }, { op: "tanh", a: 2, b: 0, c: 0 }] as const;
  const sum = { kind: "sum", axes: [0, 2, 3], program: [], shape } as const;
  const weights = f32(2677632);
  return [
    ...[64, 128, 256].map((n) =>
      work("fft2", {
        op: OPS.fft2,
        attrs: { inverse: false, shift: true },
        inputs: [c64(2 ** 18 / n ** 2, n, n)],
      })
    ),
    work("elementwise", { op: OPS.map, attrs: { program, shape }, inputs: [large, f32(64, 1, 1)] }),
    work("sums", { op: OPS.reduce, attrs: sum, inputs: [large] }),
    work("windows", { op: OPS.max_pool2, attrs: {}, inputs: [large] }),
    work("windows", { op: OPS.max_pool2_gradient, attrs: {}, inputs: [large, small, small] }),
    work("windows", { op: OPS.upsample2, attrs: {}, inputs: [small] }),
    work("copies", { op: OPS.concat, attrs: { axis: 1 }, inputs: [large, f32(BATCH, 32, 64, 64)] }),
    work("gathers", {
      op: OPS.translate,
      attrs: { sign: 1, height: 96, width: 96 },
      inputs: [c64(64, 64, 64), f32(64, 2)],
    }),
    work("optimiser", { op: OPS.adam, attrs: {}, inputs: [weights, weights, weights, weights, f32(8)] }),
  ];
}

const adapter = await navigator.gpu?.requestAdapter();
const device = adapter ? await WebGpuDevice.create({ software: true }) : undefined;
for (const { group, name, prepare } of [...convolutions(), ...others()]) {
  let run: (() => Promise<void>) | undefined;
  Deno.bench({
    name: `webgpu ${name}`,
    group: `webgpu ${group}`,
    ignore: !device,
    n: 5,
    warmup: 1,
    async fn() {
      if (!device) return;
      run ??= await prepare(device); // in the first round, which is not counted
      await run();
    },
  });
}
