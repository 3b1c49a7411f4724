import assert from "node:assert/strict";
import type { PartialConfig } from "../../../src/config/mod.ts";
import { compareObjects, scoreObject } from "../../../src/comparison/mod.ts";
import { openDevice } from "../../../src/engine/mod.ts";
import { applyNetwork, type CleanedImage } from "../../../src/network/image/apply.ts";
import { blurred } from "../../../src/network/image/blur.ts";
import { CHANNELS, networkInput } from "../../../src/network/image/channels.ts";
import { holdOut, openJudge } from "../../../src/network/image/held_out.ts";
import { cropBatch, type Example, fillCrop } from "../../../src/network/image/pretraining/examples.ts";
import { pretrain } from "../../../src/network/image/pretraining/pretrain.ts";
import { drawSettings, syntheticScan } from "../../../src/network/image/pretraining/scans.ts";
import { reconstructImage } from "../../../src/network/image/reconstruct.ts";
import { solverImages } from "../../../src/network/image/sweeps.ts";
import {
  encodeImageNetwork,
  readImageNetwork,
  shippedImageNetwork,
} from "../../../src/network/image/weights.ts";
import { Random } from "../../../src/numeric/mod.ts";

const SCAN: NonNullable<PartialConfig["simulation"]> = {
  ...{
    object: "cells",
    amplitudeMin: 0.5,
    amplitudeMax: 1,
    phaseMin: -0.5,
    phaseMax: 0.5,
    probe: "zone-plate",
  },
  ...{ step: 6, positions: 81, size: 64, labels: false, scan: "jittered", dose: "1e3", seed: 21 },
};

const device = () => openDevice({ accelerator: "wasm", threads: 1 });

/** Images of noise around an object with a phase ramp, as a solver would give them. */
function noisyImages({ height = 70, width = 90, phase = 0, noise = 0.1 } = {}) {
  const random = new Random(3, "test");
  const clean = new Float32Array(2 * height * width);
  for (let i = 0; i < height * width; i++) {
    const angle = phase + 0.1 * (i % width);
    clean.set([0.8 * Math.cos(angle), 0.8 * Math.sin(angle)], 2 * i);
  }
  const noisy = () => clean.map((value) => value + noise * random.normal());
  const weight = new Float32Array(height * width).fill(1);
  return {
    whole: { object: { height, width, data: noisy(), x0: 0, y0: 0 }, weight },
    halves: [noisy(), noisy()],
  } as const;
}

Deno.test("a blur keeps constants, and spreads a point as a Gaussian", () => {
  const size = { height: 21, width: 31, sigma: 2 };
  assert.ok(blurred(new Float32Array(21 * 31).fill(3), size).every((value) => Math.abs(value - 3) < 1e-6));
  const point = new Float32Array(21 * 31);
  point[10 * 31 + 15] = 1;
  const out = blurred(point, size);
  assert.ok(Math.abs(out[10 * 31 + 17] / out[10 * 31 + 15] - Math.exp(-0.5)) < 1e-6);
  assert.ok(Math.abs(out.reduce((a, b) => a + b) - 1) < 1e-5);
});

Deno.test("the network's input does not depend on the global phase, and measures the noise", () => {
  const [one, turned] = [0, 2].map((phase) => networkInput(noisyImages({ phase, noise: 0 })));
  one.channels.forEach((value, i) => assert.ok(Math.abs(value - turned.channels[i]) < 1e-4));
  const { noise } = networkInput(noisyImages({ noise: 0.1 }));
  // half the difference of two images with 0.1 of noise in each part has the rms 0.1
  const middle = noise.reduce((a, b) => a + b) / noise.length;
  assert.ok(Math.abs(middle - 0.11) < 0.01, `${middle}`);
});

Deno.test("blocks give the image that the whole gives", async () => {
  const on = await device();
  try {
    const { weights } = await shippedImageNetwork();
    const input = networkInput(noisyImages({ height: 150, width: 201 }));
    const whole = await applyNetwork(input, { device: on, weights });
    const blocks = await applyNetwork(input, { device: on, weights, block: 96 });
    const most = (a: Float32Array, b: Float32Array) =>
      a.reduce((max, v, i) => Math.max(max, Math.abs(v - b[i])), 0);
    assert.ok(most(whole.data, blocks.data) < 1e-5, `${most(whole.data, blocks.data)}`);
    assert.ok(most(whole.error, blocks.error) < 1e-5);
  } finally {
    await on.dispose();
  }
});

Deno.test("the same image network gives the same image on WebAssembly and the reference device", async () => {
  const { weights } = await shippedImageNetwork();
  const input = networkInput(noisyImages({ height: 40, width: 44 }));
  const images: CleanedImage[] = [];
  for (const accelerator of ["wasm", "reference"] as const) {
    const on = await openDevice({ accelerator });
    images.push(await applyNetwork(input, { device: on, weights }));
    await on.dispose();
  }
  images[0].data.forEach((value, i) => assert.ok(Math.abs(value - images[1].data[i]) < 1e-4));
});

Deno.test("weights of another network are refused by name", async () => {
  const on = await device();
  try {
    const weights = new Map((await shippedImageNetwork()).weights);
    weights.set("head.bias", new Float32Array(7));
    const input = networkInput(noisyImages({ height: 40, width: 44 }));
    await assert.rejects(applyNetwork(input, { device: on, weights }), /head\.bias: found 7, expected 3/);
  } finally {
    await on.dispose();
  }
});

Deno.test("weights and their card come back from a file", async () => {
  const weights = new Map([["a.weight", Float32Array.of(1, -2.5)], ["b", Float32Array.of(3)]]);
  const read = await readImageNetwork(await encodeImageNetwork({ weights, card: '{"scans":3}' }));
  assert.deepEqual(read, { weights, card: '{"scans":3}' });
});

Deno.test("held-out patterns are spread over the scan and used by nothing else", () => {
  const n = 400;
  const positionsPx = {
    x: Float64Array.from({ length: n }, (_, i) => 5 * (i % 20)),
    y: Float64Array.from({ length: n }, (_, i) => 5 * Math.floor(i / 20)),
  };
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const { used, judges } = holdOut({ positionsPx }, all);
  assert.equal(used.length + judges.length, n);
  assert.ok(judges.length >= 20 && judges.length <= 30, `${judges.length}`);
  assert.equal(new Set([...used, ...judges]).size, n);
  const few = holdOut({ positionsPx }, all.subarray(0, 20));
  assert.deepEqual([few.used.length, few.judges.length], [20, 20]);
});

Deno.test("the judge ranks truth over a noisy and a flat object", async () => {
  const on = await device();
  try {
    await using made = await syntheticScan({ ...SCAN, dose: "1e4" }, { device: on });
    const { scan, truth } = made;
    const judges = Int32Array.from({ length: scan.n }, (_, i) => i);
    const judge = openJudge(scan, { device: on, judges, probe: scan.probe });
    const random = new Random(1, "noise");
    const noisy = { ...truth, data: Float64Array.from(truth.data, (value) => value + 0.1 * random.normal()) };
    const [best, worse, flat] = [await judge(truth), await judge(noisy), await judge()].map((one) =>
      one.deviance
    );
    assert.ok(best < worse && best < flat, `${best} ${worse} ${flat}`);
    const twice = { ...truth, data: Float64Array.from(truth.data, (value) => 2 * value) };
    const { deviance, factor } = await judge(twice);
    assert.ok(
      Math.abs(deviance - best) < 1e-4 * best && Math.abs(factor - 0.5) < 0.01,
      `${deviance} ${factor}`,
    );
    assert.ok(best > 0.05 && best < 1.2, `${best}: near the noise of photons`);
  } finally {
    await on.dispose();
  }
});

Deno.test("an unseen noisy scan: the image is nearer to the truth than the solver's, and says what it was chosen by", async () => {
  const on = await device();
  try {
    await using made = await syntheticScan(SCAN, { device: on });
    const { scan, truth } = made;
    const { weights } = await shippedImageNetwork();
    const image = await reconstructImage(scan, { device: on, weights, polish: 2 });
    assert.deepEqual(image.candidates.map(({ name }) => name), [
      "flat",
      "solver",
      "network",
      "polished",
      "polished network",
    ]);
    const least = Math.min(...image.candidates.map(({ deviance }) => deviance));
    const chosen = image.candidates.find(({ name }) => name === image.chosen);
    assert.ok(
      chosen && chosen.deviance <= least + 10 / (image.heldOut * scan.size ** 2),
      `${chosen?.deviance} ${least}`,
    );
    const { x: xcoords, y: ycoords } = scan.positionsPx;
    const score = (data: ArrayLike<number>) =>
      scoreObject({ ...image, data: Float64Array.from(data) }, truth, { positions: { xcoords, ycoords } });
    const { whole } = await solverImages(scan, { device: on });
    const network = score(image.smooth ?? image.data), solver = score(whole.object.data);
    assert.ok(
      network.amplitudeSsim > solver.amplitudeSsim + 0.05,
      `${network.amplitudeSsim} ${solver.amplitudeSsim}`,
    );
    assert.ok(network.phaseSsim > solver.phaseSsim, `${network.phaseSsim} ${solver.phaseSsim}`);
    assert.ok(image.expectedError.every((value) => value > 0 && Number.isFinite(value)));
  } finally {
    await on.dispose();
  }
});

Deno.test("the expected error is larger where the error is larger, and within a factor of 2.5 of it", async () => {
  const on = await device();
  try {
    await using made = await syntheticScan({ ...SCAN, object: "dead-leaves", dose: "1e4", seed: 22 }, {
      device: on,
    });
    const { weights } = await shippedImageNetwork();
    const image = await reconstructImage(made.scan, { device: on, weights });
    const { x: xcoords, y: ycoords } = made.scan.positionsPx;
    const compared = compareObjects(
      { ...image, data: Float64Array.from(image.smooth ?? image.data) },
      made.truth,
      {
        positions: { xcoords, ycoords },
      },
    );
    const { area: { xMin, yMin }, phase: { width }, amplitude, referenceAmplitude } = compared;
    const pairs = Array.from(amplitude.data, (a, i) => {
      const turn = compared.phase.data[i] - compared.referencePhase.data[i], b = referenceAmplitude.data[i];
      const row = Math.round(Math.floor(i / width) + yMin - image.y0),
        column = Math.round(i % width + xMin - image.x0);
      return {
        error: Math.hypot(a * Math.cos(turn) - b, a * Math.sin(turn)),
        expected: image.expectedError[row * image.width + column],
      };
    }).sort((one, other) => one.expected - other.expected);
    const mean = (part: typeof pairs, key: "error" | "expected") =>
      part.reduce((sum, pair) => sum + pair[key], 0) / part.length;
    const third = Math.floor(pairs.length / 3);
    const [low, high] = [pairs.slice(0, third), pairs.slice(-third)];
    assert.ok(mean(high, "error") > 1.3 * mean(low, "error"), `${mean(low, "error")} ${mean(high, "error")}`);
    const ratio = mean(pairs, "error") / mean(pairs, "expected");
    assert.ok(ratio > 0.4 && ratio < 1.2, `${ratio}`);
  } finally {
    await on.dispose();
  }
});

Deno.test("the reconstruction of an image ends by its signal and refuses unknown options", async () => {
  const on = await device();
  try {
    await using made = await syntheticScan(SCAN, { device: on });
    const { weights } = await shippedImageNetwork();
    const signal = AbortSignal.timeout(30);
    await assert.rejects(reconstructImage(made.scan, { device: on, weights, signal }), {
      name: "TimeoutError",
    });
    const misspelt = { device: on, weights, polsh: 3 };
    await assert.rejects(reconstructImage(made.scan, misspelt), /polsh.*did you mean polish/s);
  } finally {
    await on.dispose();
  }
});

Deno.test("crops turn channels, truth and the differences of phase alike", () => {
  const height = 12, width = 12, side = 12;
  const input = networkInput({ ...noisyImages({ height, width, noise: 0 }) });
  const example: Example = { input, truth: { re: input.z.re, im: input.z.im } };
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const batch = cropBatch(1, side);
    fillCrop(batch, 0, { example, side, random: new Random(seed, "turn") });
    assert.deepEqual(batch.re, batch.truthRe);
    const plane = (c: number) => batch.channels.subarray(c * side * side, (c + 1) * side * side);
    // the ramp of 0.1 rad a pixel shows in one of the two steps, with one sign
    const inner = 6 * side + 6;
    const steps = [plane(CHANNELS - 2)[inner], plane(CHANNELS - 1)[inner]].map((value) =>
      Math.round(value * 10) || 0
    );
    assert.equal(Math.abs(steps[0]) + Math.abs(steps[1]), 1);
    seen.add(steps.join());
  }
  assert.equal(seen.size, 4);
});

Deno.test("the scans of the pretraining depend on their number alone and cover the doses", () => {
  const drawn = Array.from({ length: 300 }, (_, seed) => drawSettings(seed));
  assert.deepEqual(drawSettings(7), drawn[7]);
  const doses = drawn.map(({ dose }) => Math.log10(Number(dose)));
  assert.ok(Math.min(...doses) < 2.3 && Math.max(...doses) > 6.2);
  for (const kind of ["weak", "strong", "opaque"] as const) {
    const found = drawn.filter(({ amplitudeMin = 1, phaseMax = 0 }) =>
      kind === "weak" ? amplitudeMin >= 0.9 : kind === "strong" ? phaseMax > 1.5 : amplitudeMin < 0.3
    );
    assert.ok(found.length > 10, `${kind}: ${found.length}`);
  }
});

Deno.test("a pretraining lowers its loss, and gives the same weights again", async () => {
  const on = await device();
  try {
    const after = async (stepsPerScan: number) => {
      let loss = NaN;
      const weights = await pretrain({
        device: on,
        scans: 1,
        stepsPerScan,
        onScan: (report) => void (loss = report.loss),
      });
      return { loss, weights };
    };
    const [first, again, later] = [await after(2), await after(2), await after(100)];
    assert.deepEqual(first, again);
    assert.ok(later.loss < 0.99 * first.loss, `${first.loss} ${later.loss}`);
  } finally {
    await on.dispose();
  }
});
