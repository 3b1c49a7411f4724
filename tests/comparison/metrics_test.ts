import assert from "node:assert/strict";
import {
  dataRangeOf,
  meanAbsoluteError,
  meanSquaredError,
  peakSignalToNoise,
} from "../../src/comparison/difference.ts";
import { registerShift } from "../../src/comparison/registration.ts";
import { msSsimIterated, msSsimWang } from "../../src/comparison/ms_ssim.ts";
import { ssim } from "../../src/comparison/ssim.ts";
import { wellCovered } from "../../src/comparison/area.ts";
import { Random } from "../../src/numeric/random.ts";
import { type TestArray, testWithFiles } from "../support/arrays.ts";

const imageOf = ({ shape, data }: TestArray) => ({ height: shape[0], width: shape[1], data });

testWithFiles("metrics match the reference vectors to 1e-6", ["golden/metrics.npz"], (golden) => {
  const target = imageOf(golden("target")), prediction = imageOf(golden("pred"));
  const close = (value: number, name: string) => {
    const expected = golden(name).data[0];
    assert.ok(Math.abs(value - expected) < 1e-6, `${name}: ${value}, expected ${expected}`);
  };
  close(ssim(prediction, target, { dataRange: 1 }), "ssim");
  close(peakSignalToNoise(prediction, target, { dataRange: 1 }), "psnr");
  close(meanAbsoluteError(prediction, target), "mae");
  close(msSsimIterated(prediction, target), "ms_ssim_iterated");
  close(msSsimIterated(prediction, target, { sigma: 1 }), "ms_ssim_iterated_sigma1");
  const shift = registerShift(imageOf(golden("moved")), target);
  const [dy, dx] = golden("registered_shift_yx").data;
  assert.ok(Math.abs(shift.dy - dy) < 1e-6 && Math.abs(shift.dx - dx) < 1e-6, JSON.stringify(shift));
});

function noise(
  height: number,
  width: number,
  seed = 1,
): { height: number; width: number; data: Float64Array } {
  const random = new Random(seed, "metrics");
  return { height, width, data: Float64Array.from({ length: height * width }, () => random.uniform()) };
}

Deno.test("identical images have no error and full similarity", () => {
  const image = noise(100, 120);
  assert.equal(meanAbsoluteError(image, image), 0);
  assert.equal(meanSquaredError(image, image), 0);
  assert.equal(peakSignalToNoise(image, image, { dataRange: 1 }), Infinity);
  assert.ok(Math.abs(ssim(image, image, { dataRange: 1 }) - 1) < 1e-12);
  assert.ok(Math.abs(msSsimIterated(image, image) - 1) < 1e-12);
});

Deno.test("errors of a known offset are that offset", () => {
  const image = noise(9, 11);
  const lighter = { ...image, data: image.data.map((v, i) => v + (i % 2 ? 0.25 : -0.25)) };
  assert.ok(Math.abs(meanAbsoluteError(lighter, image) - 0.25) < 1e-12);
  assert.ok(Math.abs(meanSquaredError(lighter, image) - 0.0625) < 1e-12);
  assert.ok(
    Math.abs(peakSignalToNoise(lighter, image, { dataRange: 2 }) - 10 * Math.log10(4 / 0.0625)) < 1e-9,
  );
  assert.ok(Math.abs(dataRangeOf({ height: 1, width: 3, data: new Float64Array([-2, 5, 1]) }) - 7) < 1e-12);
});

Deno.test("SSIM of one window is its formula, with the sample covariance", () => {
  const a = noise(7, 7, 2), b = noise(7, 7, 3);
  const mean = (v: Float64Array) => v.reduce((s, e) => s + e) / 49;
  const [ma, mb] = [mean(a.data), mean(b.data)];
  const moment = (x: Float64Array, mx: number, y: Float64Array, my: number) =>
    x.reduce((s, v, i) => s + (v - mx) * (y[i] - my), 0) / 48;
  const [c1, c2] = [(0.01 * 3) ** 2, (0.03 * 3) ** 2];
  const expected = (2 * ma * mb + c1) * (2 * moment(a.data, ma, b.data, mb) + c2) /
    ((ma * ma + mb * mb + c1) * (moment(a.data, ma, a.data, ma) + moment(b.data, mb, b.data, mb) + c2));
  assert.ok(Math.abs(ssim(a, b, { dataRange: 3 }) - expected) < 1e-12);
});

Deno.test("SSIM keeps its digits on values far from zero", () => {
  const a = noise(40, 30, 2), b = noise(40, 30, 3);
  const far = (v: { height: number; width: number; data: Float64Array }) => ({
    ...v,
    data: v.data.map((e) => e + 1e6),
  });
  // Far from zero the luminance term is 1 and only covariance is left: it must not drown in rounding.
  const value = ssim(far(a), far(b), { dataRange: 1 });
  const again = ssim(far(far(a)), far(far(b)), { dataRange: 1 });
  assert.ok(Math.abs(value - again) < 1e-6 && Math.abs(value) < 0.3);
});

Deno.test("more noise means less similarity, and a level below zero makes MS-SSIM zero", () => {
  const clean = { ...noise(100, 100), data: Float64Array.from({ length: 1e4 }, (_, i) => Math.sin(i / 300)) };
  const other = noise(100, 100, 9);
  const noisy = (size: number) => ({
    ...clean,
    data: clean.data.map((v, i) => v + size * (other.data[i] - 0.5)),
  });
  const scores = [0.01, 0.1, 1].map((size) => ssim(noisy(size), clean, { dataRange: 2 }));
  assert.ok(scores[0] > scores[1] && scores[1] > scores[2]);
  const negative = { ...clean, data: clean.data.map((v) => -v) };
  assert.equal(msSsimIterated(negative, clean), 0);
});

Deno.test("registration finds shifts between pixels on even and odd sides, real and complex", () => {
  for (const [height, width, dy, dx] of [[48, 63, 3.5, -2.26], [41, 32, -7.14, 10], [40, 40, 0, 0]]) {
    const wave = (y: number, x: number) => {
      let sum = 0;
      for (let k = 1; k < 9; k++) {
        const fy = 2 * Math.PI * ((k * 5) % 7 - 3) * y / height,
          fx = 2 * Math.PI * ((k * 3) % 11 - 5) * x / width;
        sum += Math.cos(fy + fx + k * k);
      }
      return sum;
    };
    const make = (sy: number, sx: number) => ({
      height,
      width,
      data: Float64Array.from(
        { length: height * width },
        (_, i) => wave(Math.floor(i / width) - sy, i % width - sx),
      ),
    });
    const found = registerShift(make(dy, dx), make(0, 0));
    assert.ok(
      Math.abs(found.dy - dy) < 0.011 && Math.abs(found.dx - dx) < 0.011,
      JSON.stringify({ dy, dx, found }),
    );
    const complex = (image: { height: number; width: number; data: Float64Array }) => ({
      ...image,
      data: Float64Array.from({ length: 2 * image.data.length }, (_, i) => i % 2 ? 0.5 : image.data[i / 2]),
    });
    const same = registerShift(complex(make(dy, dx)), complex(make(0, 0)), { values: 2 });
    assert.ok(Math.abs(same.dy - dy) < 0.011 && Math.abs(same.dx - dx) < 0.011);
  }
});

Deno.test("images that cannot be compared are refused", () => {
  const image = noise(20, 20);
  assert.throws(() => meanAbsoluteError(image, noise(20, 21)), /same sides/);
  assert.throws(() => ssim(noise(6, 20), noise(6, 20), { dataRange: 1 }), /7 x 7/);
  assert.throws(() => ssim(image, image, { dataRange: 0 }), /data range/);
  assert.throws(() => registerShift(image, noise(10, 40)), RangeError);
});

Deno.test("well covered is what has a share of the largest weight", () => {
  assert.deepEqual([...wellCovered([0, 0.5, 1, 10])], [0, 0, 1, 1]);
  assert.deepEqual([...wellCovered([0, 0])], [0, 0]);
});

Deno.test("Wang's product form is 1 for identical images, falls with noise, and refuses small images", () => {
  const image = noise(180, 190);
  assert.ok(Math.abs(msSsimWang(image, image) - 1) < 1e-12);
  const disturbed = (size: number) => {
    const random = new Random(3, "disturbed");
    return { ...image, data: image.data.map((v) => v + size * random.normal()) };
  };
  const [little, much] = [msSsimWang(disturbed(0.1), image), msSsimWang(disturbed(0.5), image)];
  assert.ok(little < 1 && much < little && much > 0, `${little} ${much}`);
  assert.throws(() => msSsimWang(noise(100, 200), noise(100, 200)), /at least 176.*100 x 200/);
});

Deno.test("Wang's product form is that of an independent computation with NumPy", () => {
  const [height, width] = [180, 191];
  const image = (at: (r: number, c: number) => number) => ({
    height,
    width,
    data: Float64Array.from({ length: height * width }, (_, p) => at(Math.floor(p / width), p % width)),
  });
  const truth = (r: number, c: number) => Math.sin(r / 7) * Math.cos(c / 5) + 0.3 * Math.sin(r * c / 50);
  const other = (r: number, c: number) => 0.9 * truth(r, c) + 0.1 * Math.cos(1.7 * r + 0.9 * c);
  assert.ok(Math.abs(msSsimWang(image(other), image(truth)) - 0.9904087429709855) < 1e-9);
});
