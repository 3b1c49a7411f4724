import assert from "node:assert/strict";
import { FarField, samplePatch } from "../../src/physics/propagate.ts";
import { shiftProbe } from "../support/shift_probe.ts";
import { type TestArrays, testWithFiles } from "../support/arrays.ts";

for (const n of [64, 128]) {
  testWithFiles(
    `diffraction of ${n} x ${n} matches the reference vectors`,
    [`golden/diffract_n${n}.npz`],
    (golden) => {
      const field = new FarField(n);
      const wave = golden("exit_wave").data, expected = golden("amplitude").data;
      const one = new Float64Array(2 * n * n).map((_, i) => 1 - i % 2);
      const largest = Math.max(...expected);
      for (let i = 0; i < expected.length / (n * n); i++) {
        const intensity = field.intensity(wave.subarray(2 * i * n * n, 2 * (i + 1) * n * n), one);
        intensity.forEach((v, p) =>
          assert.ok(Math.abs(Math.sqrt(v) - expected[i * n * n + p]) < 1e-5 * largest)
        );
      }
    },
  );
}

const SIDE = 64;

/** Mean Poisson negative log-likelihood of a pattern over the mean count of a pixel. */
function misfit(scan: TestArrays, model: (i: number, field: FarField) => Float64Array): number {
  const counts = scan("diffraction").data.map((a) => Math.round(a * a));
  const logFactorial = new Float64Array(
    counts.reduce((m, k) => Math.max(m, k)) + 1,
  );
  for (let k = 1; k < logFactorial.length; k++) logFactorial[k] = logFactorial[k - 1] + Math.log(k);
  const field = new FarField(SIDE);
  const n = counts.length / (SIDE * SIDE);
  let sum = 0, total = 0;
  for (let i = 0; i < n; i++) {
    model(i, field).forEach((v, p) => {
      const k = counts[i * SIDE * SIDE + p], rate = Math.max(v, 1e-3);
      sum += rate - k * Math.log(rate) + logFactorial[k];
      total += k;
    });
  }
  return sum / n / (total / (n * SIDE * SIDE));
}

testWithFiles(
  "the iterative object, cut at position - N/2, explains the real scan",
  ["data/siemens_star_64.npz", "data/siemens_star_64_iterative.npz"],
  (scan, iterative) => {
    const [height, width] = iterative("object").shape;
    const object = { data: iterative("object").data, height, width, x0: 0, y0: 0 };
    const probe = iterative("probe").data;
    const x = scan("xcoords").data, y = scan("ycoords").data;
    const at = (shift: number) =>
      misfit(
        scan,
        (i, field) => field.intensity(samplePatch(object, { x: x[i] + shift, y: y[i], side: SIDE }), probe),
      );
    // The iterative run shifted the probe instead of the object: 186.3 in the data's README.
    const moved = misfit(scan, (i, field) => {
      const patch = samplePatch(object, { x: Math.round(x[i]), y: Math.round(y[i]), side: SIDE });
      const by = { side: SIDE, dx: x[i] - Math.round(x[i]), dy: y[i] - Math.round(y[i]) };
      return field.intensity(patch, shiftProbe(probe, by));
    });
    assert.ok(Math.abs(moved - 186.3) < 0.1, `shifted probe: ${moved}`);
    const bilinear = at(0);
    assert.ok(Math.abs(bilinear - 189.5) < 0.1, `bilinear object: ${bilinear}`);
    for (const shift of [-0.5, 0.5]) assert.ok(at(shift) > bilinear + 5, "half a pixel aside fits worse");
  },
);

Deno.test("a patch at a whole position is a cut, between two it is their mean, and zero outside", () => {
  const object = {
    data: Float64Array.from({ length: 2 * 6 * 5 }, (_, i) => i),
    height: 6,
    width: 5,
    x0: 10,
    y0: -3,
  };
  const value = (y: number, x: number) => object.data[2 * ((y + 3) * 5 + x - 10)];
  const cut = samplePatch(object, { x: 12, y: -1, side: 4 });
  assert.equal(cut[0], value(-3, 10));
  assert.equal(cut[2 * (2 * 4 + 2)], value(-1, 12));
  const between = samplePatch(object, { x: 12.25, y: -1, side: 4 });
  assert.equal(between[2 * (2 * 4 + 2)], 0.75 * value(-1, 12) + 0.25 * value(-1, 13));
  const outside = samplePatch(object, { x: 15, y: 3, side: 4 });
  assert.equal(outside[0], value(1, 13));
  assert.deepEqual([...outside.subarray(2 * 2, 2 * 4)], [0, 0, 0, 0]);
  assert.ok(samplePatch(object, { x: 100, y: 100, side: 4 }).every((v) => v === 0));
});

Deno.test("modes add up as intensities and energy is kept", () => {
  const n = 8, pixels = n * n;
  const probe = Float64Array.from({ length: 4 * pixels }, (_, i) => Math.sin(i * i));
  const patch = Float64Array.from({ length: 2 * pixels }, (_, i) => 1 - i % 2);
  const field = new FarField(n);
  const both = field.intensity(patch, probe).slice();
  const first = field.intensity(patch, probe.subarray(0, 2 * pixels)).slice();
  const second = field.intensity(patch, probe.subarray(2 * pixels));
  both.forEach((v, i) => assert.ok(Math.abs(v - first[i] - second[i]) < 1e-12));
  const power = probe.reduce((s, v) => s + v * v, 0);
  assert.ok(Math.abs(both.reduce((s, v) => s + v) / power - 1) < 1e-12);
});

Deno.test("a probe shifted by a whole pixel is rolled, and back is the same probe", () => {
  const n = 8;
  const probe = Float64Array.from({ length: 2 * n * n }, (_, i) => Math.cos(i * i));
  const moved = shiftProbe(probe, { side: n, dx: 1, dy: 0 });
  assert.ok(Math.abs(moved[2 * 3] - probe[2 * 2]) < 1e-12);
  // The Nyquist row alone does not come back from a fraction of a pixel; whole shifts do.
  const back = shiftProbe(moved, { side: n, dx: -1, dy: 0 });
  back.forEach((v, i) => assert.ok(Math.abs(v - probe[i]) < 1e-12));
});
