/**
 * How long a training step of the calibrated network takes on three GPUs, on paper: for each dispatch the longest of its
 * arithmetic, its memory traffic and the way from one dispatch to the next. Tiles are the best of those that tuning tries.
 *
 * usage: deno run -A bench/roofline.ts [--size 64 --batch 16] [--json]
 *   Arithmetic and bytes are those of the plan; occupancy follows from the registers and the workgroup memory of each
 *   kernel. No GPU is needed.
 */
import { parseArgs } from "node:util";
import type { AnyDevice } from "../src/engine/devices/any.ts";
import { compile, type PlanRow } from "../src/engine/plan/program.ts";
import {
  convCandidates,
  convKind,
  gradientCandidates,
  gradientKind,
} from "../src/engine/ops/conv/conv_tiles_webgpu.ts";
import type { GpuCall } from "../src/engine/devices/calls.ts";
import { Storage } from "../src/engine/plan/storage.ts";
import type { TileChoice } from "../src/engine/devices/device.ts";
import { calibratedProfile } from "../src/network/model/profiles/calibrated.ts";
import { traceStep, trainingSpaces } from "../src/network/training/update.ts";
import { Weights } from "../src/network/model/parameters.ts";

import { type GpuFigures, GPUS, PaperGpu } from "./support/paper_gpu.ts";

const { values: options } = parseArgs({
  options: {
    size: { type: "string" },
    batch: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

/** What one invocation of a kernel holds, and the part of the peak that its mix of instructions allows. */
interface KernelFigures {
  /** Invocations of a workgroup. */
  readonly lanes: number;
  readonly registers: number;
  readonly sharedBytes: number;
  /** Multiply-adds over all instructions of the inner loop. */
  readonly mix: number;
}

/** Figures of a call, counted in its WGSL. Kernels that are not named move memory, and their mix matters little. */
function figuresOf({ entry, constants: c = {} }: GpuCall): KernelFigures {
  if (entry === "conv3x3") {
    // a row of taps: 192 multiply-adds, 9 vector loads from workgroup memory, about 24 for moves and addresses
    const { TILE_O, TILE_W, TILE_H, TILE_B, CHUNK, STAGES } = c;
    const channel = 4 * (9 * TILE_O + TILE_B * (TILE_H + 2) * (TILE_W + 4));
    const lanes = TILE_O * TILE_B * TILE_H * TILE_W / 64;
    return { lanes, registers: 112, sharedBytes: STAGES * CHUNK * channel, mix: 192 / (192 + 9 + 24) };
  }
  if (entry === "weight_gradient") {
    // four pixels: 288 multiply-adds, 14 vector loads, about 40 for moves and addresses
    const { TILE_O, TILE_C, TILE_W } = c;
    const sharedBytes = 16 * (TILE_C * (32 / TILE_W + 2) * (TILE_W / 4 + 1) + 32 * (TILE_O / 4 + 1));
    return { lanes: TILE_O * TILE_C / 8, registers: 120, sharedBytes, mix: 288 / (288 + 14 + 40) };
  }
  if (entry === "square") return { lanes: 256, registers: 72, sharedBytes: 16384, mix: 0.4 };
  if (entry === "conv_direct") return { lanes: 256, registers: 32, sharedBytes: 0, mix: 0.25 };
  return { lanes: 256, registers: 32, sharedBytes: 0, mix: 0.3 };
}

/** Invocations that a core needs to hide the latency of its arithmetic. */
const BUSY = 256;

/** Part of a core's invocations that are there at once, and part of the cores' time that is used. */
function filled(call: GpuCall, gpu: GpuFigures): { occupancy: number; used: number } {
  const { lanes, registers, sharedBytes } = figuresOf(call);
  const fitting = Math.floor(Math.min(
    gpu.invocations / lanes,
    gpu.registers / (registers * lanes),
    sharedBytes ? gpu.sharedBytes / sharedBytes : Infinity,
  ));
  const perCore = call.workgroups.reduce((a, b) => a * b) / gpu.cores;
  const resident = Math.min(Math.max(1, fitting), Math.ceil(perCore));
  const balanced = perCore / Math.ceil(perCore); // the last workgroups leave cores idle
  const used = balanced * Math.min(1, resident * lanes / BUSY);
  return { occupancy: Math.min(1, resident * lanes / gpu.invocations), used };
}

interface Estimate {
  readonly seconds: number;
  readonly bound: "arithmetic" | "memory" | "launches";
  readonly occupancy: number;
}

/** A row of the plan on a GPU. */
function estimate(row: PlanRow, calls: readonly GpuCall[], gpu: GpuFigures): Estimate {
  const main = calls.reduce((a, b) => figuresOf(b).registers > figuresOf(a).registers ? b : a);
  const { occupancy, used } = filled(main, gpu);
  const arithmetic = row.flops / (gpu.flops * figuresOf(main).mix * used);
  const memory = row.bytes / (0.8 * gpu.bandwidth); // a fifth is lost to refreshes and misses
  const launches = calls.length * gpu.launch;
  const seconds = Math.max(arithmetic, memory, launches);
  const bound = seconds === arithmetic ? "arithmetic" : seconds === memory ? "memory" : "launches";
  return { seconds, bound, occupancy };
}

/**
 * The same convolution by Winograd's F(4x4, 3x3) in three dispatches: a quarter of the products, but 36 values for 16
 * pixels are written and read again on both sides (and the result of the products is no smaller).
 */
function winograd(row: PlanRow, gpu: GpuFigures): number {
  const products = row.flops / 4 / (gpu.flops * 0.8);
  const traffic = row.bytes * (1 + 2 * 36 / 16) / (0.8 * gpu.bandwidth);
  return Math.max(products, gpu.launch) + traffic + 2 * gpu.launch;
}

/** Tiles of every kind of convolution, the k-th of those that tuning tries; none for the rule. */
function tilesOf(k: number | undefined): ReadonlyMap<string, TileChoice> {
  const tiles = new Map<string, TileChoice>();
  if (k === undefined) return tiles;
  for (const outputs of [8, 16, 32, 64]) {
    const [convs, weights] = [convCandidates({ outputs }), gradientCandidates({ outputs })];
    for (const columns of [16, 32, 64]) tiles.set(convKind({ outputs, columns }), convs[k % convs.length]);
    tiles.set(gradientKind({ outputs }), weights[k % weights.length]);
  }
  return tiles;
}

/** The rows of the plan, and the calls of each with every choice of tiles. */
async function planOf(
  size: number,
  batch: number,
): Promise<{ rows: readonly PlanRow[]; choices: (readonly GpuCall[])[][] }> {
  const choices: (readonly GpuCall[])[][] = [];
  let rows: readonly PlanRow[] = [];
  for (const k of [undefined, ...Array.from({ length: 14 }, (_, k) => k)]) {
    const device = new PaperGpu(tilesOf(k));
    const target: AnyDevice = device;
    const weights = new Weights();
    const shape = { batchSize: batch, channels: 1, size, modes: 1, regionSize: size };
    const traced = traceStep({ profile: calibratedProfile(), weights, shape, update: { optimizer: "adam" } });
    const storages = Object.values(trainingSpaces(weights)).map((space) => new Storage(target, space));
    using program = await compile(target, { ...traced, storages, timed: true });
    rows = program.plan;
    choices.push(device.prepared.slice(-rows.length));
  }
  return { rows, choices };
}

/** Operations by the family that a reader knows them by. */
function familyOf({ op }: PlanRow): string {
  if (op.startsWith("conv2d")) return op;
  if (op === "map" || op === "reduce" || op === "fft2") return op;
  return op === "adam" ? "adam" : "pool, upsample, concat, crop";
}

const sizes = options.size ? [[Number(options.size), Number(options.batch ?? 16)]] : [[64, 16], [128, 8]];
for (const [size, batch] of sizes) {
  const { rows, choices } = await planOf(size, batch);
  const table: Record<string, Record<string, number | string>> = {};
  for (const gpu of GPUS) {
    let total = 0;
    let withWinograd = 0;
    let occupied = 0;
    let ruled = 0;
    const families = new Map<
      string,
      { seconds: number; bounds: Map<string, number>; flops: number; bytes: number }
    >();
    for (const [k, row] of rows.entries()) {
      if (choices[0][k].length === 0) continue;
      const estimates = choices.map((calls) => estimate(row, calls[k], gpu));
      const { seconds, bound, occupancy } = estimates.reduce((a, b) => b.seconds < a.seconds ? b : a);
      ruled += estimates[0].seconds;
      const family = families.get(familyOf(row)) ?? { seconds: 0, bounds: new Map(), flops: 0, bytes: 0 };
      families.set(familyOf(row), family);
      family.seconds += seconds;
      family.flops += row.flops;
      family.bytes += row.bytes;
      family.bounds.set(bound, (family.bounds.get(bound) ?? 0) + seconds);
      total += seconds;
      occupied += seconds * occupancy;
      const other = /^conv2d(_input_gradient)?$/.test(row.op) ? winograd(row, gpu) : seconds;
      withWinograd += Math.min(seconds, other);
    }
    const put = (name: string, values: Record<string, number | string>) =>
      table[name] = { ...table[name], ...values };
    for (const [name, { seconds, bounds, flops, bytes }] of families) {
      const bound = [...bounds].sort((a, b) => b[1] - a[1])[0][0];
      put(name, {
        gflop: Number((1e-9 * flops).toFixed(2)),
        "MB moved": Math.round(1e-6 * bytes),
        [gpu.name]: `${(1000 * seconds).toFixed(2)} ms, ${bound}`,
      });
    }
    const flops = rows.reduce((sum, row) => sum + row.flops, 0);
    put("whole step", {
      gflop: Number((1e-9 * flops).toFixed(2)),
      "MB moved": Math.round(1e-6 * rows.reduce((sum, row) => sum + row.bytes, 0)),
      [gpu.name]: `${(1000 * total).toFixed(2)} ms, ${
        (100 * flops / total / gpu.flops).toFixed(0)
      } % of the peak`,
    });
    put("occupancy, over the time", { [gpu.name]: `${(100 * occupied / total).toFixed(0)} %` });
    put("patterns per second", { [gpu.name]: Math.round(batch / total) });
    put("whole step, tiles by rule", { [gpu.name]: `${(1000 * ruled).toFixed(2)} ms` });
    put("whole step, Winograd where faster", { [gpu.name]: `${(1000 * withWinograd).toFixed(2)} ms` });
  }
  if (options.json) console.log(JSON.stringify({ size, batch, table }));
  else {
    console.log(`training step, N = ${size}, ${batch} patterns`);
    console.table(table);
  }
}
