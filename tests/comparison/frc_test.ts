import assert from "node:assert/strict";
import { fourierRingCorrelation, frcCrossing, halfBitThreshold } from "../../src/comparison/frc.ts";
import { Fft2, frequency } from "../../src/numeric/fft2.ts";
import { Random } from "../../src/numeric/random.ts";

const SIDE = 64;

function noise(seed: number, values: 1 | 2 = 1) {
  const random = new Random(seed, "frc");
  const data = Float64Array.from({ length: values * SIDE * SIDE }, () => random.normal());
  return { height: SIDE, width: SIDE, data };
}

Deno.test("an image correlates with itself on every ring, and scale and offset do not matter", () => {
  for (const values of [1, 2] as const) {
    const image = noise(1, values);
    const brighter = { ...image, data: image.data.map((v) => 3 * v + 7) };
    const { correlation, frequency } = fourierRingCorrelation(image, brighter, { values });
    assert.equal(frequency.length, SIDE / 2);
    assert.equal(frequency.at(-1), 0.5);
    assert.ok(correlation.every((value) => Math.abs(value - 1) < 1e-9));
    assert.deepEqual(frcCrossing({ correlation, frequency, pixels: frequency }, 0.5), {
      frequency: 0.5,
      resolutionPx: 1,
      crossed: false,
    });
  }
});

Deno.test("the negative of an image anticorrelates and strangers do not correlate", () => {
  const image = noise(2);
  const negative = { ...image, data: image.data.map((v) => -v) };
  assert.ok(fourierRingCorrelation(image, negative).correlation.every((v) => Math.abs(v + 1) < 1e-9));
  const { correlation, pixels } = fourierRingCorrelation(image, noise(3), { taper: 0 });
  correlation.forEach((v, k) => assert.ok(Math.abs(v) < 4 / Math.sqrt(pixels[k] / 2), `ring ${k}: ${v}`));
});

Deno.test("images that share their low frequencies alone resolve just those", () => {
  const shared = 0.2;
  const [common, own] = [noise(4), noise(5)];
  const spectra = [common, own].map(({ data }) => {
    const wave = new Float64Array(2 * SIDE * SIDE);
    data.forEach((v, i) => wave[2 * i] = v);
    new Fft2(SIDE, SIDE).forward(wave);
    return wave;
  });
  const mixed = spectra[0].map((v, i) => {
    const p = i >> 1;
    const f = Math.hypot(frequency(Math.floor(p / SIDE), SIDE), frequency(p % SIDE, SIDE));
    return f <= shared ? v : spectra[1][i];
  });
  new Fft2(SIDE, SIDE).inverse(mixed);
  const other = { ...common, data: mixed.filter((_, i) => i % 2 === 0) };
  const curve = fourierRingCorrelation(common, other, { taper: 0 });
  const { frequency: at, resolutionPx, crossed } = frcCrossing(curve, 0.5);
  assert.ok(crossed && Math.abs(at - shared) < 1 / SIDE, `${at}`);
  assert.equal(resolutionPx, 0.5 / at);
  const seventh = frcCrossing(curve, 1 / 7), half = frcCrossing(curve, halfBitThreshold);
  assert.ok(seventh.frequency >= at && Math.abs(half.frequency - shared) < 1.5 / SIDE);
});

Deno.test("crossings are taken on straight lines between rings, and a curve below is unresolved", () => {
  const curve = (...correlation: number[]) => ({
    correlation: Float64Array.from(correlation),
    frequency: Float64Array.from(correlation, (_, k) => (k + 1) / 10),
    pixels: Float64Array.from(correlation, () => 100),
  });
  assert.ok(Math.abs(frcCrossing(curve(1, 0.8, 0.3, 0.9), 0.5).frequency - 0.26) < 1e-12);
  assert.equal(frcCrossing(curve(0.4, 0.3, 0.2, 0.9), 0.5).resolutionPx, Infinity);
  assert.ok(Math.abs(frcCrossing(curve(0.4, 0.8, 0.3), 0.5).frequency - 0.26) < 1e-12); // the first ring may be below
});

Deno.test("the half-bit curve has the published values", () => {
  assert.ok(Math.abs(halfBitThreshold(1e12) - 0.2071 / 1.2071) < 1e-5); // many pixels: SNR 0.4142 / 2
  assert.ok(Math.abs(halfBitThreshold(1) - 1) < 1e-12);
});

Deno.test("images of different shape or too small are refused", () => {
  const small = { height: 4, width: 64, data: new Float64Array(256) };
  assert.throws(() => fourierRingCorrelation(noise(1), small), /64 x 64 with 4 x 64/);
  assert.throws(() => fourierRingCorrelation(small, small), /at least 8/);
});
