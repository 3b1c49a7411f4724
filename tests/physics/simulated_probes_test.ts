import assert from "node:assert/strict";
import { DataError } from "../../src/common/errors.ts";
import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import { diskProbe, gaussianProbe, photonsOf } from "../../src/physics/probes/probes.ts";
import { lensProbe, propagateProbe, zonePlateProbe } from "../../src/physics/probes/lens_probe.ts";
import { probeExtent, probeModes } from "../../src/physics/probes/modes.ts";
import { readProbeFile } from "../../src/simulation/probe_file.ts";
import { nollOrder, zernike } from "../../src/physics/probes/zernike.ts";

const near = (a: number, b: number, tolerance: number, what = "") =>
  assert.ok(Math.abs(a - b) <= tolerance, `${what} ${a} and ${b}`);
const GRID = { side: 128, wavelengthM: 1e-10, pixelSizeM: 1e-8, photons: 1 } as const;

Deno.test("Zernike polynomials have Noll's order", () => {
  const orders = Array.from({ length: 15 }, (_, i) => nollOrder(i + 1)).map(({ n, m }) => `${n},${m}`);
  const expected = "0,0 1,1 1,-1 2,0 2,-2 2,2 3,-1 3,1 3,-3 3,3 4,0 4,2 4,-2 4,4 4,-4";
  assert.equal(orders.join(" "), expected);
  assert.throws(() => nollOrder(0), RangeError);
});

Deno.test("Zernike polynomials are orthonormal over the disk", () => {
  const terms = Array.from({ length: 15 }, (_, i) => nollOrder(i + 1));
  const sums = terms.map(() => terms.map(() => 0));
  // midpoints of equal areas: r^2 and the angle are uniform
  const rings = 400, spokes = 24;
  for (let k = 0; k < rings * spokes; k++) {
    const radius = Math.sqrt((Math.floor(k / spokes) + 0.5) / rings),
      angle = 2 * Math.PI * (k % spokes) / spokes;
    const values = terms.map((order) => zernike(order, { radius, angle }));
    values.forEach((a, i) => values.forEach((b, j) => sums[i][j] += a * b / (rings * spokes)));
  }
  sums.forEach((row, i) => row.forEach((sum, j) => near(sum, i === j ? 1 : 0, 1e-3, `${i + 1} ${j + 1}`)));
});

/** Bessel function J1 by its series. */
function besselJ1(x: number): number {
  let [term, sum] = [x / 2, 0];
  for (let k = 1; k < 60; k++) {
    sum += term;
    term *= -(x * x / 4) / (k * (k + 1));
  }
  return sum;
}

Deno.test("the focus of a lens is an Airy pattern", () => {
  const probe = lensProbe({ ...GRID, halfPeriodM: 4e-8 });
  const at = (x: number) => probe[2 * (64 * 128 + 64 + x)];
  for (let x = 1; x < 16; x++) {
    const v = Math.PI * x / 4;
    near(at(x) / at(0), 2 * besselJ1(v) / v, 0.01, `${x} pixels`);
    near(at(x), at(-x), 1e-9);
  }
});

Deno.test("a zone plate is a lens of its outermost zone, and its stop takes the middle out of the pupil", () => {
  const plate = { ...GRID, diameterM: 160e-6, outermostZoneM: 25e-9 };
  const open = lensProbe({ ...GRID, halfPeriodM: 25e-9 });
  assert.deepEqual(zonePlateProbe(plate), open);
  const stopped = zonePlateProbe({ ...plate, centralStopM: 80e-6 });
  near(photonsOf(stopped), 1, 1e-9);
  // the zero frequency is the sum over the field
  const total = (probe: Float64Array) => probe.reduce((sum, v, i) => i % 2 === 0 ? sum + v : sum, 0);
  assert.ok(Math.abs(total(stopped)) < 1e-9 * Math.abs(total(open)));
  assert.throws(() => zonePlateProbe({ ...plate, centralStopM: 160e-6 }), /covers/);
  assert.throws(() => lensProbe({ ...GRID, halfPeriodM: 0.9e-8 }), /finer than the pixels/);
});

Deno.test("behind its focus a beam is as wide as rays make it, and going there by free space is the same", () => {
  const halfPeriodM = 30e-9, defocusM = 9e-5;
  const probe = lensProbe({ ...GRID, halfPeriodM, defocusM });
  // a cone of diameter defocus * wavelength / half period = 30 pixels, and the fringes at its edge
  near(2 * probeExtent(probe, { side: 128 }).radius, 30, 4);
  const there = propagateProbe(lensProbe({ ...GRID, halfPeriodM }), { ...GRID, distanceM: defocusM });
  const difference = Math.sqrt(photonsOf(there.map((v, i) => v - probe[i])));
  assert.ok(difference < 0.06, `${difference}`);
  const mirrored = lensProbe({ ...GRID, halfPeriodM, defocusM: -defocusM });
  mirrored.forEach((v, i) => near(v, (i % 2 === 0 ? 1 : -1) * probe[i], 1e-9));
});

Deno.test("a Gaussian beam widens as it must", () => {
  const sigma = 6, distanceM = 3e-4;
  const beam = propagateProbe(gaussianProbe({ side: 128, photons: 1, sigma }), { ...GRID, distanceM });
  const rayleigh = 2 * Math.PI * (sigma * GRID.pixelSizeM) ** 2 / GRID.wavelengthM;
  const width = sigma * Math.sqrt(1 + (distanceM / rayleigh) ** 2);
  near(probeExtent(beam, { side: 128 }).radius, Math.SQRT2 * width, 0.01);
  near(photonsOf(beam), 1, 1e-12);
});

Deno.test("the size of a disk is its radius, and its place the middle", () => {
  const { x, y, radius } = probeExtent(diskProbe({ side: 64, photons: 3, radius: 14 }), { side: 64 });
  near(x, 32, 1e-9);
  near(y, 32, 1e-9);
  // half of the light at its soft edge is lost, as it is the amplitude that is blended
  near(radius, 13.85, 0.05);
});

Deno.test("modes are orthogonal, share the photons as asked, and begin with the probe itself", () => {
  const side = 48;
  const probe = gaussianProbe({ side, photons: 1000, sigma: 5 });
  for (const kind of ["hermite", "decay"] as const) {
    const modes = probeModes(probe, { side, modes: 4, kind, decay: 0.5, seed: 1 });
    const size = 2 * side * side;
    const one = (k: number) => modes.subarray(k * size, (k + 1) * size);
    near(photonsOf(modes), 1000, 1e-6);
    for (let a = 0; a < 4; a++) {
      near(photonsOf(one(a)) / photonsOf(one(0)), 0.5 ** a, 1e-9, kind);
      for (let b = 0; b < a; b++) near(inner(one(a), one(b)), 0, 1e-6, kind);
    }
    const scale = one(0)[2 * (24 * side + 24)] / probe[2 * (24 * side + 24)];
    one(0).forEach((v, i) => near(v, scale * probe[i], 1e-9));
  }
  // the second one of a Gaussian is x times it
  const second = probeModes(probe, { side, modes: 2, kind: "hermite", decay: 0.5 }).subarray(2 * side * side);
  const at = (x: number) => second[2 * (24 * side + 24 + x)];
  near(at(4) / at(2), 2 * Math.exp(-(16 - 4) / 50), 1e-6);
});

function inner(a: Float64Array, b: Float64Array): number {
  let [re, im] = [0, 0];
  for (let i = 0; i < a.length; i += 2) {
    re += a[i] * b[i] + a[i + 1] * b[i + 1];
    im += a[i] * b[i + 1] - a[i + 1] * b[i];
  }
  return Math.hypot(re, im);
}

Deno.test("a probe is read from any key of an NPZ, and what is none is refused", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/result.npz`;
  try {
    const probe = Float32Array.from({ length: 2 * 2 * 64 }, (_, i) => Math.sin(i));
    await writeNpz(file, {
      probe: { dtype: "complex64", shape: [2, 8, 8], data: probe },
      first: { dtype: "complex64", shape: [1, 1, 8, 8], data: probe.slice(0, 128) },
      real: { dtype: "float32", shape: [8, 8], data: probe.slice(0, 64) },
      dark: { dtype: "complex64", shape: [8, 8], data: new Float32Array(128) },
    });
    const result = await readProbeFile(file, { side: 8 });
    assert.equal(result.modes, 2);
    assert.deepEqual(Float32Array.from(result.data), probe);
    assert.equal((await readProbeFile(file, { side: 8, key: "first" })).modes, 1);
    const { data } = await readProbeFile(file, { side: 8, key: "real" });
    assert.ok(data.every((v, i) => v === (i % 2 === 0 ? probe[i / 2] : 0)));
    for (
      const [options, words] of [
        [{ side: 16 }, /probe: found shape \[2, 8, 8\], expected a complex probe \[16, 16\]/],
        [{ side: 8, key: "dark" }, /zeros only/],
        [{ side: 8, key: "other" }, /only probe, first, real, dark/],
      ] as const
    ) {
      await assert.rejects(
        readProbeFile(file, options),
        (error: Error) => error instanceof DataError && words.test(error.message),
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
