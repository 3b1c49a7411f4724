/**
 * The verdict on images of right and wrong scans, and the way that wrong ones are turned.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { openDevice } from "../../src/engine/mod.ts";
import { encodeNpz } from "../../src/formats/mod.ts";
import { deadLeaves } from "../../src/simulation/mod.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { simulateScan } from "../../src/simulation/simulate.ts";
import { zonePlateProbe } from "../../src/physics/mod.ts";
import { openScan } from "../../src/scan/scan.ts";
import { findOrientation, flagsOf } from "../../src/solver/orientation.ts";
import { solve } from "../../src/solver/solve.ts";
import { judgeImage, verdictLines } from "../../src/solver/judging/verdict.ts";
import { toyScan } from "../support/toy_scan.ts";

const probe = zonePlateProbe({
  side: 64,
  photons: 1e5,
  wavelengthM: 1.4e-10,
  pixelSizeM: 2e-8,
  diameterM: 1.6e-4,
  outermostZoneM: 7e-8,
  centralStopM: 6e-5,
  defocusM: 4e-4,
});
const positions = rasterPositions({ rows: 7, columns: 7, step: 5, x0: 32, y0: 32, jitter: 1.5, seed: 3 });
const object = { ...deadLeaves({ height: 100, width: 100, seed: 4 }), x0: 0, y0: 0 };
const file = await encodeNpz(scanArrays(simulateScan({ side: 64, positions, probe, object, seed: 5 })));

const WRONG = [
  { orientation: 1, cure: "--orientation 1" },
  { orientation: 4, cure: "--orientation 4" },
  { flipY: true, cure: "--flip-y" },
  { swapXy: true, cure: "--swap-xy" },
] as const;

Deno.test("an image of a right scan is good, and no way to turn it is better [wasm]", async () => {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  await using scan = await openScan(file, { name: "scan.npz" });
  const solved = await solve(scan, { device, config: { solver: { numEpochs: 20 } } });
  const verdict = await judgeImage(scan, solved);
  equal(verdict?.word, "good", JSON.stringify(verdict));
  const found = await findOrientation(scan, { device });
  equal(found?.better.length, 0);
  ok((found?.margin ?? 1) < 0.8, `${found?.margin}`);
  await device.dispose();
});

Deno.test("an image of a near field is judged through its propagation: good; far fields of it are not [wasm]", async () => {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  const { scan } = toyScan({ nearFieldM: 2e-3, photons: 1e6 });
  const solved = await solve(scan, { device, config: { solver: { numEpochs: 40 } } });
  const verdict = await judgeImage(scan, solved);
  equal(verdict.word, "good", JSON.stringify(verdict));
  equal((await judgeImage({ ...scan, geometry: undefined }, solved)).word, "failed");
  await device.dispose();
});

for (const { cure, ...reading } of WRONG) {
  Deno.test(`an image of a scan that needs ${cure} failed, and the flag is found [wasm]`, async () => {
    const device = await openDevice({ accelerator: "wasm", threads: 2 });
    await using scan = await openScan(file, { name: "scan.npz", reading });
    const solved = await solve(scan, { device, config: { solver: { numEpochs: 20 } } });
    const verdict = await judgeImage(scan, solved);
    ok(verdict && verdict.word !== "good", JSON.stringify(verdict));
    ok(verdictLines(verdict)[1].startsWith("likely: patterns, probe and positions do not belong together"));
    // the probe is symmetric: turning the positions does as well
    const ways = (await findOrientation(scan, { device }))?.better.map(flagsOf) ?? [];
    ok(ways.includes(cure), ways.join());
    await device.dispose();
  });
}

Deno.test("one pixel and one pattern do not decide [wasm]", async () => {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  await using scan = await openScan(file, { name: "scan.npz" });
  const solved = await solve(scan, { device, config: { solver: { numEpochs: 20 } } });
  const spoilt = {
    n: scan.n,
    size: scan.size,
    readCounts: async (indices: ArrayLike<number>) => {
      const counts = await scan.readCounts(indices);
      counts[100] = 3.6e9; // of every pattern
      if (indices[0] === 0) counts.fill(1e6); // and all of the first
      return counts;
    },
  };
  const verdict = await judgeImage(spoilt, solved);
  equal(verdict.word, "good");
  match(verdict.remarks[0], /^1 of 49 patterns fit far worse than the others \(0\): dropped frames/);
  deepEqual((await judgeImage(scan, solved)).remarks, []);
  await device.dispose();
});

Deno.test("light that drifts is remarked, with the setting that follows it [wasm]", async () => {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  await using scan = await openScan(file, { name: "scan.npz" });
  // in an order that goes to and fro, so that the object cannot take up the drift
  const order = Int32Array.from({ length: scan.n }, (_, i) => i * 20 % scan.n);
  const drifting = {
    ...{ n: scan.n, size: scan.size },
    readCounts: async (indices: ArrayLike<number>) => {
      const place = indices[0];
      const counts = await scan.readCounts([place]);
      return counts.map((value) => Math.round(value * (1.2 - 0.4 * order.indexOf(place) / scan.n)));
    },
  };
  const solved = await solve(scan, { device, config: { solver: { numEpochs: 20 } } });
  const reordered = {
    ...solved,
    indices: order,
    positionsPx: {
      x: Float64Array.from(order, (i) => solved.positionsPx.x[i]),
      y: Float64Array.from(order, (i) => solved.positionsPx.y[i]),
    },
  };
  match(
    (await judgeImage(drifting, reordered)).remarks.join(),
    /light of the scan goes from 1\.1\d to 0\.8\d .*--opr-modes 1/,
  );
  const followed = { ...reordered, settings: { ...solved.settings, oprModes: 1 } };
  ok(!(await judgeImage(drifting, followed)).remarks.join().includes("light"));
  await device.dispose();
});

Deno.test("a collapsed object is told by name, and a flat one in weak light is doubted [wasm]", async () => {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  await using scan = await openScan(file, { name: "scan.npz" });
  const solved = await solve(scan, { device, config: { solver: { numEpochs: 5 } } });
  const data = new Float32Array(solved.object.data.length);
  data[2 * 5000] = 1e4;
  const collapsed = await judgeImage(scan, { ...solved, object: { ...solved.object, data } });
  equal(collapsed?.word, "failed");
  ok(/collapsed/.test(collapsed?.reasons[0] ?? ""));
  await device.dispose();
});
