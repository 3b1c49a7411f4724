/**
 * Every algorithm for each convolution of the calibrated network on the CPU device, forward and both gradients, in GFLOP/s of
 * the plain definition (Winograd's rate may exceed the machine's). The rule in `src/engine/ops/conv/conv2d_wasm.ts` follows
 * this table; the algorithm that it takes is marked with a star.
 *
 * usage: deno run -A bench/wasm_shapes.ts [--batch 16] [--size 64] [--threads 1,2] [--repeats 5]
 *
 * @module
 */
import { bytesOf, type TensorType, wordsOf } from "../src/engine/graph/types.ts";
import type { ConvAlgorithm, ConvSizes } from "../src/engine/ops/conv/convolution_wasm.ts";
import { planConv, planWeightGradient } from "../src/engine/ops/conv/conv2d_wasm.ts";
import type { Op } from "../src/engine/graph/graph.ts";
import { OPS } from "../src/engine/ops/registry.ts";
import type { Slice } from "../src/engine/devices/device.ts";
import type { WasmCall } from "../src/engine/devices/calls.ts";
import { WasmDevice } from "../src/engine/devices/wasm/device.ts";

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
  const { scratchBytes = 0, packedBytes = 0, calls } = op.lower.wasm(node, limits);
  const own = [bytesOf(output), scratchBytes, packedBytes].map((bytes) => slice(bytes));
  const [out, scratch, packed] = own;
  const prepared = await device.prepare(calls({ in: slices, out, scratch, packed }));
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

/** One convolution of one layer, by every algorithm. */
interface LayerRuns {
  readonly flops: number;
  readonly taken: ConvAlgorithm;
  readonly runs: ReadonlyMap<ConvAlgorithm, () => void>;
  dispose(): void;
}

const ALGORITHMS = ["winograd4", "single", "direct"] as const;

/** Prepares all algorithms of a layer: `forward`, `input` (gradient) or `weight` (gradient). */
async function prepareAlgorithms(
  device: WasmDevice,
  { batch, channels, outputs, side, kind }: {
    batch: number;
    channels: number;
    outputs: number;
    side: number;
    kind: string;
  },
): Promise<LayerRuns> {
  const { threads } = device.info.limits;
  const sizes = { batch, height: side, width: side, kh: 3, kw: 3 };
  const size: ConvSizes = kind === "input"
    ? { ...sizes, channels: outputs, outputs: channels }
    : { ...sizes, channels, outputs };
  const own: Slice[] = [];
  const slice = (bytes: number, random = false): Slice => {
    const made = { buffer: device.allocate(bytes, kind), byteOffset: 0, bytes };
    if (random) device.write(made, new Float32Array(bytes / 4).map(() => Math.random() - 0.5));
    own.push(made);
    return made;
  };
  const image = (planes: number) => 4 * batch * planes * side * side;
  const [x, y] = [slice(image(size.channels), true), slice(image(size.outputs), true)];
  const weights = slice(36 * channels * outputs, true);
  const runs = new Map<ConvAlgorithm, () => void>();
  const suits: Record<ConvAlgorithm, boolean> = {
    winograd4: true,
    single: kind === "forward" && outputs <= 2 && side % 16 === 0,
    direct: true,
  };
  for (const algorithm of ALGORITHMS) {
    if (!suits[algorithm]) continue;
    let calls: WasmCall[];
    if (kind === "weight") {
      const plan = planWeightGradient(size, { threads }, algorithm);
      calls = plan.calls({ out: weights, x, g: y, scratch: slice(plan.scratchBytes ?? 0) });
    } else {
      const plan = planConv(size, { transpose: kind === "input", threads, activation: 0 }, algorithm);
      const [packed, scratch] = [slice(plan.packedBytes ?? 0), slice(plan.scratchBytes ?? 0)];
      calls = plan.calls({ out: y, x, w: weights, packed, scratch });
    }
    const prepared = await device.prepare(calls);
    runs.set(algorithm, () => device.run(prepared));
  }
  const taken = kind === "weight"
    ? planWeightGradient(size, { threads }).algorithm
    : planConv(size, { transpose: kind === "input", threads, activation: 0 }).algorithm;
  return {
    flops: 2 * batch * channels * outputs * side * side * 9,
    taken,
    runs,
    dispose: () => own.forEach(({ buffer }) => device.release(buffer)),
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
  const totals = new Map<number, number>();
  for (const threads of option("threads", "1,2").split(",").map(Number)) {
    const device = await WasmDevice.create({ threads });
    const total: Record<string, number> = { forward: 0, input: 0, weight: 0 };
    console.log(`${device.info.name}, batch ${batch}, ${size} x ${size}: GFLOP/s (ms)`);
    for (const [channels, outputs, divisor, times] of NETWORK_SHAPES) {
      const side = size / divisor;
      console.log(`${channels}->${outputs} @${side}, ${times} x`);
      for (const kind of Object.keys(total)) {
        const algorithms = await prepareAlgorithms(device, { batch, channels, outputs, side, kind });
        const row: string[] = [];
        for (const [algorithm, run] of algorithms.runs) {
          const seconds = bestSeconds(run, repeats);
          if (algorithm === algorithms.taken) total[kind] += seconds * times;
          const rate = (algorithms.flops / seconds / 1e9).toFixed(0).padStart(4);
          const star = algorithm === algorithms.taken ? "*" : " ";
          row.push(`${algorithm}${star} ${rate} (${(seconds * 1e3).toFixed(2).padStart(7)})`);
        }
        console.log(`  ${kind.padEnd(8)} ${row.join("   ")}`);
        algorithms.dispose();
      }
    }
    const sums = Object.entries(total).map(([name, s]) => `${name} ${(s * 1e3).toFixed(1)} ms`);
    const all = total.forward + total.input + total.weight;
    totals.set(threads, all);
    console.log(`whole network: ${sums.join(", ")}; ${(all / batch * 1e3).toFixed(2)} ms per pattern\n`);
    await device.dispose();
  }
  const [[, first], ...rest] = totals;
  for (const [threads, all] of rest) {
    console.log(`${threads} threads: ${(first / all).toFixed(2)} times as fast`);
  }
}

if (import.meta.main) await main();
