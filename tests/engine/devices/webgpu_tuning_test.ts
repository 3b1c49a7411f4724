/**
 * Tiles chosen by measurement: the same bits whatever is chosen, remembered between runs, and never believed blindly.
 *
 * @module
 */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { DeviceLimits, TileChoice } from "../../../src/engine/devices/device.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { WebGpuDevice } from "../../../src/engine/devices/webgpu/device.ts";
import { TextCache } from "../../../src/host/text_cache.ts";
import {
  chooseTiles,
  convCandidates,
  convKind,
  gradientCandidates,
  gradientKind,
} from "../../../src/engine/ops/conv/conv_tiles_webgpu.ts";
import type { Op } from "../../../src/engine/graph/graph.ts";
import { OPS } from "../../../src/engine/ops/registry.ts";
import { tuneGpu } from "../../../src/engine/plan/tuning.ts";
import { missingReason } from "../../support/devices.ts";
import { noiseOf, opError, type OpInput, runOp, testOnGpu } from "../../support/webgpu_op.ts";

const reason = missingReason("webgpu");

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name: `${name}${reason ? ` (skipped: ${reason})` : ""}`, ignore: reason !== undefined }, run);
}

/** Results of one op with each choice of tiles, on kernels with workgroup memory. */
async function resultsOf<A>(
  device: WebGpuDevice,
  { op, attrs, inputs, kind, choices }: {
    readonly op: Op<A>;
    readonly attrs: A;
    readonly inputs: readonly OpInput[];
    readonly kind: string;
    readonly choices: readonly TileChoice[];
  },
): Promise<Float32Array[]> {
  const results: Float32Array[] = [];
  for (const choice of choices) {
    device.useTiles(new Map([[kind, choice]]));
    results.push((await runOp(device, { op, attrs, inputs }))[0]);
  }
  device.useTiles(new Map());
  results.push((await runOp(device, { op, attrs, inputs }))[0]);
  return results;
}

testOnGpu("a convolution has the same bits with all tiles, of one stage and of two", async (device) => {
  const inputs = [noiseOf([3, 7, 18, 21]), noiseOf([20, 7, 3, 3], { seed: 2 })];
  const kind = convKind({ outputs: 20, columns: 21 });
  // the larger ones take software adapters seconds to compile
  const choices = convCandidates({ outputs: 20 }).filter(([tileO, pixels]) => tileO * pixels <= 2048);
  ok(choices.length >= 4);
  const attrs = { activation: "relu" } as const;
  const results = await resultsOf(device, { op: OPS.conv2d, attrs, inputs, kind, choices });
  for (const result of results) deepEqual(result, results[0]);
});

testOnGpu("a weight gradient has the same bits with all tiles", async (device) => {
  const inputs = [noiseOf([2, 19, 17, 18]), noiseOf([2, 40, 17, 18], { seed: 2 })];
  const kind = gradientKind({ outputs: 40 });
  const choices = gradientCandidates({ outputs: 40 }).filter(([tileO, tileC]) => tileO * tileC <= 512);
  ok(choices.length >= 3);
  const attrs = { kernel: [3, 3] } as const;
  const results = await resultsOf(device, { op: OPS.conv2d_weight_gradient, attrs, inputs, kind, choices });
  for (const result of results) deepEqual(result, results[0]);
});

Deno.test("all tiles keep to the workgroups that every GPU offers", () => {
  for (const outputs of [8, 12, 16, 32, 64, 96, 256]) {
    for (const columns of [4, 8, 17, 64, 128]) {
      const sizes = {
        batch: 8,
        channels: 64,
        outputs,
        rows: columns,
        columns,
        kernelRows: 3,
        kernelColumns: 3,
      };
      for (const choice of [undefined, ...convCandidates({ outputs })]) {
        const tiles = new Map(choice ? [[convKind(sizes), choice]] : []);
        const limits = { gpu: { precision: "f32", tiles } } as unknown as DeviceLimits;
        const { TILE_O, TILE_W, TILE_H, TILE_B, CHUNK, STAGES } = chooseTiles(sizes, limits);
        const bytes = 4 * CHUNK * STAGES * (9 * TILE_O + TILE_B * (TILE_H + 2) * (TILE_W + 4));
        ok(bytes <= 16384, `${bytes} bytes`);
        ok(TILE_O * TILE_B * TILE_H * TILE_W / 64 <= 256);
      }
    }
  }
});

test("tiles are measured once, then remembered for the adapter and version", async () => {
  const folder = await Deno.makeTempDir();
  const device = await WebGpuDevice.create({ software: true });
  try {
    const cache = new TextCache(`${folder}/plica`, "webgpu");
    const options = {
      version: "1.0.0",
      cache,
      shapes: [{ outputs: 8, columns: 16 }],
      batch: 1,
      budgetMs: 1e5,
    };
    const first = await tuneGpu(device, options);
    equal(first.source, "measured");
    deepEqual([...first.tiles.keys()].sort(), ["conv 8 16", "weights 8"]);
    equal(device.info.limits.gpu?.tiles, first.tiles);
    equal(device.liveBytes, 0);
    const second = await tuneGpu(device, options);
    equal(second.source, "cache");
    deepEqual([...second.tiles], [...first.tiles]);
    equal((await tuneGpu(device, { ...options, version: "1.0.1", budgetMs: 0 })).source, "measured");
    for await (const { name } of Deno.readDir(`${folder}/plica`)) {
      await Deno.writeTextFile(`${folder}/plica/${name}`, "{");
    }
    equal((await tuneGpu(device, { ...options, budgetMs: 0 })).source, "measured");
    const foreign = { read: () => Promise.resolve('{"conv 8 16":[1,2,3]}'), write: () => Promise.resolve() };
    equal((await tuneGpu(device, { ...options, cache: foreign, budgetMs: 0 })).source, "measured");
  } finally {
    await device.dispose();
    await Deno.remove(folder, { recursive: true });
  }
});

const adapter = await navigator.gpu?.requestAdapter();
const noHalf = reason ?? (adapter?.features.has("shader-f16") ? undefined : "the adapter has no shader-f16");

Deno.test({
  name: `half precision: convolutions stay within its rounding${noHalf ? ` (skipped: ${noHalf})` : ""}`,
  ignore: noHalf !== undefined,
}, async () => {
  const device = await WebGpuDevice.create({ software: true, precision: "f16" });
  try {
    const [x, weight, bias] = [noiseOf([2, 33, 12, 20]), noiseOf([24, 33, 3, 3], { seed: 2 }), noiseOf([24])];
    const g = noiseOf([2, 24, 12, 20], { seed: 3 });
    g.data.forEach((value, k) => g.data[k] = value * 1e-9); // below the smallest number of 16 bits
    const attrs = { activation: "none" } as const;
    const error = await opError(device, {
      op: OPS.conv2d,
      attrs,
      inputs: [x, weight, bias],
    });
    ok(error > 1e-6 && error < 1e-3, `forward: ${error}`);
    const inputs = [g, weight];
    const back = await opError(device, {
      op: OPS.conv2d_input_gradient,
      attrs: {},
      inputs,
    });
    ok(back > 1e-6 && back < 1e-3, `backward: ${back}`);
    x.data[5] = 1e6;
    const [large] = await runOp(device, { op: OPS.conv2d, attrs, inputs: [x, weight] });
    ok(large.every(Number.isFinite));
    x.data[5] = 0;
  } finally {
    await device.dispose();
  }
});

Deno.test("half precision is refused in one line by the devices without it", async () => {
  for (const accelerator of ["wasm", "reference"] as const) {
    const opened = openDevice({ accelerator, precision: "f16" });
    await rejects(opened, new RegExp(`^DeviceError: the ${accelerator} device .* use --precision f32.*$`));
  }
});
