/**
 * GFLOP/s of each convolution of the calibrated network on the CPU device, forward and both gradients, with one and
 * with two threads. A rate counts the arithmetic of the plain definition, so Winograd's may exceed the machine's.
 *
 * usage: deno run -A bench/wasm_shapes.ts [--batch 16] [--size 64] [--threads 1,2] [--repeats 5]
 *
 * @module
 */
import type { Slice } from "../src/device/device.ts";
import { WasmDevice } from "../src/device/wasm/device.ts";
import type { Op } from "../src/tensor/op.ts";
import { OPS } from "../src/tensor/ops/registry.ts";
import { bytesOf, type TensorType, wordsOf } from "../src/tensor/types.ts";

/** Channels in and out, divisor of the pattern's side, and how often the shape occurs in the network. */
export const NETWORK_SHAPES = [
  [2, 64, 1, 1],
  [64, 64, 1, 1],
  [64, 128, 2, 1],
  [128, 128, 2, 1],
  [128, 256, 4, 1],
  [256, 256, 4, 1],
  [256, 128, 8, 2],
  [128, 128, 8, 2],
  [384, 64, 4, 2],
  [64, 64, 4, 2],
  [192, 32, 2, 2],
  [32, 32, 2, 2],
  [96, 1, 1, 2],
] as const;

const real = (...shape: number[]): TensorType => ({ shape, dtype: "f32" });

/** One operation on the device, ready to run again and again. */
export interface Runner {
  readonly flops: number;
  run(): void;
  dispose(): void;
}

/** Puts an operation with random inputs on the device. */
export async function prepareOp<A>(
  device: WasmDevice,
  { op, attrs, inputs }: { op: Op<A>; attrs: A; inputs: readonly TensorType[] },
): Promise<Runner> {
  const output = op.infer(inputs, attrs);
  const node = { attrs, inputs, output };
  const { limits } = device.info;
  const slice = (bytes: number): Slice => ({ buffer: device.allocate(bytes, op.name), byteOffset: 0, bytes });
  const slices = inputs.map((type) => slice(bytesOf(type)));
  slices.forEach((s, i) =>
    device.write(s, new Float32Array(wordsOf(inputs[i])).map(() => Math.random() - 0.5))
  );
  const own = [
    slice(bytesOf(output)),
    slice(op.lower.wasm.scratchBytes?.(node, limits) ?? 0),
    slice(op.lower.wasm.packedBytes?.(node, limits) ?? 0),
  ];
  const [out, scratch, packed] = own;
  const prepared = await device.prepare(
    op.lower.wasm.calls({ ...node, in: slices, out, scratch, packed, limits }),
  );
  return {
    flops: op.flops(node),
    run: () => device.run(prepared),
    dispose() {
      prepared.dispose();
      for (const { buffer } of [...slices, ...own]) device.release(buffer);
    },
  };
}

/** The three operations of a layer. */
export function layerOps(batch: number, channels: number, outputs: number, side: number) {
  const [x, y, w] = [
    real(batch, channels, side, side),
    real(batch, outputs, side, side),
    real(outputs, channels, 3, 3),
  ];
  return {
    forward: { op: OPS.conv2d as Op<unknown>, attrs: { activation: "relu" }, inputs: [x, w, real(outputs)] },
    input: { op: OPS.conv2d_input_gradient as Op<unknown>, attrs: {}, inputs: [y, w] },
    weight: { op: OPS.conv2d_weight_gradient as Op<unknown>, attrs: { kernel: [3, 3] }, inputs: [x, y] },
  };
}

function bestSeconds(run: () => void, repeats: number): number {
  run();
  let best = Infinity;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

function option(name: string, fallback: string): string {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
}

async function main(): Promise<void> {
  const [batch, size, repeats] = [["batch", "16"], ["size", "64"], ["repeats", "5"]].map(([n, d]) =>
    Number(option(n, d))
  );
  for (const threads of option("threads", "1,2").split(",").map(Number)) {
    const device = await WasmDevice.create({ threads });
    const total = { forward: 0, input: 0, weight: 0 };
    console.log(`${device.info.name}, batch ${batch}, ${size} x ${size}: GFLOP/s (ms)`);
    for (const [channels, outputs, divisor, times] of NETWORK_SHAPES) {
      const side = size / divisor;
      const row: string[] = [];
      for (const [name, layer] of Object.entries(layerOps(batch, channels, outputs, side))) {
        const runner = await prepareOp(device, layer);
        const seconds = bestSeconds(runner.run, repeats);
        runner.dispose();
        total[name as keyof typeof total] += seconds * times;
        row.push(
          `${name} ${(runner.flops / seconds / 1e9).toFixed(0).padStart(4)} (${
            (seconds * 1e3).toFixed(2).padStart(7)
          })`,
        );
      }
      console.log(
        `${`${channels}->${outputs}`.padStart(9)} @${String(side).padEnd(3)} x${times}  ${row.join("   ")}`,
      );
    }
    const sums = Object.entries(total).map(([name, s]) => `${name} ${(s * 1e3).toFixed(1)} ms`);
    const all = total.forward + total.input + total.weight;
    console.log(`whole network: ${sums.join(", ")}; ${(all / batch * 1e3).toFixed(2)} ms per pattern\n`);
    await device.dispose();
  }
}

if (import.meta.main) await main();
