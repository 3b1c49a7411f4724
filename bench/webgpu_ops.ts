/**
 * Speed of the GPU kernels at the calibrated network's shapes: `deno run -A bench/webgpu_ops.ts [batch] [filter]`.
 *
 * @module
 */
import { bytesOf, type TensorType } from "../src/engine/graph/types.ts";
import type { Op } from "../src/engine/graph/graph.ts";
import { OPS } from "../src/engine/ops/registry.ts";
import { type Slice, SLICE_ALIGNMENT } from "../src/engine/devices/device.ts";
import { WebGpuDevice } from "../src/engine/devices/webgpu/device.ts";

interface Work<A> {
  readonly name: string;
  readonly op: Op<A>;
  readonly attrs: A;
  readonly inputs: readonly TensorType[];
}

function f32(...shape: number[]): TensorType {
  return { shape, dtype: "f32" };
}

function c64(...shape: number[]): TensorType {
  return { shape, dtype: "c64" };
}

/** Places a node, runs it until a second has passed, and returns milliseconds for each run. */
async function time<A>(device: WebGpuDevice, { op, attrs, inputs }: Work<A>): Promise<number> {
  const output = op.infer(inputs, attrs);
  const node = { attrs, inputs, output };
  const { limits } = device.info;
  const { scratchBytes = 0, packedBytes = 0, calls } = op.lower.webgpu(node, limits);
  const sizes = [...inputs.map(bytesOf), bytesOf(output), scratchBytes, packedBytes];
  let total = 0;
  const places = sizes.map((bytes) => {
    const byteOffset = total;
    total += Math.ceil(bytes / SLICE_ALIGNMENT) * SLICE_ALIGNMENT;
    return { byteOffset, bytes };
  });
  const buffer = device.allocate(total, op.name);
  const slices = places.map((place): Slice => ({ buffer, ...place }));
  const [out, scratch, packed] = slices.slice(inputs.length);
  const prepared = await device.prepare(calls({ in: slices.slice(0, inputs.length), out, scratch, packed }));
  device.run(prepared);
  await device.finish();
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < 700) {
    device.run(prepared);
    await device.finish();
    runs++;
  }
  const milliseconds = (performance.now() - start) / runs;
  prepared.dispose();
  device.release(buffer);
  return milliseconds;
}

async function report<A>(device: WebGpuDevice, work: Work<A>): Promise<void> {
  const { op, attrs, inputs, name } = work;
  const ms = await time(device, work);
  const output = op.infer(inputs, attrs);
  const flops = op.flops({ attrs, inputs, output });
  const bytes = [...inputs, output].reduce((sum, type) => sum + bytesOf(type), 0);
  const columns = [name.padEnd(44), `${ms.toFixed(2)} ms`.padStart(12)];
  columns.push(`${(flops / ms / 1e6).toFixed(1)} GFLOP/s`.padStart(16));
  columns.push(`${(bytes / ms / 1e6).toFixed(2)} GB/s`.padStart(14));
  console.log(columns.join(""));
}

const CONVOLUTIONS = [
  [2, 64, 64],
  [64, 64, 64],
  [64, 128, 32],
  [128, 128, 32],
  [256, 256, 16],
  [256, 128, 8],
  [384, 64, 16],
  [192, 32, 32],
  [32, 32, 32],
  [96, 1, 64],
] as const;

const batch = Number(Deno.args[0] ?? 4);
const filter = Deno.args[1] ?? "";
const device = await WebGpuDevice.create({ software: true });
console.log(`${device.info.name}, batch ${batch}`);

const none = { activation: "none" } as const;
for (const [c, o, n] of CONVOLUTIONS) {
  const [x, w, g] = [f32(batch, c, n, n), f32(o, c, 3, 3), f32(batch, o, n, n)];
  const name = `${c} -> ${o} @ ${n}`;
  const works = [
    {
      name: `conv2d ${name}`,
      run: () => report(device, { name: `conv2d ${name}`, op: OPS.conv2d, attrs: none, inputs: [x, w] }),
    },
    {
      name: `input gradient ${name}`,
      run: () =>
        report(device, {
          name: `input gradient ${name}`,
          op: OPS.conv2d_input_gradient,
          attrs: {},
          inputs: [g, w],
        }),
    },
    {
      name: `weight gradient ${name}`,
      run: () =>
        report(device, {
          name: `weight gradient ${name}`,
          op: OPS.conv2d_weight_gradient,
          attrs: { kernel: [3, 3] },
          inputs: [x, g],
        }),
    },
  ];
  for (const work of works) if (work.name.includes(filter)) await work.run();
}

if ("fft2".includes(filter)) {
  for (const n of [64, 128, 512]) {
    const name = `fft2 ${n} x ${n}`;
    const attrs = { inverse: false, shift: true };
    await report(device, { name, op: OPS.fft2, attrs, inputs: [c64(Math.max(1, 2 ** 18 / n ** 2), n, n)] });
  }
}

if ("map reduce".includes(filter)) {
  const shape = [batch, 64, 64, 64];
  const program = [{ op: "multiply", a: 0, b: 1, c: 0 }, { op: "tanh", a: 2, b: 0, c: 0 }] as const;
  const inputs = [f32(...shape), f32(64, 1, 1)];
  await report(device, { name: "map tanh(x w)", op: OPS.map, attrs: { program, shape }, inputs });
  const attrs = { kind: "sum", axes: [0, 2, 3], program: [], shape } as const;
  await report(device, { name: "reduce to channels", op: OPS.reduce, attrs, inputs: [f32(...shape)] });
}
await device.dispose();
