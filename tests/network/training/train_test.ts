/**
 * Whole training runs on small scans.
 */
import assert from "node:assert/strict";
import { resolveConfig } from "../../../src/config/resolve.ts";
import type { ConfigInput } from "../../../src/config/options.ts";
import type { PartialConfig } from "../../../src/config/schema.ts";
import type { DeviceKind } from "../../../src/engine/devices/device.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { readBundle } from "../../../src/formats/bundle.ts";
import { weightsSha256 } from "../../../src/formats/weights_hash.ts";
import { modelOf } from "../../../src/network/model/model.ts";
import { reconstruct } from "../../../src/network/inference/reconstruct.ts";
import { trainToFolder } from "../../../src/network/training/run/folder.ts";
import { planTraining } from "../../../src/network/training/plan.ts";
import { train } from "../../../src/network/training/train.ts";
import { missingReason } from "../../support/devices.ts";
import { openSmallScan } from "../../support/small_scan.ts";

const config = (values: PartialConfig = {}) =>
  resolveConfig([{
    layer: "program",
    values: {
      model: { gridsize: 2, nFiltersScale: 1, ...values.model },
      data: { ...values.data },
      training: { nepochs: 1, batchSize: 4, ...values.training },
    },
  }]);

/** Trains on a scan of `across` x `across` patterns and closes everything. */
async function run(across: number, options: { values?: PartialConfig; kind?: DeviceKind; threads?: number }) {
  const device = await openDevice({ accelerator: options.kind ?? "wasm", threads: options.threads ?? 2 });
  await using scan = await openSmallScan(across);
  try {
    return await train(scan, { config: config(options.values), device });
  } finally {
    assert.equal(device.liveBytes, 0);
    await device.dispose();
  }
}

Deno.test("the same seed gives the same weights, whatever the number of threads", async () => {
  const hash = async (options: Parameters<typeof run>[1]) =>
    await weightsSha256((await run(5, options)).last.weights);
  const first = await hash({});
  assert.equal(await hash({}), first);
  assert.equal(await hash({ threads: 1 }), first);
  assert.equal(await hash({ threads: 3 }), first);
  assert.notEqual(await hash({ values: { training: { seed: 1 } } }), first);
});

const noGpu = missingReason("webgpu");

Deno.test({
  name: `an epoch on 64 patterns has the same losses on WebGPU and WebAssembly${
    noGpu ? ` (skipped: ${noGpu})` : ""
  }`,
  ignore: noGpu !== undefined,
}, async () => {
  const [cpu, gpu] = [await run(8, {}), await run(8, { kind: "webgpu" })];
  for (const name of ["trainLoss", "valLoss"] as const) {
    const [a, b] = [cpu.epochs[0][name] ?? NaN, gpu.epochs[0][name] ?? NaN];
    assert(Math.abs(a / b - 1) < 2e-3, `${name}: ${a} on wasm, ${b} on webgpu`);
  }
});

Deno.test("training lowers the loss of patterns that it never saw", async () => {
  const { epochs } = await run(8, { values: { training: { nepochs: 4, learningRate: 2e-3 } } });
  assert.equal(epochs.length, 4);
  const [first, last] = [epochs[0].valLoss ?? NaN, epochs[3].valLoss ?? NaN];
  assert(last < 0.95 * first, `${first} became ${last}`);
});

for (const profile of ["amplitude", "counts"] as const) {
  Deno.test(`the ${profile} profile trains and reconstructs`, async () => {
    const device = await openDevice({ accelerator: "wasm", threads: 2 });
    await using scan = await openSmallScan(5);
    const settings = resolveConfig([{
      layer: "program",
      values: { model: { profile, gridsize: 2, nFiltersScale: 1 }, training: { nepochs: 2, batchSize: 4 } },
    }]);
    const { model, epochs } = await train(scan, { config: settings, device });
    assert(epochs[1].trainLoss < epochs[0].trainLoss, `${epochs[0].trainLoss} became ${epochs[1].trainLoss}`);
    const image = await reconstruct(scan, { model, device });
    assert.equal(image.patterns, 4 * scan.n); // every position seeds a group of four
    assert(image.data.every(Number.isFinite));
    await device.dispose();
  });
}

Deno.test("a run writes its folder, and its bundle reconstructs what the model in memory does", async () => {
  const folder = await Deno.makeTempDir();
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  await using scan = await openSmallScan(5);
  try {
    const settings = config({ training: { nepochs: 2 } });
    const trained = await trainToFolder(scan, { config: settings, device, outputDir: `${folder}/run` });
    const files = [...Deno.readDirSync(`${folder}/run`)].map(({ name }) => name).sort();
    assert.deepEqual(files, [
      "checkpoints",
      "config.json",
      "loss.png",
      "loss.svg",
      "metrics.csv",
      "wts.h5.zip",
    ]);
    assert.equal(Deno.readTextFileSync(`${folder}/run/metrics.csv`).trim().split("\n").length, 3);
    const bundle = await readBundle(trained.bundle);
    assert.equal(bundle.manifest.weightsSha256, trained.weightsSha256);
    const [fromMemory, fromFile] = [trained.model, modelOf(bundle)];
    const images = [];
    for (const model of [fromMemory, fromFile]) images.push(await reconstruct(scan, { model, device }));
    assert.deepEqual(images[0].data, images[1].data);
    const last = await readBundle(`${folder}/run/checkpoints/last.h5.zip`);
    assert.equal(last.manifest.metrics.epoch, 2);
  } finally {
    await device.dispose();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an interrupted run keeps what it reached", async () => {
  const folder = await Deno.makeTempDir();
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  await using scan = await openSmallScan(5);
  try {
    const controller = new AbortController();
    const result = await trainToFolder(scan, {
      config: config({ training: { nepochs: 50 } }),
      device,
      outputDir: `${folder}/run`,
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    assert(result.interrupted);
    assert(result.epochs.length <= 1);
    const { weights } = await readBundle(`${folder}/run/wts.h5.zip`);
    assert(weights.size > 0);
  } finally {
    await device.dispose();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a learning rate that is far too large ends with advice instead of NaN", async () => {
  // The calibrated network's outputs are bounded; the historical amplitude is not.
  const values: PartialConfig = {
    model: { profile: "amplitude" },
    training: { learningRate: 1, optimizer: "sgd", momentum: 0.9, nepochs: 5, scheduler: "Default" },
  };
  await assert.rejects(run(4, { values }), /loss became .* in epoch \d: lower the learning rate/);
});

Deno.test("an option that training does not know is refused with the nearest name, a setting too", async () => {
  const device = await openDevice({ accelerator: "wasm", threads: 1 });
  await using scan = await openSmallScan(3);
  const refused = (wrong: object, message: RegExp) =>
    assert.rejects(() => train(scan, { ...wrong, device }), { name: "OptionError", message });
  try {
    await refused({ confg: {} }, /confg: found an option that train does not know.*did you mean config\?/);
    await refused({ batchSize: 4 }, /batchSize: found an option that train does not know/);
    const folder = { device, outputDir: "never", overwrit: true };
    await assert.rejects(
      () => trainToFolder(scan, folder),
      /trainToFolder does not know.*did you mean overwrite\?/,
    );
    const plan: object = { validatonScan: undefined };
    assert.throws(
      () => planTraining(scan, plan),
      /planTraining does not know.*did you mean validationScan\?/,
    );
    const misspelt: Record<string, unknown> = { training: { nepoch: 1 } };
    await assert.rejects(() => train(scan, { config: misspelt, device }), {
      name: "ConfigError",
      message: "unknown setting training.nepoch; did you mean nepochs?",
    });
  } finally {
    await device.dispose();
  }
});

Deno.test("some settings train as the configuration that they resolve to", async () => {
  const device = await openDevice({ accelerator: "wasm", threads: 1 });
  await using scan = await openSmallScan(3);
  const values = { model: { gridsize: 1, nFiltersScale: 1 }, training: { nepochs: 1 } };
  try {
    const hash = async (given: ConfigInput) => {
      return await weightsSha256((await train(scan, { config: given, device })).last.weights);
    };
    assert.equal(await hash(values), await hash(resolveConfig([{ layer: "program", values }])));
  } finally {
    await device.dispose();
  }
});
