/**
 * What threads give to the convolutions of the calibrated network. Every round times one thread, all threads, and a
 * control (a product that stays in the registers of each core) with one thread and with all, one after the
 * other, so that whatever else the machine does meets all of them. The control is what the machine itself can give at
 * that moment; the last column is the part of it that the operation reaches.
 *
 * usage: deno run -A bench/wasm_threads.ts [--batch 16] [--size 64] [--threads 2] [--rounds 9] [--kinds weight] [--json]
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Slice } from "../src/engine/devices/device.ts";
import { matmulKernel } from "../src/engine/ops/matmul/matmul.ts";
import { WasmDevice } from "../src/engine/devices/wasm/device.ts";

import { layerOps, NETWORK_SHAPES, prepareOp } from "./wasm_shapes.ts";

const { values } = parseArgs({
  options: {
    batch: { type: "string", default: "16" },
    size: { type: "string", default: "64" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "9" },
    kinds: { type: "string", default: "forward,input,weight" },
    json: { type: "boolean", default: false },
  },
});

const [batch, size, threads, rounds] = [values.batch, values.size, values.threads, values.rounds].map(Number);

const kinds = (["forward", "input", "weight"] as const).filter((kind) =>
  values.kinds.split(",").includes(kind)
);

/** The control's product: rows, columns, inner size. All strides are zero, so that it stays in registers. */
const CONTROL = [2048, 16, 4096] as const;
/** Operations are repeated until a timing takes so long: threads that wake up are not what is asked for. */
const LEAST_MS = 8;
const WARM_UPS = 3;

/** One direction of one shape. */
interface Row {
  readonly name: string;
  readonly kind: string;
  readonly times: number;
  /** Medians in ms. */
  readonly one: number;
  readonly all: number;
  /** Medians over the rounds: one thread's time over all threads' time, of the control too, and the ratio of the two. */
  readonly scaling: number;
  readonly ceiling: number;
  readonly part: number;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function milliseconds(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** A product that needs no memory beyond the registers. */
async function control(device: WasmDevice): Promise<() => void> {
  const [rows, columns, inner] = CONTROL;
  const slices = [rows * columns, columns, columns].map((words): Slice => {
    const bytes = 4 * words;
    return { buffer: device.allocate(bytes, "control"), byteOffset: 0, bytes };
  });
  const [out, a, b] = slices;
  const strides = { a_row: 0, a_column: 0, b_row: 0, b_column: 1 };
  const prepared = await device.prepare([
    matmulKernel({ out, a, b, m: rows, n: columns, k: inner, ...strides }),
  ]);
  return () => device.run(prepared);
}

/** Times one operation on both devices, with the control between. */
async function measure(
  devices: readonly WasmDevice[],
  { layer, kind, controls }: {
    layer: ReturnType<typeof layerOps>;
    kind: keyof ReturnType<typeof layerOps>;
    controls: readonly (() => void)[];
  },
): Promise<Pick<Row, "one" | "all" | "scaling" | "ceiling" | "part">> {
  const runners = await Promise.all(devices.map((device) => prepareOp(device, layer[kind])));
  runners.forEach(({ run }) => run());
  const repeats = Math.ceil(LEAST_MS / milliseconds(runners[1].run));
  const repeated = runners.map(({ run }) => () => {
    for (let i = 0; i < repeats; i++) run();
  });
  const runs = [...repeated, ...controls];
  const times = runs.map((): number[] => []);
  for (let round = -WARM_UPS; round < rounds; round++) {
    const taken = runs.map(milliseconds);
    if (round >= 0) taken.forEach((ms, i) => times[i].push(ms));
  }
  runners.forEach((runner) => runner.dispose());
  const ratio = (a: number, b: number) => times[a].map((ms, i) => ms / times[b][i]);
  const [scaling, ceiling] = [ratio(0, 1), ratio(2, 3)];
  return {
    one: median(times[0]) / repeats,
    all: median(times[1]) / repeats,
    scaling: median(scaling),
    ceiling: median(ceiling),
    part: median(scaling.map((value, i) => value / ceiling[i])),
  };
}

function line(row: Row): string {
  const numbers = [row.one, row.all, row.scaling, row.ceiling, row.part];
  const cells = numbers.map((n) => n.toFixed(2).padStart(8)).join("");
  return `${row.name.padEnd(18)}${row.kind.padEnd(8)}${cells}`;
}

/** The whole network, or one direction of it; the part is the mean by time. */
function total(rows: readonly Row[], kind: string): Row {
  const chosen = rows.filter((row) => kind === "all" || row.kind === kind);
  const sum = (of: (row: Row) => number) => chosen.reduce((value, row) => value + row.times * of(row), 0);
  const [one, all] = [sum((row) => row.one), sum((row) => row.all)];
  const ceiling = median(chosen.map((row) => row.ceiling));
  const part = sum((row) => row.one * row.part) / one;
  return { name: "network", kind, times: 1, one, all, scaling: one / all, ceiling, part };
}

const devices = [await WasmDevice.create({ threads: 1 }), await WasmDevice.create({ threads })];
const controls = await Promise.all(devices.map(control));
for (let i = 0; i < 10; i++) controls.forEach((run) => run());
const rows: Row[] = [];
const show = (row: Row) => values.json || console.log(line(row));
if (!values.json) {
  console.log(`batch ${batch}, ${size} x ${size}, medians of ${rounds} rounds`);
  const heads = ["1, ms", `${threads}, ms`, "scaling", "control", "part"];
  console.log(" ".repeat(26) + heads.map((head) => head.padStart(8)).join(""));
}
for (const [channels, outputs, divisor, times] of NETWORK_SHAPES) {
  const side = size / divisor;
  const layer = layerOps(batch, channels, outputs, side);
  for (const kind of kinds) {
    const figures = await measure(devices, { layer, kind, controls });
    rows.push({ name: `${channels}->${outputs} @${side}`, kind, times, ...figures });
    show(rows[rows.length - 1]);
  }
}
const totals = [...kinds, "all"].map((kind) => total(rows, kind));
totals.forEach(show);
if (values.json) console.log(JSON.stringify({ batch, size, threads, rounds, rows, totals }, null, 2));
await Promise.all(devices.map((device) => device.dispose()));
