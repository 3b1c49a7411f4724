/**
 * Regularisers of the object, and readout noise: each does what it says, and helps where its assumption holds.
 */
import { deepEqual, ok } from "node:assert/strict";
import type { SolverConfig } from "../../src/config/solver.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import { Random } from "../../src/numeric/random.ts";
import { limitPhase } from "../../src/solver/constraints/phase_limit.ts";
import { SolverError } from "../../src/solver/divergence.ts";
import { solve } from "../../src/solver/solve.ts";
import { memoryScan, objectError, type Toy, type ToyOptions, toyScan } from "../support/toy_scan.ts";

const SMALL: ToyOptions = { side: 32, across: 8, step: 3 };

async function solved(toy: Toy, solver: Partial<SolverConfig>) {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  try {
    const config = { solver: { batchSize: 16, numEpochs: 40, ...solver } };
    const solution = await solve(toy.scan, { config, device });
    return { solution, error: objectError(solution, toy) };
  } finally {
    await device.dispose();
  }
}

type Solved = Awaited<ReturnType<typeof solved>>["solution"];

/** Weighted mean, and the mean of |O - mean|, |O - mean|^2 and |gradient|^2 of an object over its canvas. */
function spread({ object: { data, width }, weight }: Solved) {
  let [re, im, all] = [0, 0, 0];
  weight.forEach((w, i) => {
    re += w * data[2 * i];
    im += w * data[2 * i + 1];
    all += w;
  });
  [re, im] = [re / all, im / all];
  let [first, second, slope] = [0, 0, 0];
  for (let i = 0; i < weight.length; i++) {
    const off = Math.hypot(data[2 * i] - re, data[2 * i + 1] - im);
    first += off / weight.length;
    second += off ** 2 / weight.length;
    if (i % width === width - 1) continue;
    slope += (data[2 * i + 2] - data[2 * i]) ** 2 + (data[2 * i + 3] - data[2 * i + 1]) ** 2;
  }
  return { first, second, slope, phase: Math.atan2(im, re) };
}

Deno.test("L1, L2 and smoothness lower what they are named for [wasm]", async () => {
  const toy = toyScan(SMALL);
  const plain = spread((await solved(toy, {})).solution);
  ok(spread((await solved(toy, { sparsity: 0.02 })).solution).first < 0.9 * plain.first);
  ok(spread((await solved(toy, { ridge: 0.05 })).solution).second < 0.9 * plain.second);
  ok(spread((await solved(toy, { smoothness: 0.2 })).solution).slope < 0.8 * plain.slope);
});

Deno.test("phases stay within their limits, amplitudes as they are", async () => {
  const object = Float32Array.from([0, 1, 2].flatMap((k) => [2 * Math.cos(k), 2 * Math.sin(k)]));
  limitPhase(object, { weight: [1, 1, 1], least: -0.5, most: 0.25 });
  const phases = [0, 1, 2].map((k) => Math.atan2(object[2 * k + 1], object[2 * k]));
  deepEqual(phases.map((phase) => Number(phase.toFixed(5))), [0.5, 1, 1.25]);
  ok([0, 1, 2].every((k) => Math.abs(Math.hypot(object[2 * k], object[2 * k + 1]) - 2) < 1e-6));
  const { solution } = await solved(toyScan(SMALL), { phaseMin: -0.4, phaseMax: 0.4, numEpochs: 10 });
  const { object: { data }, weight } = solution;
  const { phase } = spread(solution);
  const beyond = weight.filter((_, i) => {
    const turned = Math.atan2(data[2 * i + 1], data[2 * i]) - phase;
    return Math.abs(turned - 2 * Math.PI * Math.round(turned / (2 * Math.PI))) > 0.45;
  });
  ok(beyond.length === 0, `${beyond.length} pixels`);
});

Deno.test("outside of its support the object is its mean [wasm]", async () => {
  const { solution } = await solved(toyScan(SMALL), { objectSupport: 0.2, numEpochs: 10 });
  const { object: { data }, weight } = solution;
  const most = weight.reduce((a, b) => Math.max(a, b), 0);
  const dark = [...weight.keys()].filter((i) => weight[i] < 0.1 * most);
  const [re, im] = [data[2 * dark[0]], data[2 * dark[0] + 1]];
  ok(dark.length > 100 && dark.every((i) => Math.hypot(data[2 * i] - re, data[2 * i + 1] - im) < 1e-4));
});

for (const algorithm of ["LSQML", "OSM", "ADAM"] as const) {
  Deno.test(`${algorithm}: readout noise that is known does less harm [wasm]`, async () => {
    const toy = toyScan({ ...SMALL, photons: 2e4, startDefocus: 0 });
    const random = new Random(3, "readout");
    const counts = await toy.scan.readCounts(Int32Array.from({ length: toy.scan.n }, (_, i) => i));
    const amplitudes = counts.map((value) => Math.sqrt(Math.max(0, value + 5 * random.normal())));
    const { positionsPx: positions, probe } = toy.scan;
    const noisy = { ...toy, scan: memoryScan({ side: 32, amplitudes, positions, probe: probe.data }) };
    const settings = { algorithm, noiseModel: "poisson" } as const;
    const known = await solved(noisy, { ...settings, readNoise: 5 });
    // without it the photon model takes every dark pixel at its word, and two of the rules diverge
    const plain = await solved(noisy, settings).then(({ error }) => error, (thrown) => {
      ok(thrown instanceof SolverError);
      return Infinity;
    });
    ok(known.error < 0.25 && known.error < 0.9 * plain, `${known.error} of ${plain}`);
  });
}
