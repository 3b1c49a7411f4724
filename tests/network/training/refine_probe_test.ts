/**
 * The probe before the network: when a solver refines it, on which patterns, and that it stays with the model.
 */
import assert from "node:assert/strict";
import type { Logger } from "../../../src/common/logger.ts";
import { resolveConfig } from "../../../src/config/resolve.ts";
import type { PartialConfig } from "../../../src/config/schema.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { encodeNpz } from "../../../src/formats/npy/npz_write.ts";
import { bundleContent, modelOf } from "../../../src/network/model/model.ts";
import { encodeBundle, readBundle } from "../../../src/formats/bundle.ts";
import { FILE_PROBE } from "../../../src/network/model/probe_refinement.ts";
import { scanStatistic, type Statistics } from "../../../src/network/model/statistics.ts";
import { photonsOf } from "../../../src/physics/probes/probes.ts";
import { scanArrays } from "../../../src/simulation/scan_file.ts";
import { joinScans } from "../../../src/scan/scan_set.ts";
import { openScan } from "../../../src/scan/scan.ts";
import type { Scan } from "../../../src/scan/types.ts";
import { findCheckpoint } from "../../../src/network/training/run/resume.ts";
import { MISFIT_RATIO, probeMisfit } from "../../../src/network/training/probe_misfit.ts";
import { refineProbes } from "../../../src/network/training/refine_probe.ts";
import { modelForScan } from "../../../src/network/model/scan_statistics.ts";
import { train } from "../../../src/network/training/train.ts";
import { trainToFolder } from "../../../src/network/training/run/folder.ts";
import { findShared } from "../../support/arrays.ts";
import { diskScan } from "../../support/disk_scan.ts";
import { type Toy, toyScan } from "../../support/toy_scan.ts";

const device = await openDevice({ accelerator: "wasm", threads: 2 });

/** 49 patterns of a toy that is given a probe of another size and another defocus. */
const wrong: Toy = toyScan({ side: 64, across: 7 });
const right: Scan = { ...wrong.scan, probe: { ...wrong.scan.probe, data: Float32Array.from(wrong.probe) } };
const everyPattern = (scan: Scan) => Int32Array.from({ length: scan.n }, (_, i) => i);

const configOf = (values: PartialConfig = {}) =>
  resolveConfig([{
    layer: "program",
    values: {
      model: { gridsize: 1, nFiltersScale: 1, ...values.model },
      data: { nGroups: 8 }, // an epoch of two steps
      training: { nepochs: 1, batchSize: 4, ...values.training },
      execution: { logger: [] },
    },
  }]);

/** A logger that keeps its lines of information and its warnings. */
function listener(): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  return { lines, logger: { debug() {}, info: keep, warn: keep, error: keep } };
}

const refine = (
  scan: Scan,
  values: PartialConfig = {},
  more: Partial<Parameters<typeof refineProbes>[1]> = {},
) => refineProbes(scan, { config: configOf(values), device, indices: everyPattern(scan), ...more });

/** Modulus of the scalar product of two probes over their norms. */
function overlap(a: Float32Array, b: Float32Array | Float64Array): number {
  let [re, im] = [0, 0];
  for (let i = 0; i < a.length; i += 2) {
    re += a[i] * b[i] + a[i + 1] * b[i + 1];
    im += a[i] * b[i + 1] - a[i + 1] * b[i];
  }
  return Math.hypot(re, im) / Math.sqrt(photonsOf(a) * photonsOf(b));
}

const dataOf = (statistics: Statistics, name: string) =>
  statistics.get(name)?.data ?? assert.fail(`no ${name}`);

Deno.test("the misfit tells a wrong probe from right ones, with and without noise [wasm]", async () => {
  const ratioOf = async (scan: Scan) =>
    (await probeMisfit(scan, { indices: everyPattern(scan), probe: scan.probe, device }))?.ratio ?? NaN;
  assert(await ratioOf(wrong.scan) > 1.25 * MISFIT_RATIO);
  assert(await ratioOf(right) < MISFIT_RATIO / 1.25);
  for (const options of [{}, { photons: 1e3 }, { step: 2 }, { step: 20 }]) {
    await using disk = await openScan(await encodeNpz(scanArrays(diskScan({ across: 7, ...options }))));
    const ratio = await ratioOf(disk);
    assert(ratio < MISFIT_RATIO / 1.25, `${ratio} with ${JSON.stringify(options)}`);
  }
  const few = toyScan({ side: 64, across: 4 }).scan;
  const misfit = await probeMisfit(few, { indices: everyPattern(few), probe: few.probe, device });
  assert.equal(misfit, undefined);
});

const star = findShared("data/siemens_star_64.npz");
Deno.test({
  name: `of the real star the raw probe is refined, the good one is left${
    star ? "" : " (skipped: no ../shared/data)"
  } [wasm]`,
  ignore: !star,
}, async () => {
  assert(star);
  for (const [probeKey, isWrong] of [["probeGuess", false], ["probeGuessRaw", true]] as const) {
    await using scan = await openScan(star, { probeKey });
    const misfit = await probeMisfit(scan, { indices: everyPattern(scan), probe: scan.probe, device });
    const ratio = misfit?.ratio ?? NaN;
    assert(isWrong ? ratio > 2 * MISFIT_RATIO : ratio < MISFIT_RATIO / 1.25, `${probeKey}: ${ratio}`);
  }
});

Deno.test("a wrong probe comes nearer to the true one, and a line says why [wasm]", async () => {
  const { lines, logger } = listener();
  const [probe] = await refine(wrong.scan, {}, { logger });
  assert(probe);
  const [before, after] = [wrong.scan.probe.data, probe].map((data) => overlap(data, wrong.probe));
  assert(after > 0.95 && before < 0.9, `${before} to ${after}`);
  assert.match(lines[0], /misfit of 0\.\d+ on 36 patterns, a free one .* 1\.75 .* 10 epochs of LSQML/);
  assert.match(lines[1], /from 0\.\d+ to 0\.\d+ in 10 epochs/);
  const [again] = await refine(wrong.scan);
  assert.deepEqual(again, probe);
});

Deno.test("a right probe, 0 epochs, labels and the historical profiles leave it as it is [wasm]", async () => {
  const { lines, logger } = listener();
  const untouched: [Scan, PartialConfig][] = [
    [right, {}],
    [wrong.scan, { training: { probeRefine: 0 } }],
    [wrong.scan, { model: { modelType: "supervised" }, training: { probeRefine: 2 } }],
    [wrong.scan, { model: { profile: "amplitude" } }],
  ];
  for (const [scan, values] of untouched) {
    assert.deepEqual(await refine(scan, values, { logger }), [undefined]);
  }
  assert.deepEqual(lines, []);
});

Deno.test("asked for, the probe is refined whatever it is, with its modes and within its mask [wasm]", async () => {
  const model = { probeModes: 2, probeMask: true, probeMaskDiameter: 40, probeMaskEdge: 0 };
  const training = { probeRefine: 1, probeRefineAlgorithm: "rPIE" } as const;
  const { lines, logger } = listener();
  const [probe] = await refine(right, { model, training }, { logger });
  assert.equal(probe?.length, 2 * 2 * 64 * 64);
  assert.equal(probe?.subarray(0, 128 * 8).some((value) => value !== 0), false);
  assert.match(lines[0], /1 epochs? of rPIE/);
});

Deno.test("held-out patterns are not looked at, and an abort ends it [wasm]", async () => {
  const read = new Set<number>();
  const watched: Scan = {
    ...wrong.scan,
    readAmplitudes(indices, out) {
      for (const index of Array.from(indices)) read.add(index);
      return wrong.scan.readAmplitudes(indices, out);
    },
  };
  const indices = everyPattern(watched).filter((i) => i % 3 !== 0);
  await refine(watched, {}, { indices });
  assert.deepEqual([...read].sort((a, b) => a - b), [...indices]);
  const controller = new AbortController();
  await assert.rejects(
    refine(wrong.scan, {}, { signal: controller.signal, onProgress: () => controller.abort() }),
    { name: "AbortError" },
  );
});

Deno.test("the network works with the refined probe, and the scan gets it again [wasm]", async () => {
  const { model } = await train(wrong.scan, { config: configOf(), device });
  const used = dataOf(model.statistics, "probe");
  assert(overlap(used, wrong.probe) > 0.95);
  assert(Math.abs(photonsOf(used) / wrong.scan.meanCounts - 1) < 0.05); // of the training split
  assert(overlap(dataOf(model.statistics, FILE_PROBE), wrong.scan.probe.data) > 0.9999);
  const config = { values: { model: JSON.parse(JSON.stringify(model.config)) } };
  const bundle = await encodeBundle(
    bundleContent(model, { config, trainingData: [], device: "", metrics: {} }),
  );
  const stored = modelOf(await readBundle(bundle));
  const own = await modelForScan(wrong.scan, { model: stored, device });
  assert.deepEqual(dataOf(own.statistics, "probe"), used);
  const other = await modelForScan(right, { model: stored, device });
  assert(overlap(dataOf(other.statistics, "probe"), wrong.probe) > 0.9999);
});

Deno.test("of several scans each has its own probe refined, where it is wrong [wasm]", async () => {
  const { lines, logger } = listener();
  const joined = joinScans([{ ...right, source: "right" }, { ...wrong.scan, source: "wrong" }]);
  const { model } = await train(joined, { config: configOf(), device, logger });
  const probes = [0, 1].map((k) => dataOf(model.statistics, scanStatistic("probe", k)));
  assert(overlap(probes[0], wrong.probe) > 0.9999);
  const after = overlap(probes[1], wrong.probe);
  assert(after > 0.95 && after < 0.9999, `${after}`);
  assert.equal(lines.filter((line) => line.startsWith("the given probe of wrong leaves")).length, 1);
  assert.equal(lines.some((line) => line.includes("of right")), false);
  const again = await modelForScan(right, { model, device });
  assert(overlap(dataOf(again.statistics, "probe"), right.probe.data) > 0.9999);
});

Deno.test("a run that goes on keeps its refined probe and ends as one that was not stopped [wasm]", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = configOf({ training: { nepochs: 2 } });
    const run = async (name: string, more: Partial<Parameters<typeof trainToFolder>[1]> = {}) =>
      await trainToFolder(wrong.scan, { config, device, outputDir: `${folder}/${name}`, ...more });
    const whole = await run("whole");
    const controller = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => phase === "epoch 1/2" && controller.abort();
    await run("stopped", { signal: controller.signal, onProgress });
    const resume = await findCheckpoint("last", { outputDir: `${folder}/stopped` });
    const { lines, logger } = listener();
    const resumed = await run("stopped", { resume, logger });
    assert(resume);
    assert.equal(resumed.weightsSha256, whole.weightsSha256);
    assert.equal(lines.some((line) => line.includes("given probe")), false);
    assert.deepEqual(dataOf(resumed.last.statistics, "probe"), dataOf(whole.last.statistics, "probe"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("nothing of it stays on the device [wasm]", async () => {
  assert.equal(device.liveBytes, 0);
  await device.dispose();
});
