/**
 * Whole runs of what can be trained beside the plain network: labels, probe, several scans, jitter, fine-tuning.
 */
import assert from "node:assert/strict";
import { resolveConfig } from "../../../src/config/resolve.ts";
import type { PartialConfig } from "../../../src/config/schema.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { readBundle } from "../../../src/formats/bundle.ts";
import { encodeNpz } from "../../../src/formats/npy/npz_write.ts";
import { bundleContent, type Model, modelOf } from "../../../src/network/model/model.ts";
import { GIVEN_PROBE, PROBE_GATE, refinedStatistics } from "../../../src/network/model/probe_refinement.ts";
import { SCAN_INPUT } from "../../../src/network/model/trace_context.ts";
import type { Statistics } from "../../../src/network/model/statistics.ts";
import { makeProfile } from "../../../src/network/model/profiles/make_profile.ts";
import { Weights } from "../../../src/network/model/parameters.ts";
import { diskProbe } from "../../../src/physics/probes/probes.ts";
import { scanArrays } from "../../../src/simulation/scan_file.ts";
import { joinScans, partsOf, type ScanSet } from "../../../src/scan/scan_set.ts";
import { Random } from "../../../src/numeric/random.ts";
import { openScan } from "../../../src/scan/scan.ts";
import type { Scan } from "../../../src/scan/types.ts";
import { groupPatterns } from "../../../src/network/inference/group.ts";
import { reconstruct } from "../../../src/network/inference/reconstruct.ts";
import { Storage } from "../../../src/engine/plan/storage.ts";
import { jittered } from "../../../src/network/training/data/jitter.ts";
import { trainToFolder, type TrainToFolderOptions } from "../../../src/network/training/run/folder.ts";
import { planTraining } from "../../../src/network/training/plan.ts";
import { findCheckpoint } from "../../../src/network/training/run/resume.ts";
import { freezeAll, modelForScan } from "../../../src/network/model/scan_statistics.ts";
import { traceLoss, type TraceOptions } from "../../../src/network/training/step.ts";
import { train } from "../../../src/network/training/train.ts";
import { prepare } from "../../../src/network/training/trainer.ts";
import { openSmallScan, smallScan } from "../../support/small_scan.ts";

const device = await openDevice({ accelerator: "wasm", threads: 2 });

const configOf = (values: PartialConfig = {}) =>
  resolveConfig([{
    layer: "program",
    values: {
      model: { gridsize: 1, nFiltersScale: 1, ...values.model },
      data: { valFraction: 0.2, ...values.data },
      training: { nepochs: 1, batchSize: 4, ...values.training },
    },
  }]);

/** A small scan under another probe, four times as bright. */
async function otherScan(): Promise<Scan> {
  const scan = smallScan(3);
  const probe = Float32Array.from(diskProbe({ side: 64, photons: 4e5, radius: 14 }));
  const diffraction = scan.diffraction.map((value) => 2 * value);
  return await openScan(await encodeNpz(scanArrays({ ...scan, probe, diffraction })), { name: "other.npz" });
}

const dataOf = (statistics: Statistics, name: string) => statistics.get(name)?.data ?? new Float32Array();

for (const profile of ["calibrated", "amplitude", "counts"] as const) {
  Deno.test(`the ${profile} profile learns from labels [wasm]`, async () => {
    await using scan = await openSmallScan(3);
    const config = configOf({
      model: { profile, modelType: "supervised" },
      training: { nepochs: 3, scheduler: "Default" },
    });
    const { epochs, model } = await train(scan, { config, device });
    assert(epochs[2].trainLoss < epochs[0].trainLoss, `${epochs[0].trainLoss} became ${epochs[2].trainLoss}`);
    assert(Number.isFinite(epochs[2].valLoss));
    assert((await reconstruct(scan, { model, device })).data.every(Number.isFinite));
  });
}

for (const mergeObject of [true, false]) {
  Deno.test(`plan and inference make the groups that the settings say, merge ${mergeObject} [wasm]`, async () => {
    await using scan = await openSmallScan(3);
    const config = configOf({ model: { profile: "counts", gridsize: 2, mergeObject } });
    const { channels } = config.derived;
    assert.equal(channels, mergeObject ? 4 : 1);
    const plan = planTraining(scan, { config });
    assert.deepEqual([plan.groups.size, plan.shape.channels], [channels, channels]);
    assert.deepEqual(plan.heldOut.map(({ groups }) => groups.size), plan.heldOut.map(() => channels));
    const { model } = await train(scan, { config, device });
    assert.equal(
      groupPatterns(scan, { model, neighborCount: 7, seed: 0, passes: 1, shard: undefined }).whole.size,
      channels,
    );
  });
}

Deno.test("supervised training without labels is refused by the plan", async () => {
  const { objectGuess: _none, ...arrays } = scanArrays(smallScan(3));
  await using scan = await openScan(await encodeNpz(arrays), { name: "plain.npz" });
  const config = configOf({ model: { modelType: "supervised" } });
  assert.throws(
    () => planTraining(scan, { config }),
    /^DataError: plain\.npz: label_amp, label_phase, Y, objectGuess/,
  );
});

/** The loss of some patterns of a scan, with random weights. */
async function lossOf(
  scan: Scan | ScanSet,
  { statistics, patterns, inputs = {}, weights = {}, ...options }:
    & Pick<TraceOptions, "refinement">
    & {
      statistics: Statistics;
      patterns: number[];
      scans?: number;
      inputs?: Record<string, number[]>;
      weights?: Record<string, Float32Array>;
    },
): Promise<number> {
  const count = patterns.length;
  const shape = { batchSize: count, channels: 1, size: 64, modes: 1, regionSize: 64, scans: options.scans };
  const own = new Weights();
  const traced = traceLoss({
    profile: makeProfile(configOf().values.model),
    weights: own,
    shape,
    ...options,
  });
  using storage = new Storage(device, own.space);
  for (const [name, values] of own.initialValues(new Random(3))) storage.write(name, weights[name] ?? values);
  using program = await prepare(device, { traced, storages: [storage], statistics });
  program.write("counts", await scan.readCounts(patterns));
  program.write("share", new Float32Array(count).fill(1 / count));
  for (const [name, values] of Object.entries(inputs)) program.write(name, Float32Array.from(values));
  program.run();
  return (await program.read("loss"))[0];
}

Deno.test("a batch of patterns of two scans has the mean of the losses that each has alone [wasm]", async () => {
  await using joined = joinScans([await openSmallScan(3), await otherScan()]);
  const { model } = configOf().values;
  const indices = Int32Array.from({ length: joined.n }, (_, i) => i);
  const statistics = await freezeAll(joined, { model, device, indices });
  const mixed = await lossOf(joined, {
    statistics,
    scans: 2,
    patterns: [2, 13],
    inputs: { [SCAN_INPUT]: [1, 0, 0, 1] },
  });
  const alone: number[] = [];
  for (const [part, pattern] of [[0, 2], [1, 4]]) {
    const { scan } = partsOf(joined)[part];
    const own = await freezeAll(scan, { model, device, indices: indices.slice(0, 9) });
    alone.push(await lossOf(scan, { statistics: own, patterns: [pattern] }));
  }
  assert(alone[0] !== alone[1]);
  assert(Math.abs(mixed / ((alone[0] + alone[1]) / 2) - 1) < 1e-5, `${mixed} of ${alone}`);
});

Deno.test("the probe that is stored gives the loss that it was trained to [wasm]", async () => {
  await using scan = await openSmallScan(3);
  const { model } = configOf({
    model: { probeTrainable: true, intensityScaleTrainable: true, probeMask: true },
  }).values;
  const indices = Int32Array.from({ length: 9 }, (_, i) => i);
  const statistics = await freezeAll(scan, { model, device, indices });
  const random = new Random(5);
  const weights = {
    "probe.re": Float32Array.from({ length: 4096 }, () => random.normal()),
    "probe.im": Float32Array.from({ length: 4096 }, () => random.normal()),
    "intensity.logScale": Float32Array.of(0.3),
  };
  const refinement = { probe: true, intensity: true, rate: 0.05 };
  const common = { statistics, patterns: [0, 5], weights };
  const traced = await lossOf(scan, { ...common, refinement, inputs: { [PROBE_GATE]: [1] } });
  const stored = refinedStatistics(statistics, {
    weights: new Map(
      Object.entries(weights).map(([name, data]) => [
        name,
        { shape: data.length > 1 ? [1, 1, 64, 64] : [1], data },
      ]),
    ),
    rate: 0.05,
  });
  const fixed = await lossOf(scan, { ...common, statistics: stored });
  const before = await lossOf(scan, common);
  assert(Math.abs(traced / fixed - 1) < 1e-5, `${traced} and ${fixed}`);
  assert(Math.abs(traced / before - 1) > 1e-2);
});

Deno.test("the probe is refined from its epoch on, goes into the model, and is used again [wasm]", async () => {
  await using scan = await openSmallScan(3);
  const probes: Float32Array[] = [];
  const config = configOf({
    model: { probeTrainable: true, probeLearningRate: 1e-3, probeStartEpoch: 2, probeModes: 2 },
    training: { nepochs: 2 },
  });
  const { last } = await train(scan, {
    config,
    device,
    onEpoch: (_, { model }) => Promise.resolve(void probes.push(dataOf(model.statistics, "probe"))),
  });
  const given = dataOf(last.statistics, GIVEN_PROBE);
  assert.equal(given.length, 2 * 2 * 4096);
  const off = probes.map((probe) => Math.hypot(...probe.map((v, i) => v - given[i])) / Math.hypot(...given));
  assert(off[0] < 1e-5 && off[1] > 1e-3, `${off}`);
  assert(Math.abs(Math.hypot(...probes[1]) / Math.hypot(...given) - 1) < 1e-5);
  assert(
    bundleContent(last, { config: {}, trainingData: [], device: "", metrics: {} }).arrays?.has(GIVEN_PROBE),
  );
  // the same scan is reconstructed with the refined probe, and so is its canvas weighted
  assert.deepEqual(
    dataOf((await modelForScan(scan, { model: last, device })).statistics, "probe"),
    probes[1],
  );
  const image = await reconstruct(scan, { model: last, device });
  const plain = new Map(last.statistics).set("probe", last.statistics.get(GIVEN_PROBE) ?? assert.fail());
  const other = await reconstruct(scan, { model: { ...last, statistics: plain }, device });
  assert.notDeepEqual(image.weight, other.weight);
});

Deno.test("several scans train together, and each is reconstructed with what is its own [wasm]", async () => {
  const [first, second] = [await openSmallScan(3), await otherScan()];
  await using joined = joinScans([first, second]);
  const { last } = await train(joined, { config: configOf(), device });
  const own = async (scan: Scan): Promise<Model> => await modelForScan(scan, { model: last, device });
  assert.deepEqual(dataOf((await own(first)).statistics, "probe"), dataOf(last.statistics, "probe"));
  assert.deepEqual(dataOf((await own(second)).statistics, "probe"), dataOf(last.statistics, "scan1.probe"));
  const ratio = dataOf(last.statistics, "scan1.meanCount")[0] / dataOf(last.statistics, "meanCount")[0];
  assert(ratio > 3 && ratio < 5, `${ratio}`);
  for (const scan of [first, second]) {
    assert((await reconstruct(scan, { model: last, device })).data.every(Number.isFinite));
  }
});

Deno.test("a scan that was not trained on brings its own probe and scales [wasm]", async () => {
  await using scan = await openSmallScan(3);
  await using other = await otherScan();
  const config = configOf({ training: { nepochs: 1 } });
  const { last } = await train(scan, { config, device });
  const { statistics } = await modelForScan(other, { model: last, device });
  const power = dataOf(statistics, "probe").reduce((sum, v) => sum + v * v, 0);
  assert(Math.abs(power / other.meanCounts - 1) < 1e-3);
  assert(dataOf(statistics, "meanCount")[0] > 3 * dataOf(last.statistics, "meanCount")[0]);
});

Deno.test("shifts of positions are bounded, and follow from seed, epoch and batch alone", () => {
  const relative = Float32Array.from({ length: 200 }, (_, i) => i);
  const place = { largest: 2, seed: 1, epoch: 3, number: 4 };
  const shifts = jittered(relative, place).map((value, i) => value - i);
  assert(shifts.every((shift) => Math.abs(shift) <= 2.0001) && shifts.some((shift) => Math.abs(shift) > 1.5));
  assert.deepEqual(jittered(relative, place), jittered(relative, place));
  assert.notDeepEqual(jittered(relative, place), jittered(relative, { ...place, number: 5 }));
  assert.notDeepEqual(jittered(relative, place), jittered(relative, { ...place, epoch: 2 }));
});

Deno.test("position jitter reaches the training, and its regions have room for it [wasm]", async () => {
  await using scan = await openSmallScan(3);
  const config = (positionJitter: number) =>
    configOf({ model: { gridsize: 2 }, training: { positionJitter, nepochs: 1, batchSize: 2 } });
  const side = (jitter: number) => planTraining(scan, { config: config(jitter) }).shape.regionSize;
  assert.equal(side(1.5), side(0) + 4);
  const losses: number[] = [];
  for (const jitter of [0, 1.5, 1.5]) {
    losses.push((await train(scan, { config: config(jitter), device })).epochs[0].trainLoss);
  }
  assert.notEqual(losses[0], losses[1]);
  assert.equal(losses[1], losses[2]);
});

Deno.test("fine-tuning starts from a model, and a frozen encoder stays as it is [wasm]", async () => {
  await using scan = await openSmallScan(3);
  const { last: init } = await train(scan, { config: configOf(), device });
  const config = configOf({
    training: { freezeEncoder: true, weightDecay: 0.1, optimizer: "adamw", seed: 9 },
  });
  const { last } = await train(scan, { config, device, init });
  const isEncoder = (name: string) => name.startsWith("autoencoder.encoder.");
  for (const [name, { data }] of init.weights) {
    const same = data.every((value, i) => value === last.weights.get(name)?.data[i]);
    assert.equal(same, isEncoder(name), name);
    const apart = data.map((value, i) => Math.abs(value - (last.weights.get(name)?.data[i] ?? NaN)));
    assert(apart.every((value) => value < 0.02), name); // of the model, and not drawn anew
  }
  const wide = configOf({ model: { nFiltersScale: 2 } });
  await assert.rejects(
    train(scan, { config: wide, device, init }),
    /--init-from: autoencoder.*n-filters-scale/,
  );
});

Deno.test("a network of other levels is read from its bundle, and fine-tuned without naming them [wasm]", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using scan = await openSmallScan(3);
    const config = configOf({ model: { networkLevels: 2 } });
    const { model, bundle } = await trainToFolder(scan, { config, device, outputDir: `${folder}/run` });
    const stored = await readBundle(bundle);
    const init = modelOf(stored);
    const { networkLevels: _, ...settings } = init.config;
    const old = modelOf({ ...stored, config: { values: { model: settings } } });
    assert.deepEqual([init.config.networkLevels, old.config.networkLevels], [2, 2]);
    const [image, again] = await Promise.all(
      [model, init].map(async (one) => await reconstruct(scan, { model: one, device })),
    );
    assert.deepEqual(image.data, again.data);
    const { last } = await train(scan, { config: configOf(), device, init });
    assert.deepEqual([...last.weights.keys()].sort(), [...init.weights.keys()].sort());
    const deeper = configOf({ model: { networkLevels: 3 } });
    const outputDir = `${folder}/refused`;
    await assert.rejects(
      trainToFolder(scan, { config: deeper, device, init, outputDir }),
      /2 levels.*network-levels/,
    );
    await assert.rejects(Deno.stat(outputDir), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a run with jitter and a probe that is refined goes on where it was stopped [wasm]", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using scan = joinScans([await openSmallScan(3), await otherScan()]);
    const config = configOf({
      model: {
        profile: "amplitude",
        cbamEncoder: false,
        probeTrainable: true,
        probeStartEpoch: 2,
        gridsize: 2,
      },
      data: { valFraction: 0 },
      training: { positionJitter: 1, nepochs: 2, batchSize: 4, accumulateGradBatches: 2 },
    });
    const run = (name: string, more: Partial<TrainToFolderOptions> = {}) =>
      trainToFolder(scan, { config, device, outputDir: `${folder}/${name}`, ...more });
    const whole = await run("whole");
    const controller = new AbortController();
    let told = 0;
    const onProgress = () => ++told === 4 && controller.abort();
    assert((await run("parts", { signal: controller.signal, onProgress })).interrupted);
    const resume = await findCheckpoint("last", { outputDir: `${folder}/parts` });
    const parts = await run("parts", { resume });
    assert.equal(parts.weightsSha256, whole.weightsSha256);
    for (const name of ["probe", "scan1.probe"]) {
      assert.deepEqual(dataOf(parts.last.statistics, name), dataOf(whole.last.statistics, name));
    }
    assert.notDeepEqual(dataOf(whole.last.statistics, "probe"), dataOf(whole.last.statistics, GIVEN_PROBE));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the device is given back", async () => {
  assert.equal(device.liveBytes, 0);
  await device.dispose();
});
