/**
 * The parts of the solvers by themselves: batches, plans, small eigenproblems, positions, frames.
 */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { Random } from "../../src/numeric/random.ts";
import { Batches } from "../../src/solver/batches/batches.ts";
import { coveringSubsets } from "../../src/solver/batches/subsets.ts";
import { orthogonalModes, orthogonalVariation } from "../../src/solver/constraints/modes.ts";
import { centreProbe, keepFourierSupport, keepSupport } from "../../src/solver/constraints/support.ts";
import { meanRamp } from "../../src/numeric/ramp.ts";
import { frameOf, placeOf } from "../../src/solver/model/frame.ts";
import { hermitianEigen } from "../../src/numeric/hermitian.ts";
import { epochPlan, isDue } from "../../src/solver/constraints/plan.ts";
import { affineFit } from "../../src/numeric/affine_fit.ts";
import { PositionCorrection } from "../../src/solver/positions.ts";

const random = new Random(11);
const noise = (n: number) => Float64Array.from({ length: n }, () => random.normal());
const grid = (n: number) => ({
  x: Float64Array.from({ length: n * n }, (_, i) => 7 * (i % n)),
  y: Float64Array.from({ length: n * n }, (_, i) => 7 * Math.floor(i / n)),
});

Deno.test("batches hold every pattern once, in sizes that differ by one at most", () => {
  for (const batching of ["random", "uniform", "compact"] as const) {
    const batches = new Batches(grid(9), { batching, size: 17, seed: 3 });
    const epoch = batches.ofEpoch(2);
    deepEqual(
      [...epoch.flatMap((batch) => [...batch])].sort((a, b) => a - b),
      Array.from({ length: 81 }, (_, i) => i),
    );
    const sizes = epoch.map((batch) => batch.length);
    ok(Math.max(...sizes) - Math.min(...sizes) <= 1 && Math.max(...sizes) <= 17, `${batching}: ${sizes}`);
    equal(batches.largest, Math.max(...sizes));
  }
});

Deno.test("ordered subsets hold every pattern once, are of nearly one size, and each covers the scan", () => {
  const { x, y } = grid(12);
  const subsets = coveringSubsets({ x, y }, { count: 6, random: new Random(2, "subsets") });
  deepEqual(
    subsets.flatMap((subset) => [...subset]).sort((a, b) => a - b),
    Array.from({ length: 144 }, (_, i) => i),
  );
  const sizes = subsets.map(({ length }) => length);
  ok(Math.max(...sizes) - Math.min(...sizes) <= 3, `${sizes}`);
  for (const subset of subsets) {
    // no position is farther from the subset than three steps of the scan
    for (let i = 0; i < 144; i++) {
      const gap = Math.min(...[...subset].map((k) => Math.hypot(x[i] - x[k], y[i] - y[k])));
      ok(gap <= 21, `a gap of ${gap}`);
    }
  }
});

Deno.test("subsets of a scan along a line, and of one point, hold every pattern", () => {
  for (const step of [1, 0]) {
    const x = Float64Array.from({ length: 40 }, (_, i) => step * i);
    const subsets = coveringSubsets({ x, y: new Float64Array(40) }, {
      count: 4,
      random: new Random(1, "line"),
    });
    equal(subsets.reduce((sum, { length }) => sum + length, 0), 40);
  }
});

Deno.test("batches of subsets are those of the epoch, with the numbers that they were given", () => {
  const numbers = Int32Array.from({ length: 81 }, (_, i) => 2 * i + 1);
  const batches = new Batches(grid(9), { batching: "random", size: 10, seed: 3, subsets: 4, numbers });
  const subsets = batches.subsetsOf(1);
  equal(subsets.length, 4);
  equal(batches.count, batches.ofEpoch(1).length);
  deepEqual([...batches.ofEpoch(5).flatMap((batch) => [...batch])].sort((a, b) => a - b), [...numbers]);
  ok(subsets.flat().every(({ length }) => length <= batches.largest && length <= 10));
});

Deno.test("compact batches are neighbours, uniform ones are spread, random ones differ by epoch", () => {
  const { x, y } = grid(10);
  const spread = (batching: "random" | "uniform" | "compact") => {
    const batches = new Batches({ x, y }, { batching, size: 10, seed: 1 }).ofEpoch(1);
    // distance to the nearest other of the batch
    const nearest = batches.flatMap((batch) =>
      [...batch].map((i) =>
        Math.min(...[...batch].filter((j) => j !== i).map((j) => Math.hypot(x[i] - x[j], y[i] - y[j])))
      )
    );
    return nearest.reduce((a, b) => a + b, 0) / nearest.length;
  };
  ok(spread("compact") < spread("random") && spread("random") < spread("uniform"));
  const batches = new Batches({ x, y }, { batching: "random", size: 10, seed: 1 });
  ok(String(batches.ofEpoch(1)[0]) !== String(batches.ofEpoch(2)[0]));
  deepEqual(batches.ofEpoch(1), batches.ofEpoch(1));
});

Deno.test("plans name their epochs and refuse to end before they begin", () => {
  const due = (text: string) => [1, 2, 3, 4, 5, 6, 7, 8].filter((epoch) => isDue(epochPlan(text), epoch));
  deepEqual(due("1"), [1, 2, 3, 4, 5, 6, 7, 8]);
  deepEqual(due("3:7:2"), [3, 5, 7]);
  deepEqual(due(":2"), [1, 2]);
  deepEqual(due("2::3"), [2, 5, 8]);
  throws(() => epochPlan("5:2", "probeEpochs"), /probeEpochs: found 5:2/);
});

Deno.test("eigenvectors of a Hermitian matrix, degenerate ones included", () => {
  const n = 4, basis = noise(2 * n * n);
  const matrix = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        const [a, b] = [basis[2 * (i * n + k)], basis[2 * (i * n + k) + 1]];
        const [c, d] = [basis[2 * (j * n + k)], basis[2 * (j * n + k) + 1]];
        matrix[2 * (i * n + j)] += a * c + b * d;
        matrix[2 * (i * n + j) + 1] += b * c - a * d;
      }
    }
  }
  for (const m of [matrix, Float64Array.from({ length: 32 }, (_, i) => i % 10 === 0 ? 2 : 0)]) {
    const { values, vectors } = hermitianEigen(m, n);
    equal(vectors.length, n);
    vectors.forEach((v, k) => {
      for (let i = 0; i < n; i++) {
        let re = 0, im = 0;
        for (let j = 0; j < n; j++) {
          const [a, b] = [m[2 * (i * n + j)], m[2 * (i * n + j) + 1]];
          re += a * v[2 * j] - b * v[2 * j + 1];
          im += a * v[2 * j + 1] + b * v[2 * j];
        }
        ok(Math.hypot(re - values[k] * v[2 * i], im - values[k] * v[2 * i + 1]) < 1e-10);
      }
    });
  }
});

/** Sum over modes of |P|^2 at every pixel: what incoherent modes are. */
function intensity(modes: Float64Array, count: number): Float64Array {
  const pixels = modes.length / (2 * count);
  const out = new Float64Array(pixels);
  for (let i = 0; i < modes.length / 2; i++) out[i % pixels] += modes[2 * i] ** 2 + modes[2 * i + 1] ** 2;
  return out;
}

Deno.test("orthogonal modes have the same incoherent sum and falling power", () => {
  const side = 8, count = 3;
  const modes = noise(2 * count * side * side);
  const found = orthogonalModes(modes, count);
  const [before, after] = [intensity(modes, count), intensity(found, count)];
  before.forEach((value, i) => ok(Math.abs(value - after[i]) < 1e-9));
  const powers = [0, 1, 2].map((k) =>
    found.subarray(k * 128, (k + 1) * 128).reduce((sum, value) => sum + value * value, 0)
  );
  ok(powers[0] >= powers[1] && powers[1] >= powers[2]);
});

Deno.test("orthogonal variations leave each pattern its probe", () => {
  const side = 6, count = 2, patterns = 5;
  const modes = noise(2 * count * side * side), weights = Float32Array.from(noise(patterns * count));
  const probeOf = (i: number) =>
    Array.from({ length: 72 }, (_, w) => weights[2 * i] * modes[w] + weights[2 * i + 1] * modes[72 + w]);
  const before = Array.from({ length: patterns }, (_, i) => probeOf(i));
  orthogonalVariation(modes, { count, weights });
  before.forEach((probe, i) => probe.forEach((value, w) => ok(Math.abs(value - probeOf(i)[w]) < 1e-5)));
  let re = 0;
  for (let w = 0; w < 72; w++) re += modes[w] * modes[72 + w];
  ok(Math.abs(re) < 1e-9);
});

Deno.test("a probe is centred, and kept inside its supports", () => {
  const side = 16;
  const probe = new Float64Array(2 * side * side);
  for (const [r, c] of [[3, 4], [3, 5], [4, 4], [4, 5]]) probe[2 * (r * side + c)] = 1;
  deepEqual(centreProbe(probe, side), { x: 4, y: 5 });
  equal(probe[2 * (8 * side + 8)], 1);
  probe[0] = 0.01;
  keepSupport(probe, { side, threshold: 0.3 });
  equal(probe[0], 0);
  ok(probe[2 * (8 * side + 8)] > 0.9);
  const before = probe.slice();
  keepFourierSupport(probe, { side, radius: 0.3 });
  const once = probe.slice();
  keepFourierSupport(probe, { side, radius: 0.3 });
  once.forEach((value, i) => ok(Math.abs(value - probe[i]) < 1e-12));
  ok(before.some((value, i) => Math.abs(value - probe[i]) > 1e-3));
});

Deno.test("the ramp of an object is found", () => {
  const [height, width] = [9, 11];
  const object = new Float32Array(2 * height * width);
  for (let i = 0; i < height * width; i++) {
    const angle = 0.07 * (i % width) - 0.11 * Math.floor(i / width);
    [object[2 * i], object[2 * i + 1]] = [Math.cos(angle), Math.sin(angle)];
  }
  const ramp = meanRamp({ data: object, height, width }, new Float32Array(height * width).fill(1));
  ok(Math.abs(ramp.x - 0.07) < 1e-5 && Math.abs(ramp.y + 0.11) < 1e-5);
});

Deno.test("positions move as asked, clipped, with momentum, drawn to the affine map", () => {
  const given = grid(4);
  const moved = () => ({ x: given.x.slice(), y: given.y.slice() });
  const shifts = { x: noise(16), y: noise(16) };
  const clipped = moved();
  new PositionCorrection(clipped, given).move(shifts, { step: 1, clip: 0.1, momentum: 0, affine: 0 });
  clipped.x.forEach((value, i) => ok(Math.abs(value - given.x[i]) <= 0.2));
  const mean = clipped.x.reduce((sum, value, i) => sum + value - given.x[i], 0);
  ok(Math.abs(mean) < 1e-9, "the mean of all moves is left out");
  const kept = moved();
  const correction = new PositionCorrection(kept, given);
  const options = { step: 1, clip: 1, momentum: 0.5, affine: 0 };
  correction.move(shifts, options);
  const first = kept.x.map((value, i) => value - given.x[i]);
  correction.move({ x: new Float64Array(16), y: new Float64Array(16) }, options);
  kept.x.forEach((value, i) => ok(Math.abs(value - given.x[i] - 1.5 * first[i]) < 1e-9));
  const affine = moved();
  new PositionCorrection(affine, given).move(shifts, { step: 1, clip: 1, momentum: 0, affine: 1 });
  const fitted = affineFit(given, affine.x);
  affine.x.forEach((value, i) => ok(Math.abs(value - fitted[i]) < 1e-9));
});

Deno.test("a frame holds all patches with a margin, and places take positions apart", () => {
  const frame = frameOf({ x: Float64Array.of(40.2, 70.9), y: Float64Array.of(33, 50) }, {
    side: 64,
    margin: 4,
  });
  deepEqual(frame, { x0: 4, y0: -3, width: 103, height: 89 });
  const place = placeOf({ x: 40.2, y: 33 }, { frame, side: 64 });
  deepEqual([place.column, place.row], [4, 4]);
  ok(Math.abs(place.dx - 0.2) < 1e-12 && place.dy === 0);
});
