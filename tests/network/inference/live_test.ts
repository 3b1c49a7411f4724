import assert from "node:assert/strict";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { DataError } from "../../../src/common/errors.ts";
import type { Arrival } from "../../../src/scan/arriving.ts";
import { followArrivals } from "../../../src/network/inference/follow.ts";
import { LatencyHistogram } from "../../../src/network/inference/latency.ts";
import { type LiveOptions, openLiveReconstruction } from "../../../src/network/inference/live.ts";
import { GrowingPatchStore } from "../../../src/image/patch_store.ts";
import { reconstruct } from "../../../src/network/inference/reconstruct.ts";
import { openSmallScan } from "../../support/small_scan.ts";
import { untrainedModel } from "../../support/untrained_model.ts";

const scan = await openSmallScan(5);
const device = await openDevice({ accelerator: "wasm", threads: 2 });
globalThis.addEventListener("unload", () => void device.dispose());
const model = await untrainedModel(scan, { device });
const open = (options: Partial<LiveOptions> = {}) => openLiveReconstruction({ model, device, ...options });

/** Patterns of the scan as they arrive. */
async function arrival(...indices: number[]): Promise<Arrival> {
  const { x, y } = scan.positionsPx;
  return {
    source: `patterns ${indices}`,
    counts: await scan.readCounts(indices),
    xcoords: Float64Array.from(indices, (i) => x[i]),
    ycoords: Float64Array.from(indices, (i) => y[i]),
  };
}

/** Largest difference of two images. */
function off(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

Deno.test("patterns that come one by one make the image that they make together [wasm]", async () => {
  const whole = await reconstruct(scan, { model, device });
  for (const memory of [undefined, 10 * 8 * scan.size ** 2]) {
    using live = await open({ patchMemoryBytes: memory });
    await live.add(await arrival(12)); // in the middle: the canvas grows to all sides
    for (const i of [0, 1, 2, 3, 4]) await live.add(await arrival(i));
    await live.add(
      await arrival(...Array.from({ length: 25 }, (_, i) => i).filter((i) => i > 4 && i !== 12)),
    );
    assert.equal(live.patterns, 25);
    const image = await live.finish();
    assert.deepEqual([image.x0, image.y0, image.height, image.width], [
      whole.x0,
      whole.y0,
      whole.height,
      whole.width,
    ]);
    assert.ok(off(image.data, whole.data) < 1e-3, `${off(image.data, whole.data)}`);
    const snapshot = live.snapshot();
    assert.deepEqual(snapshot.mask, image.mask);
    const error = turnsBetween(snapshot.data, image.data);
    assert.ok(error < 0.1, `phases that were found on the way are off by ${error} rad`);
  }
});

Deno.test("without synchronisation patches are placed as they are [wasm]", async () => {
  const plain = await reconstruct(scan, { model, device, config: { inference: { phaseSync: false } } });
  using live = await open({ phaseSync: false });
  await live.add(await arrival(...Array(25).keys()));
  assert.ok(off((await live.finish()).data, plain.data) < 1e-5);
});

/** Root mean square of the phase difference about its mean. */
function turnsBetween(a: Float32Array, b: Float32Array): number {
  const angles: [number, number][] = [];
  for (let i = 0; i < a.length; i += 2) {
    const re = a[i] * b[i] + a[i + 1] * b[i + 1], im = a[i + 1] * b[i] - a[i] * b[i + 1];
    if (re !== 0 || im !== 0) angles.push([re, im]);
  }
  const mean = Math.atan2(angles.reduce((s, t) => s + t[1], 0), angles.reduce((s, t) => s + t[0], 0));
  const squares = angles.map(([re, im]) => {
    const d = Math.atan2(im, re) - mean;
    return (d - 2 * Math.PI * Math.round(d / 2 / Math.PI)) ** 2;
  });
  return Math.sqrt(squares.reduce((s, v) => s + v, 0) / squares.length);
}

Deno.test("another brightness is scaled to that of the training [wasm]", async () => {
  const lines: string[] = [];
  const logger = { debug() {}, warn() {}, error() {}, info: (line: string) => void lines.push(line) };
  using same = await open({ phaseSync: false });
  using bright = await open({ phaseSync: false, logger });
  const patterns = await arrival(...Array(25).keys());
  await same.add(patterns);
  await bright.add({ ...patterns, counts: patterns.counts.map((value) => value * 3) });
  assert.ok(off(bright.snapshot().data, same.snapshot().data) < 1e-4);
  assert.ok(lines.some((line) => line.startsWith("another brightness")));
});

Deno.test("positions too far away, networks of groups and an image of nothing are refused", async () => {
  using live = await open();
  assert.throws(() => live.snapshot(), RangeError);
  await live.add(await arrival(0));
  const far = { ...await arrival(1), xcoords: Float64Array.of(1e9), source: "file.npz" };
  assert.throws(() => live.check(far), /file\.npz: xcoords, ycoords: found positions that make the image/);
  await assert.rejects(live.add(far), DataError);
  assert.equal(live.patterns, 1);
  await assert.rejects(live.add({ ...far, ycoords: [1, 2] }), RangeError);
  const grouped = await untrainedModel(scan, { device, profile: "amplitude", gridsize: 2 });
  await assert.rejects(openLiveReconstruction({ model: grouped, device }), /takes groups/);
});

Deno.test("following goes on past what is refused and says how it ended [wasm]", async () => {
  const warnings: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => void warnings.push(line) };
  async function* arrivals() {
    yield await arrival(0, 1, 2, 3, 4, 5, 6);
    yield new DataError({ file: "bad.npz", found: "x", expected: "y", remedy: "z" });
    yield { ...await arrival(7), xcoords: Float64Array.of(1e12) };
    yield await arrival(8);
  }
  using live = await open({ batchSize: 3 });
  let writes = 0;
  const report = await followArrivals(arrivals(), {
    live,
    logger,
    writeSeconds: 0,
    onWrite: () => Promise.resolve(void writes++),
  });
  assert.deepEqual([report.patterns, report.refused, report.end], [8, 2, "end of input"]);
  assert.match(warnings[0], /^left out: bad\.npz: found x/);
  assert.equal(warnings.length, 2);
  assert.ok(writes >= 2);
  const { median, p95, largest } = report.latencyMs;
  assert.ok(0 < median && median <= p95 && p95 <= 1.01 * largest);
  assert.ok(report.patternsPerSecond > 0 && report.patternsPerBusySecond > 0);
});

Deno.test("following ends after an idle time, when interrupted, and when its source fails, with the image", async () => {
  async function* endless() {
    yield await arrival(0);
    await new Promise(() => {});
  }
  using idle = await open();
  assert.equal((await followArrivals(endless(), { live: idle, idleSeconds: 0.05 })).end, "idle");
  assert.equal(idle.patterns, 1);
  const controller = new AbortController();
  using interrupted = await open();
  const ended = await followArrivals(endless(), {
    live: interrupted,
    signal: controller.signal,
    onPatterns: () => controller.abort(),
  });
  assert.deepEqual([ended.end, ended.patterns], ["interrupted", 1]);
  async function* failing() {
    yield await arrival(0);
    throw new Error("the disk is gone");
  }
  using failed = await open();
  const report = await followArrivals(failing(), { live: failed });
  assert.deepEqual([report.end, report.patterns, String(report.error)], [
    "failed",
    1,
    "Error: the disk is gone",
  ]);
});

Deno.test("a growing store keeps its patches when it moves from memory to a file", () => {
  using store = new GrowingPatchStore({ side: 4, memoryBytes: 20 * 128 });
  for (let i = 0; i < 50; i++) store.append(new Float32Array(32).fill(i));
  assert.equal(store.count, 50);
  for (const i of [0, 19, 20, 49]) assert.equal(store.patch(i)[31], i);
  assert.deepEqual([...store.read(18, 4)].filter((_, i) => i % 32 === 0), [18, 19, 20, 21]);
});

Deno.test("percentiles of times are right to a hundredth", () => {
  const times = new LatencyHistogram();
  assert.equal(times.percentile(50), 0);
  for (let i = 1; i <= 1000; i++) times.add(i);
  assert.ok(Math.abs(times.percentile(50) / 500 - 1) < 0.01);
  assert.ok(Math.abs(times.percentile(95) / 950 - 1) < 0.01);
  assert.equal(times.largest, 1000);
});
