import assert from "node:assert/strict";
import { compareReconstructions, ComparisonError } from "../../src/comparison/compare.ts";
import { msSsimIterated } from "../../src/comparison/ms_ssim.ts";
import { largestRectangle } from "../../src/comparison/rectangle.ts";
import { shiftImage } from "../../src/comparison/shift.ts";
import type { PlacedImage } from "../../src/numeric/image.ts";
import { Random } from "../../src/numeric/random.ts";

const HEIGHT = 120, WIDTH = 108;

/** A periodic object of low frequencies, so that sub-pixel shifts are exact; `steepness` scales its phase. */
function objectOf(steepness = 1): PlacedImage {
  const random = new Random(7, "waves");
  const waves = Array.from({ length: 24 }, () => ({
    y: Math.floor(15 * (random.uniform() - 0.5)) / HEIGHT,
    x: Math.floor(15 * (random.uniform() - 0.5)) / WIDTH,
    start: 6.28 * random.uniform(),
  }));
  const sum = (r: number, c: number, from: number) =>
    waves.reduce(
      (s, w, k) => k % 2 === from ? s + Math.cos(6.283185307179586 * (w.y * r + w.x * c) + w.start) : s,
      0,
    );
  const data = new Float64Array(2 * HEIGHT * WIDTH);
  for (let p = 0; p < HEIGHT * WIDTH; p++) {
    const [r, c] = [Math.floor(p / WIDTH), p % WIDTH];
    const amplitude = 1 + 0.06 * sum(r, c, 0), phase = 0.15 * steepness * sum(r, c, 1);
    data[2 * p] = amplitude * Math.cos(phase);
    data[2 * p + 1] = amplitude * Math.sin(phase);
  }
  return { height: HEIGHT, width: WIDTH, data, x0: -10, y0: 4 };
}

const truth = objectOf();

function changed(by: (r: number, c: number) => { scale?: number; angle?: number }): PlacedImage {
  const data = Float64Array.from(truth.data);
  for (let p = 0; p < data.length / 2; p++) {
    const { scale = 1, angle = 0 } = by(Math.floor(p / WIDTH), p % WIDTH);
    const [re, im] = [data[2 * p], data[2 * p + 1]];
    data[2 * p] = scale * (re * Math.cos(angle) - im * Math.sin(angle));
    data[2 * p + 1] = scale * (re * Math.sin(angle) + im * Math.cos(angle));
  }
  return { ...truth, data };
}

function assertPerfect(object: PlacedImage, { within = 1e-9, reference = truth } = {}) {
  const found = compareReconstructions({ object }, { object: reference });
  for (const figures of [found.amplitude, found.phase]) {
    const { mae, ssim, msSsimIterated, frc50, frcHalfBit } = figures;
    assert.ok(mae < within && Math.abs(ssim - 1) < within, `mae ${mae}, SSIM ${ssim}`);
    assert.ok(msSsimIterated !== undefined && Math.abs(msSsimIterated - 1) < within);
    assert.equal(frc50.crossed, false);
    assert.equal(frcHalfBit.resolutionPx, 1);
  }
  return found;
}

Deno.test("truth against itself is the perfect row", () => {
  const { shift, coveredPart, area, amplitude } = assertPerfect(truth);
  assert.deepEqual(shift, { dy: 0, dx: 0 });
  assert.equal(coveredPart, 1);
  assert.deepEqual(area, { xMin: -10, xMax: WIDTH - 11, yMin: 4, yMax: HEIGHT + 3 });
  assert.equal(amplitude.psnr > 250, true);
  assert.equal(amplitude.msSsimWang, undefined); // smaller than its five levels
});

Deno.test("scale, constant phase and ramp do not count", () => {
  assertPerfect(changed(() => ({ scale: 2.5, angle: 1.1 })));
  assertPerfect(changed((r, c) => ({ angle: 0.02 * r - 0.013 * c })), { within: 1e-6 });
});

Deno.test("a sub-pixel shift is found, taken out and reported", () => {
  const shift = { dy: 2.37, dx: -1.58 };
  const object = { ...truth, data: shiftImage(truth, shift).data };
  const found = assertPerfect(object, { within: 1e-6 });
  assert.ok(Math.abs(found.shift.dy - shift.dy) < 1e-9 && Math.abs(found.shift.dx - shift.dx) < 1e-9);
  const kept = compareReconstructions({ object }, { object: truth }, { register: false });
  assert.ok(kept.amplitude.ssim < 0.9);
  assert.deepEqual(kept.shift, { dy: 0, dx: 0 });
});

Deno.test("noise of known size is its error, and more of it is worse in every figure", () => {
  const noisy = (size: number) => {
    const random = new Random(5, "noise");
    return compareReconstructions(
      { object: changed(() => ({ scale: 1 + size * random.normal(), angle: size * random.normal() })) },
      { object: truth },
    );
  };
  const [little, much] = [noisy(0.02), noisy(0.2)];
  assert.ok(Math.hypot(little.shift.dy, little.shift.dx) < 0.02, JSON.stringify(little.shift));
  assert.ok(Math.abs(Math.sqrt(little.phase.mse) - 0.02) < 0.001);
  assert.ok(Math.abs(little.phase.mae - 0.02 * Math.sqrt(2 / Math.PI)) < 0.001);
  for (const part of ["amplitude", "phase"] as const) {
    assert.ok(little[part].ssim > much[part].ssim && little[part].psnr > much[part].psnr + 15);
    assert.ok(little[part].frc50.frequency >= much[part].frc50.frequency);
  }
});

Deno.test("a reference whose phase crosses the cut is unwrapped", () => {
  const steep = objectOf(16);
  const { images } = assertPerfect(steep, { reference: steep });
  const most = Math.max(...images.referencePhase.data) - Math.min(...images.referencePhase.data);
  assert.ok(most > 2 * Math.PI, `${most}`);
});

Deno.test("only what is well covered in both counts", () => {
  const spoilt = changed((r) => ({ scale: r < 30 ? 5 : 1 }));
  const weight = Float64Array.from({ length: HEIGHT * WIDTH }, (_, p) => p < 30 * WIDTH ? 0.05 : 1);
  const { amplitude, area, coveredPart } = compareReconstructions(
    { object: spoilt, weight },
    { object: truth },
  );
  assert.ok(amplitude.mae < 1e-9);
  assert.equal(area.yMin, 34);
  assert.equal(coveredPart, 0.75);
});

Deno.test("other pixels, strangers in place and large shifts are refused in one line", () => {
  const a = { object: truth, pixelSizeM: 1e-8, name: "a.npz" };
  const refused = (b: Parameters<typeof compareReconstructions>[1], pattern: RegExp) =>
    assert.throws(
      () => compareReconstructions(a, b),
      (error) =>
        error instanceof ComparisonError && pattern.test(error.message) && !error.message.includes("\n"),
    );
  refused(
    { ...a, pixelSizeM: 2e-8, name: "b.npz" },
    /a\.npz: found pixels of 10 nm, expected 20 nm as in b\.npz/,
  );
  refused({ object: { ...truth, x0: 900 }, name: "b.npz" }, /a\.npz and b\.npz do not overlap/);
  refused({ object: { ...truth, x0: truth.x0 + WIDTH - 5 } }, /well covered in all/);
});

Deno.test("a shift that is none is not taken out: objects are compared in the frame that they were given in", () => {
  const moved = { ...truth, data: shiftImage(truth, { dy: 30, dx: 0 }).data };
  const { shift, implausibleShift, phase } = compareReconstructions({ object: truth }, { object: moved });
  assert.deepEqual(shift, { dy: 0, dx: 0 });
  assert.ok(Math.abs(Math.abs(implausibleShift?.dy ?? 0) - 30) < 1, JSON.stringify(implausibleShift));
  const { phase: asGiven } = compareReconstructions({ object: truth }, { object: moved }, {
    register: false,
  });
  assert.equal(phase.ssim, asGiven.ssim);
});

Deno.test("phases are scored by 2 pi and by the reference's own range, amplitudes by that alone", () => {
  const flat = { ...truth, data: truth.data.map((_, i) => 1 - i % 2) };
  const { phase, amplitude } = compareReconstructions({ object: flat }, { object: truth }, {
    register: false,
  });
  assert.ok(phase.ssimOwnRange < phase.ssim, `${phase.ssimOwnRange} ${phase.ssim}`);
  assert.equal(amplitude.ssimOwnRange, amplitude.ssim);
});

Deno.test("the largest rectangle of a mask has no hole and nothing larger exists", () => {
  const random = new Random(9, "masks");
  const [height, width] = [7, 9];
  for (let turn = 0; turn < 40; turn++) {
    const mask = Uint8Array.from({ length: height * width }, () => random.uniform() < 0.75 ? 1 : 0);
    const found = largestRectangle(mask, { height, width });
    let most = 0;
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        for (let h = 1; r + h <= height; h++) {
          for (let w = 1; c + w <= width; w++) {
            const full = Array.from(
              { length: h * w },
              (_, i) => mask[(r + Math.floor(i / w)) * width + c + i % w],
            );
            if (full.every(Boolean)) most = Math.max(most, h * w);
          }
        }
      }
    }
    assert.equal(found ? found.height * found.width : 0, most);
    if (!found) continue;
    for (let i = 0; i < most; i++) {
      const at: number = (found.row + Math.floor(i / found.width)) * width + found.column + i % found.width;
      assert.equal(mask[at], 1);
    }
  }
  assert.equal(largestRectangle(new Uint8Array(4), { height: 2, width: 2 }), undefined);
});

Deno.test("a Gaussian before MS-SSIM is applied to both images, and changes no other figure", () => {
  const random = new Random(3, "noise");
  const object = changed(() => ({ scale: 1 + 0.1 * random.normal(), angle: 0.1 * random.normal() }));
  const options = { register: false };
  const sharp = compareReconstructions({ object }, { object: truth }, options);
  const blurred = compareReconstructions({ object }, { object: truth }, { ...options, msSsimSigma: 1 });
  const { amplitude, referenceAmplitude } = blurred.images;
  const low = Array.from(referenceAmplitude.data).reduce((a, b) => Math.min(a, b));
  const high = Array.from(referenceAmplitude.data).reduce((a, b) => Math.max(a, b));
  assert.equal(
    blurred.amplitude.msSsimIterated,
    msSsimIterated(amplitude, referenceAmplitude, { sigma: 1, dataRange: high - low }),
  );
  assert.ok((blurred.phase.msSsimIterated ?? 0) > (sharp.phase.msSsimIterated ?? 1));
  assert.deepEqual({ ...blurred.amplitude, msSsimIterated: 0 }, { ...sharp.amplitude, msSsimIterated: 0 });
});
