import assert from "node:assert/strict";
import { leadingEigenvector } from "../../src/numeric/eigenvector.ts";
import { overlapPairs } from "../../src/image/pairs.ts";
import { solvePhases, syncPhases } from "../../src/image/phase_sync.ts";
import { Random } from "../../src/numeric/random.ts";

const SIDE = 16;

/** A round weight of radius 6. */
const weight = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
  const r = Math.floor(i / SIDE) - SIDE / 2, c = i % SIDE - SIDE / 2;
  return Math.hypot(r, c) <= 6 ? 1 + 0.1 * c : 0;
});

/** A jittered grid. `whole` rounds the positions to pixels. */
function grid(across: number, whole: boolean): { xcoords: number[]; ycoords: number[] } {
  const random = new Random(3, "grid");
  const place = (k: number) => 50 + 4 * k + 1.5 * (random.uniform() - 0.5);
  const fix = whole ? Math.round : (v: number) => v;
  const cells = Array.from({ length: across * across }, (_, i) => i);
  return {
    xcoords: cells.map((i) => fix(place(i % across))),
    ycoords: cells.map((i) => fix(place(Math.floor(i / across)))),
  };
}

interface Patches {
  readonly xcoords: number[];
  readonly ycoords: number[];
  readonly truth: number[];
  readonly patches: Float32Array;
}

/** Patches of a smooth object, each times exp(i truth), with complex noise of the given size. */
function makePatches(at: { xcoords: number[]; ycoords: number[] }, noise = 0): Patches {
  const random = new Random(5, "phases");
  const truth = at.xcoords.map(() => 2 * Math.PI * random.uniform() - Math.PI);
  const patches = new Float32Array(2 * SIDE * SIDE * truth.length);
  truth.forEach((constant, i) => {
    for (let p = 0; p < SIDE * SIDE; p++) {
      const x = at.xcoords[i] - SIDE / 2 + p % SIDE, y = at.ycoords[i] - SIDE / 2 + Math.floor(p / SIDE);
      const amplitude = 1 + 0.3 * Math.sin(x / 5), phase = constant + 0.8 * Math.cos(x / 9 + y / 7);
      patches[2 * (i * SIDE * SIDE + p)] = amplitude * Math.cos(phase) + noise * random.normal();
      patches[2 * (i * SIDE * SIDE + p) + 1] = amplitude * Math.sin(phase) + noise * random.normal();
    }
  });
  return { ...at, truth, patches };
}

/** Largest difference of phases, a common constant of the members apart. */
function worst(phases: Float64Array, truth: readonly number[], members = truth.map((_, i) => i)): number {
  const differences = members.map((i) => phases[i] - truth[i]);
  const mean = Math.atan2(
    differences.reduce((s, d) => s + Math.sin(d), 0),
    differences.reduce((s, d) => s + Math.cos(d), 0),
  );
  return Math.max(...differences.map((d) => Math.abs(Math.atan2(Math.sin(d - mean), Math.cos(d - mean)))));
}

Deno.test("random constants of overlapping patches at whole positions are recovered exactly", async () => {
  const { patches, truth, xcoords, ycoords } = makePatches(grid(12, true));
  const found = await syncPhases(patches, { side: SIDE, weight, xcoords, ycoords });
  assert.equal(found.components, 1);
  assert.ok(found.converged);
  assert.ok(worst(found.phases, truth) < 1e-6, `${worst(found.phases, truth)}`);
});

Deno.test("between pixels, rounding the shifts costs under a third of the phase gradient per pixel", async () => {
  const { patches, truth, xcoords, ycoords } = makePatches(grid(12, false));
  const found = await syncPhases(patches, { side: SIDE, weight, xcoords, ycoords });
  assert.ok(worst(found.phases, truth) < 0.05, `${worst(found.phases, truth)}`);
});

Deno.test("the eigenvector averages noise where a chain of pairs adds it up", async () => {
  const { patches, truth, xcoords, ycoords } = makePatches(grid(20, true), 0.8);
  const pairs = await overlapPairs(patches, { side: SIDE, weight, xcoords, ycoords });
  const good = solvePhases(pairs);
  const chain = solvePhases(pairs, { maxProducts: 1, tolerance: 1e9 });
  assert.ok(good.converged && good.products > 4);
  assert.ok(
    worst(good.phases, truth) < 0.6 * worst(chain.phases, truth),
    `${worst(good.phases, truth)} ${worst(chain.phases, truth)}`,
  );
});

Deno.test("phases taken out have no direction on average, so that the network keeps its own", async () => {
  const { patches, xcoords, ycoords } = makePatches(grid(6, true));
  const { phases } = await syncPhases(patches, { side: SIDE, weight, xcoords, ycoords });
  const mean = Math.atan2(
    phases.reduce((s, p) => s + Math.sin(p), 0),
    phases.reduce((s, p) => s + Math.cos(p), 0),
  );
  assert.ok(Math.abs(mean) < 1e-9);
});

Deno.test("parts of a scan that do not touch are solved each by itself, lone patches left alone", async () => {
  const near = grid(5, true), far = grid(4, true);
  const at = {
    xcoords: [...near.xcoords, 0, ...far.xcoords.map((x) => x + 300)],
    ycoords: [...near.ycoords, 0, ...far.ycoords],
  };
  const { patches, truth, xcoords, ycoords } = makePatches(at);
  const found = await syncPhases(patches, { side: SIDE, weight, xcoords, ycoords });
  assert.equal(found.components, 3);
  assert.equal(found.phases[25], 0);
  assert.ok(worst(found.phases, truth, near.xcoords.map((_, i) => i)) < 1e-6);
  assert.ok(worst(found.phases, truth, far.xcoords.map((_, i) => 26 + i)) < 1e-6);
});

Deno.test("a large scan with few neighbours each gives the same answer as with all", async () => {
  const { patches, truth, xcoords, ycoords } = makePatches(grid(30, true));
  const few = await syncPhases(patches, { side: SIDE, weight, xcoords, ycoords, maxNeighbours: 5 });
  const all = await syncPhases(patches, { side: SIDE, weight, xcoords, ycoords, maxNeighbours: 1000 });
  assert.ok(few.pairs < all.pairs / 2);
  assert.ok(worst(few.phases, truth) < 1e-4 && worst(all.phases, truth) < 1e-4);
});

Deno.test("a scan of one patch, of none, and of empty patches has phases of zero", async () => {
  const one = { side: SIDE, weight, xcoords: [5], ycoords: [5] };
  assert.deepEqual([...(await syncPhases(new Float32Array(2 * SIDE * SIDE).fill(1), one)).phases], [0]);
  assert.equal(
    (await syncPhases(new Float32Array(0), { ...one, xcoords: [], ycoords: [] })).phases.length,
    0,
  );
  const empty = await syncPhases(new Float32Array(4 * SIDE * SIDE), {
    ...one,
    xcoords: [5, 6],
    ycoords: [5, 5],
  });
  assert.deepEqual([...empty.phases], [0, 0]);
  await assert.rejects(syncPhases(new Float32Array(3), one), RangeError);
});

Deno.test("Lanczos finds the largest eigenvalue of a Hermitian matrix from a poor start", () => {
  const n = 60;
  const random = new Random(11, "matrix");
  const u = Float64Array.from({ length: 2 * n }, () => random.normal());
  const norm = u.reduce((s, v) => s + v * v, 0);
  // diag(k / n) + 4 u u^H / |u|^2: one eigenvalue far above the rest, found against power iteration.
  const multiply = (x: Float64Array, y: Float64Array) => {
    let re = 0, im = 0;
    for (let i = 0; i < 2 * n; i += 2) {
      re += u[i] * x[i] + u[i + 1] * x[i + 1];
      im += u[i] * x[i + 1] - u[i + 1] * x[i];
    }
    for (let i = 0; i < 2 * n; i += 2) {
      y[i] = x[i] * i / n / 2 + 4 * (u[i] * re - u[i + 1] * im) / norm;
      y[i + 1] = x[i + 1] * i / n / 2 + 4 * (u[i] * im + u[i + 1] * re) / norm;
    }
  };
  const start = new Float64Array(2 * n);
  start[7] = 1;
  const found = leadingEigenvector(multiply, { start, tolerance: 1e-10, maxProducts: 500 });
  const image = new Float64Array(2 * n);
  multiply(found.vector, image);
  image.forEach((v, i) => assert.ok(Math.abs(v - found.value * found.vector[i]) < 1e-9));
  let power = Float64Array.from({ length: 2 * n }, () => 1), value = 0;
  for (let k = 0; k < 300; k++) {
    const next = new Float64Array(2 * n);
    multiply(power, next);
    value = Math.sqrt(next.reduce((s, v) => s + v * v, 0));
    power = next.map((v) => v / value);
  }
  assert.ok(Math.abs(found.value - value) < 1e-9);
});

Deno.test("an aborted signal ends the comparison of pairs with its reason", async () => {
  const { patches, xcoords, ycoords } = makePatches(grid(4, true));
  const reason = new Error("enough");
  const options = { side: SIDE, weight, xcoords, ycoords, signal: AbortSignal.abort(reason) };
  await assert.rejects(syncPhases(patches, options), reason);
});
