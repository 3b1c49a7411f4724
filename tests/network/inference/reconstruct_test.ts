import assert from "node:assert/strict";
import { silentLogger } from "../../../src/common/logger.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { Fft2 } from "../../../src/numeric/fft2.ts";
import { OptionError } from "../../../src/common/errors.ts";
import { probeWeight } from "../../../src/image/canvas.ts";
import { openModelDiffraction } from "../../../src/network/inference/diffraction.ts";
import { openNetwork } from "../../../src/network/inference/network.ts";
import { rectScales } from "../../../src/network/inference/rect_scales.ts";
import { reconstruct, type Reconstruction } from "../../../src/network/inference/reconstruct.ts";
import { mergeShards, type Shard } from "../../../src/network/inference/shards.ts";
import { openSmallScan } from "../../support/small_scan.ts";
import { untrainedModel } from "../../support/untrained_model.ts";

const scan = await openSmallScan(6);
const device = await openDevice({ accelerator: "wasm", threads: 2 });
globalThis.addEventListener("unload", () => void device.dispose());
const model = await untrainedModel(scan, { device });
const grouped = await untrainedModel(scan, { device, profile: "amplitude", gridsize: 2 });
const parts = await untrainedModel(scan, { device, profile: "counts", cnnOutputMode: "real_imag" });

/** Largest difference over the largest value. */
function off(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let [most, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return most / size;
}

function shardOf(
  image: Reconstruction,
  { index, count, phaseSync }: Pick<Shard, "index" | "count" | "phaseSync">,
): Shard {
  const common = { scanSha256: "a", weightsSha256: "b", settings: "", maskThreshold: 0.01 };
  return { ...common, index, count, phaseSync, sums: image.canvas.sums, patterns: image.patterns };
}

async function shards(count: number, phaseSync: boolean): Promise<Shard[]> {
  const all: Shard[] = [];
  for (let index = 0; index < count; index++) {
    const image = await reconstruct(scan, {
      model,
      device,
      config: { inference: { phaseSync } },
      shard: { index, count },
    });
    all.push(shardOf(image, { index, count, phaseSync }));
  }
  return all;
}

Deno.test("parts of a scan without synchronised phases add up to the whole, to rounding of float64 [wasm]", async () => {
  const whole = await reconstruct(scan, { model, device, config: { inference: { phaseSync: false } } });
  const three = await shards(3, false);
  assert.equal(three.reduce((sum, { patterns }) => sum + patterns, 0), scan.n);
  assert.ok(
    three.every(({ sums }) => sums.height * sums.width < 0.9 * whole.height * whole.width),
    "compact blocks",
  );
  const merged = mergeShards(three);
  const at = ({ x0, y0, height, width }: typeof merged | Reconstruction) => [x0, y0, height, width];
  assert.deepEqual(at(merged), at(whole));
  assert.deepEqual(merged.mask, whole.mask);
  // float32 holds no more than 6e-8; sums in float64 leave one unit in the last place now and then
  assert.ok(off(merged.data, whole.data) < 1e-7 && off(merged.weight, whole.weight) < 1e-7);
  const sum = mergeSums(three, whole);
  assert.ok(off(sum, whole.canvas.sums.sum) < 1e-14);
});

/** The numerators of all parts on the canvas of the whole. */
function mergeSums(all: readonly Shard[], { x0, y0, width, height }: Reconstruction): Float64Array {
  const out = new Float64Array(2 * width * height);
  for (const { sums } of all) {
    for (let i = 0; i < sums.sum.length; i++) {
      const pixel = i >> 1, row = Math.floor(pixel / sums.width) + sums.y0 - y0;
      out[2 * (row * width + pixel % sums.width + sums.x0 - x0) + i % 2] += sums.sum[i];
    }
  }
  return out;
}

Deno.test("parts with synchronised phases merge to the whole but for a constant phase [wasm]", async () => {
  const whole = await reconstruct(scan, { model, device });
  const turned = (await shards(3, true)).map((shard, k) => turn(shard, 2 * k)); // each with a constant of its own
  const merged = mergeShards(turned);
  const plain = mergeShards(turned.map((shard) => ({ ...shard, phaseSync: false })));
  const [good, bad] = [merged, plain].map((image) => phaseError(image, whole));
  assert.ok(good < 0.05, `${good} rad`);
  assert.ok(bad > 10 * good, `${bad} rad where the constants are left`);
});

function turn(shard: Shard, phase: number): Shard {
  const { sum } = shard.sums, cos = Math.cos(phase), sin = Math.sin(phase);
  const turned = sum.map((value, i) =>
    i % 2 === 0 ? value * cos - sum[i + 1] * sin : sum[i - 1] * sin + value * cos
  );
  return { ...shard, sums: { ...shard.sums, sum: turned } };
}

/** Root mean square of the phase difference of two images about its mean, in radians. */
function phaseError(a: { data: Float32Array }, b: { data: Float32Array }): number {
  const turns = Array.from({ length: a.data.length / 2 }, (_, i) => {
    const [p, q, r, s] = [a.data[2 * i], a.data[2 * i + 1], b.data[2 * i], b.data[2 * i + 1]];
    return [p * r + q * s, q * r - p * s];
  }).filter(([re, im]) => re !== 0 || im !== 0);
  const mean = Math.atan2(turns.reduce((s, t) => s + t[1], 0), turns.reduce((s, t) => s + t[0], 0));
  const errors = turns.map(([re, im]) => {
    const d = Math.atan2(im, re) - mean;
    return (d - 2 * Math.PI * Math.round(d / (2 * Math.PI))) ** 2;
  });
  return Math.sqrt(errors.reduce((s, e) => s + e, 0) / errors.length);
}

Deno.test("more parts than patterns are refused, and parts that do not belong together", async () => {
  await assert.rejects(reconstruct(scan, { model, device, shard: { index: 36, count: 37 } }), OptionError);
  const [a, b] = await shards(2, false);
  assert.throws(() => mergeShards([a]), /part 2\/2/);
  assert.throws(() => mergeShards([a, a]), /part 1\/2, as part 1/);
  assert.throws(() => mergeShards([a, { ...b, scanSha256: "c" }]), /another scan/);
  assert.throws(() => mergeShards([a, { ...b, settings: "c" }]), /settings c/);
});

Deno.test("passes of a network of groups are the mean over groups of several seeds [wasm]", async () => {
  const options = { model: grouped, device, config: { inference: { phaseSync: false } } };
  const two = await reconstruct(scan, { ...options, config: { inference: { phaseSync: false, passes: 2 } } });
  const [first, second] = [
    await reconstruct(scan, { ...options, seed: 0 }),
    await reconstruct(scan, { ...options, seed: 1 }),
  ];
  assert.equal(two.passes, 2);
  assert.equal(two.patterns, first.patterns + second.patterns);
  assert.ok(off(first.canvas.sums.sum, second.canvas.sums.sum) > 1e-3, "other seeds make other groups");
  const sum = first.canvas.sums.sum.map((value, i) => value + second.canvas.sums.sum[i]);
  assert.ok(off(two.canvas.sums.sum, sum) < 1e-12);
  // with synchronised phases the second pass is turned to the first one
  const synced = await reconstruct(scan, { model: grouped, device, config: { inference: { passes: 2 } } });
  const once = await reconstruct(scan, { model: grouped, device });
  assert.ok(phaseError(synced, once) < 0.3);
});

Deno.test("an option that reconstruct does not know is refused with the nearest one", async () => {
  const misspelt = { model, device, indexes: Int32Array.of(0) };
  await assert.rejects(reconstruct(scan, misspelt), /indexes: .*did you mean indices/s);
});

Deno.test("single patterns are gone through once, whatever the passes, and a line says why [wasm]", async () => {
  const lines: string[] = [];
  const logger = { ...silentLogger, info: (line: string) => void lines.push(line) };
  const once = await reconstruct(scan, { model, device });
  const thrice = await reconstruct(scan, { model, device, config: { inference: { passes: 3 } }, logger });
  assert.equal(thrice.passes, 1);
  assert.deepEqual(thrice.data, once.data);
  assert.ok(lines.some((line) => /^passes: .*single patterns/.test(line)));
});

Deno.test("a network of groups makes as many groups as asked for [wasm]", async () => {
  const few = await reconstruct(scan, { model: grouped, device, nGroups: 5 });
  assert.equal(few.patterns, 20);
});

Deno.test("weights are those of the probe, or the central square alike [wasm]", async () => {
  const one = { model, device, indices: Int32Array.of(14) };
  const { weight } = await reconstruct(scan, { ...one, config: { inference: { phaseSync: false } } });
  const probe = probeWeight(scan.probe.data, scan.size);
  const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);
  const scale = total(weight) / total(probe);
  assert.ok(Math.abs(Math.max(...weight) / Math.max(...probe) / scale - 1) < 0.1);
  const uniform = await reconstruct(scan, { ...one, config: { inference: { patchWeights: "uniform" } } });
  assert.ok(Math.abs(total(uniform.weight) - (scan.size / 2) ** 2) < 1e-2);
  assert.ok(Math.max(...uniform.weight) <= 1 + 1e-6);
});

Deno.test("scales of real and imaginary part are fitted to the patterns, the same in every part [wasm]", async () => {
  const options = { model: parts, device };
  const fitted = await reconstruct(scan, options);
  assert.equal(fitted.scales?.fitted, true);
  const expected = await scalesByHand();
  assert.ok(Math.abs((fitted.scales?.s1 ?? 0) / expected.s1 - 1) < 1e-3);
  assert.ok(Math.abs((fitted.scales?.s2 ?? 0) / expected.s2 - 1) < 1e-3);
  const raw = await reconstruct(scan, { ...options, config: { inference: { fitScales: false } } });
  assert.deepEqual(raw.scales, { s1: 1, s2: 1, fitted: false });
  assert.ok((fitted.quality?.median ?? NaN) < 0.9 * (raw.quality?.median ?? NaN));
  const part = await reconstruct(scan, { ...options, shard: { index: 1, count: 4 } });
  assert.deepEqual(part.scales, fitted.scales);
  await assert.rejects(
    reconstruct(scan, { model, device, config: { inference: { fitScales: true } } }),
    OptionError,
  );
});

/** The exit waves of all patches, real and imaginary part apart, from exact transforms. */
async function scalesByHand() {
  using network = await openNetwork(device, { model: parts, batchSize: scan.n });
  const counts = await scan.readCounts(Int32Array.from({ length: scan.n }, (_, i) => i));
  const patches = await network.run(counts);
  const probe = parts.statistics.get("probe")?.data ?? new Float32Array();
  const fft = new Fft2(scan.size, scan.size);
  const psi = (part: 0 | 1) => {
    const out = new Float64Array(patches.length);
    for (let i = 0; i < out.length; i += 2) {
      const k = i % probe.length, pr = probe[k], pi = probe[k + 1], value = patches[i + part];
      out[i] = part === 0 ? value * pr : -value * pi;
      out[i + 1] = part === 0 ? value * pi : value * pr;
    }
    for (let at = 0; at < out.length; at += probe.length) {
      fft.forwardCentred(out.subarray(at, at + probe.length));
    }
    return out;
  };
  return rectScales({ psiA: psi(0), psiB: psi(1), intensity: Float64Array.from(counts) });
}

Deno.test("the batch is what memory holds, whole groups at least, and changes nothing [wasm]", async () => {
  const whole = await reconstruct(scan, { model, device });
  assert.ok(whole.batchSize > 1 && whole.batchSize <= 64);
  const single = await reconstruct(scan, { model, device, config: { inference: { batchSize: 5 } } });
  assert.equal(single.batchSize, 5);
  assert.ok(off(single.data, whole.data) < 1e-4);
  using roomy = await openNetwork(device, { model: grouped });
  assert.equal(roomy.batch % 4, 0);
  // a device whose arrays hold seven patterns
  const bytes = 7.5 * roomy.arenaBytes / roomy.batch;
  const tight = new Proxy(device, {
    get: (target, key) => {
      if (key === "info") return { ...target.info, limits: { ...target.info.limits, maxSliceBytes: bytes } };
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  using network = await openNetwork(tight, { model: grouped });
  assert.equal(network.batch, 4, "a group goes in whole");
});

Deno.test("patches diffract to the counts of the scan where they are those of the truth [wasm]", async () => {
  using diffraction = await openModelDiffraction(device, { model, batch: 2 });
  const flat = new Float32Array(2 * scan.size ** 2).map((_, i) => i % 2 === 0 ? 1 : 0);
  const counts = await diffraction.counts(flat);
  const total = counts.reduce((sum, value) => sum + value, 0);
  assert.ok(Math.abs(total / scan.meanCounts - 1) < 1e-3, "a transparent object gives the mean count");
});

Deno.test("a signal that a timer aborts ends a reconstruction at once: the event loop runs meanwhile [wasm]", async () => {
  const indices = Int32Array.from({ length: 6000 }, (_, i) => i % scan.n);
  const controller = new AbortController();
  const begun = performance.now();
  let [last, longest, done] = [begun, 0, 0];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tick = () => {
    const now = performance.now();
    [longest, last] = [Math.max(longest, now - last), now];
    if (now - begun > 500) controller.abort(new Error("enough"));
    timer = setTimeout(tick, 0);
  };
  const onProgress = ({ phase, done: patterns }: { readonly phase: string; readonly done: number }) => {
    if (phase === "infer") done = patterns;
    if (timer === undefined) {
      last = performance.now(); // opening the network is over
      timer = setTimeout(tick, 0);
    }
  };
  const options = {
    model,
    device,
    indices,
    config: { inference: { batchSize: 4 } },
    signal: controller.signal,
    onProgress,
  };
  try {
    await assert.rejects(reconstruct(scan, options), /^Error: enough$/);
  } finally {
    clearTimeout(timer);
  }
  assert.ok(done > 0 && done < indices.length, `${done} of ${indices.length} patterns`);
  assert.ok(longest < 1000, `the event loop was held for ${longest} ms`);
});
