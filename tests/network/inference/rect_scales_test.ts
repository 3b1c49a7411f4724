import assert from "node:assert/strict";
import { rectScales } from "../../../src/network/inference/rect_scales.ts";
import { testWithFiles } from "../../support/arrays.ts";

testWithFiles("the two scales match the reference vectors", ["golden/rect_scales.npz"], (golden) => {
  const { s1, s2 } = rectScales({
    psiA: golden("psi_a").data,
    psiB: golden("psi_b").data,
    intensity: golden("intensity").data,
  });
  assert.ok(Math.abs(s1 / golden("s1").data[0] - 1) < 1e-6, `${s1}`);
  assert.ok(Math.abs(s2 / golden("s2").data[0] - 1) < 1e-6, `${s2}`);
});

const wave = (seed: number) =>
  Float64Array.from({ length: 400 }, (_, i) => Math.sin(seed * (i + 1) * (i + 2)));

function intensityOf(a: Float64Array, b: Float64Array, s1: number, s2: number): Float64Array {
  return Float64Array.from(
    { length: a.length / 2 },
    (_, i) => Math.hypot(s1 * a[2 * i] + s2 * b[2 * i], s1 * a[2 * i + 1] + s2 * b[2 * i + 1]) ** 2,
  );
}

Deno.test("scales that made the intensity come back, with either sign and with zeros", () => {
  const a = wave(0.37), b = wave(1.91);
  for (const [s1, s2] of [[1, 1], [0.8, -1.3], [3, 0], [0, 2], [1e-3, 40]]) {
    const found = rectScales({ psiA: a, psiB: b, intensity: intensityOf(a, b, s1, s2) });
    assert.ok(
      Math.abs(found.s1 - s1) < 1e-6 * (s1 + 1) && Math.abs(found.s2 - s2) < 1e-6 * (Math.abs(s2) + 1),
      `${s1} ${s2} ${JSON.stringify(found)}`,
    );
  }
});

Deno.test("no scan of the plane finds a better pair than the stationary directions", () => {
  for (const seed of [0.2, 0.9, 1.7, 2.3]) {
    const psiA = wave(seed),
      psiB = wave(seed + 5.1),
      intensity = wave(seed + 9).subarray(0, 200).map(Math.abs);
    const misfit = (s1: number, s2: number) =>
      intensityOf(psiA, psiB, s1, s2).reduce((sum, v, i) => sum + (intensity[i] - v) ** 2, 0);
    const { s1, s2 } = rectScales({ psiA, psiB, intensity });
    const best = misfit(s1, s2);
    for (let i = 0; i <= 60; i++) {
      for (let j = -60; j <= 60; j++) assert.ok(misfit(i / 30, j / 30) >= best * (1 - 1e-12));
    }
  }
});
