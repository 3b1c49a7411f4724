/**
 * Training that is judged by another scan.
 */
import { deepEqual, equal, notEqual, ok, rejects, throws } from "node:assert/strict";
import { type Logger, silentLogger } from "../../../src/common/logger.ts";
import { resolveConfig } from "../../../src/config/resolve.ts";
import type { PartialConfig } from "../../../src/config/schema.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { DataError } from "../../../src/common/errors.ts";
import { encodeNpz } from "../../../src/formats/npy/npz_write.ts";
import { scanArrays } from "../../../src/simulation/scan_file.ts";
import { openScan } from "../../../src/scan/scan.ts";
import type { Scan } from "../../../src/scan/types.ts";
import { planTraining } from "../../../src/network/training/plan.ts";
import { train } from "../../../src/network/training/train.ts";
import { goodScan } from "../../scan/support.ts";
import { diskScan, type DiskScanOptions } from "../../support/disk_scan.ts";

async function openDisk(options: DiskScanOptions, name: string): Promise<Scan> {
  return await openScan(await encodeNpz(scanArrays(diskScan({ across: 3, ...options }))), { name });
}

/** A learning rate so small that the weights stay what they are, so that all losses are of one model. */
function settings(data: PartialConfig["data"] = {}, gridsize = 1) {
  return resolveConfig([{
    layer: "program",
    values: {
      model: { gridsize, nFiltersScale: 1 },
      data,
      training: { nepochs: 1, batchSize: 2, learningRate: 1e-12 },
    },
  }]);
}

async function lossesOf(scan: Scan, options: { validationScan?: Scan; logger?: Logger }) {
  const device = await openDevice({ accelerator: "wasm", threads: 1 });
  try {
    const { epochs: [{ trainLoss, valLoss = NaN }] } = await train(scan, {
      config: settings(),
      device,
      ...options,
    });
    equal(device.liveBytes, 0);
    return { trainLoss, valLoss };
  } finally {
    await device.dispose();
  }
}

Deno.test("a scan judged by itself has its training loss as held-out loss, by another scan another one", async () => {
  await using scan = await openDisk({}, "a.npz");
  await using same = await openDisk({}, "b.npz");
  await using other = await openDisk({ seed: 5 }, "c.npz");
  const own = await lossesOf(scan, { validationScan: same });
  ok(Math.abs(own.valLoss / own.trainLoss - 1) < 1e-5, `${own.valLoss} is not ${own.trainLoss}`);
  const further = await lossesOf(scan, { validationScan: other });
  equal(further.trainLoss, own.trainLoss);
  notEqual(further.valLoss, own.valLoss);
});

Deno.test("nothing of the training scan is held out then, unless a fraction is asked for", async () => {
  await using scan = await openDisk({}, "a.npz");
  await using validationScan = await openDisk({ seed: 5 }, "b.npz");
  equal(planTraining(scan, { config: settings() }).trainIndices.length, 8);
  const alone = planTraining(scan, { config: settings(), validationScan });
  equal(alone.trainIndices.length, 9);
  deepEqual(alone.heldOut.map((part) => part.scan), [validationScan]);
  const both = planTraining(scan, { config: settings({ valFraction: 0.2 }), validationScan });
  equal(both.trainIndices.length, 7);
  deepEqual(both.heldOut.map((part) => part.scan), [scan, validationScan]);
});

Deno.test("groups of the other scan see each of its patterns once on average", async () => {
  await using scan = await openDisk({}, "a.npz");
  await using validationScan = await openDisk({ across: 6 }, "b.npz");
  const { heldOut: [{ groups }] } = planTraining(scan, { config: settings({}, 2), validationScan });
  deepEqual([groups.count, groups.size], [9, 4]);
});

Deno.test("a scan of another N, or too small for a group, is refused by its name", async () => {
  await using scan = await openDisk({}, "a.npz");
  await using large = await openScan(await encodeNpz(goodScan(9, 128)), { name: "large.npz" });
  await using few = await openScan(await encodeNpz(goodScan(3)), { name: "few.npz" });
  const plan = (validationScan: Scan) => () =>
    planTraining(scan, { config: settings({}, 2), validationScan });
  throws(plan(large), (error: unknown) => {
    ok(error instanceof DataError);
    return /^large\.npz: diffraction: found patterns of 128 x 128, expected 64 x 64/.test(error.message);
  });
  throws(plan(few), /^DataError: few\.npz: found 3 positions/);
  await rejects(lossesOf(scan, { validationScan: large }), /^DataError: large\.npz/);
});

Deno.test("another probe or another brightness is warned of", async () => {
  await using scan = await openDisk({}, "a.npz");
  await using bright = await openDisk({ photons: 1e6 }, "bright.npz");
  const arrays = scanArrays(diskScan({ across: 3 }));
  await using foreign = await openScan(await encodeNpz({ ...arrays, probeGuess: goodScan(1).probeGuess }), {
    name: "foreign.npz",
  });
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (line: string) => void warnings.push(line) };
  await lossesOf(scan, { validationScan: bright, logger });
  await lossesOf(scan, { validationScan: foreign, logger });
  equal(warnings.length, 2);
  ok(/^the patterns of bright\.npz have (9\.9\d|10) times the counts/.test(warnings[0]), warnings[0]);
  ok(/^the probe of foreign\.npz agrees .* to 0\.\d\d of 1/.test(warnings[1]), warnings[1]);
});
