/**
 * The solvers on small noise-free scans: from a wrong probe, with wrong positions, modes, bad pixels, background.
 */
import type { InitialState, SolverEpoch } from "../../src/solver/initial.ts";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { divide } from "../../src/solver/batches/left_out.ts";
import type { SolverConfig } from "../../src/config/solver.ts";
import { solveToFolder } from "../../src/solver/folder.ts";
import { solve, type SolveOptions } from "../../src/solver/solve.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import { objectError, positionError, type ToyOptions, toyScan } from "../support/toy_scan.ts";

const SMALL: ToyOptions = { side: 32, across: 8, step: 3 };

type Settings = Partial<SolverConfig>;

/** Solves a toy on two threads of the CPU; gives the result and its error. */
async function run(
  toyOptions: ToyOptions,
  solver: Settings,
  options: Omit<SolveOptions, "device" | "config"> = {},
) {
  const toy = toyScan({ ...SMALL, ...toyOptions });
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  try {
    const solution = await solve(toy.scan, { ...options, config: { solver }, device });
    equal(device.liveBytes, 0);
    return { toy, solution, error: objectError(solution, toy) };
  } finally {
    await device.dispose();
  }
}

const CASES: readonly [string, Settings][] = [
  ["ePIE", { algorithm: "ePIE", batchSize: 8, numEpochs: 80 }],
  ["rPIE, one pattern at a time", { algorithm: "rPIE", batchSize: 1, numEpochs: 15 }],
  ["rPIE, batches of 16", { algorithm: "rPIE", batchSize: 16, numEpochs: 60 }],
  ["rPIE, all patterns at once", { algorithm: "rPIE", batchSize: 64, numEpochs: 150 }],
  ["DM", { algorithm: "DM", numEpochs: 60 }],
  ["RAAR", { algorithm: "RAAR", numEpochs: 120 }],
  ["LSQML, random batches", { batchSize: 16, numEpochs: 60 }],
  ["LSQML, uniform batches and separate steps", {
    batchSize: 8,
    numEpochs: 60,
    batching: "uniform",
    stepSizes: "separate",
  }],
  ["LSQML, compact batches with momentum", {
    batchSize: 16,
    numEpochs: 80,
    batching: "compact",
    momentum: 0.5,
  }],
  ["LSQML, photon noise model", { batchSize: 16, numEpochs: 60, noiseModel: "poisson" }],
  ["ADAM", { algorithm: "ADAM", batchSize: 16, numEpochs: 120 }],
  ["OSM", { algorithm: "OSM", numEpochs: 40 }],
  ["OSM, all patterns at once", { algorithm: "OSM", subsets: 1, numEpochs: 150 }],
  ["OSM, one pattern at a time", { algorithm: "OSM", subsets: 64, numEpochs: 30 }],
  ["OSM, photon noise model", { algorithm: "OSM", noiseModel: "poisson", numEpochs: 60 }],
];

for (const [name, options] of CASES) {
  Deno.test(`${name}: the object to 2 % from a wrong probe [wasm]`, async () => {
    const { error, solution: { epochs, startError } } = await run({}, options);
    ok(error < 0.02, `object error ${error}`);
    ok((epochs.at(-1)?.error ?? 1) < 1e-2 * startError, `misfit ${epochs.at(-1)?.error} of ${startError}`);
  });
}

Deno.test("positions disturbed by 1 px rms come back to 0.15 px [wasm]", async () => {
  const { toy, solution } = await run({ positionErrorPx: 1 }, {
    batchSize: 16,
    numEpochs: 100,
    positions: true,
  });
  const before = positionError({ positionsPx: toy.scan.positionsPx }, toy),
    after = positionError(solution, toy);
  ok(before > 0.8 && after < 0.15, `${before} to ${after} px`);
});

Deno.test("ordered subsets bring positions back and find a second mode [wasm]", async () => {
  const options = { algorithm: "OSM", numEpochs: 60 } as const;
  const { toy, solution } = await run({ positionErrorPx: 1 }, { ...options, positions: true });
  const after = positionError(solution, toy);
  ok(after < 0.15, `${after} px`);
  const one = await run({ modes: 2 }, options);
  const two = await run({ modes: 2 }, { ...options, probeModes: 2 });
  ok(two.error < one.error / 2, `${two.error} against ${one.error}`);
});

Deno.test("ordered subsets are at the object of LSQML in fewer epochs [wasm]", async () => {
  const options = { numEpochs: 15, batchSize: 16 };
  const [subsets, lsqml] = [await run({}, { ...options, algorithm: "OSM" }), await run({}, options)];
  ok(subsets.error < lsqml.error / 2, `${subsets.error} against ${lsqml.error}`);
});

Deno.test("with few photons the left-out patterns choose the epoch, and no update sees them [wasm]", async () => {
  const noisy = { photons: 1e3 };
  const options = { algorithm: "OSM", numEpochs: 60, leftOut: 0.125, subsets: 8 } as const;
  const { solution, toy } = await run(noisy, options);
  const unseen = solution.epochs.map(({ leftOutError = NaN }) => leftOutError);
  equal(unseen.indexOf(Math.min(...unseen)) + 1, solution.bestEpoch);
  ok(solution.epochs.length < 60, `${solution.epochs.length} epochs`);
  const division = divide(toy.scan.positionsPx, solution.settings, { sweeps: [] });
  equal(division.leftOut.length + division.used.length, toy.scan.n);
  const spoilt = toyScan({ ...SMALL, ...noisy });
  const read = spoilt.scan.readAmplitudes;
  const scan = {
    ...spoilt.scan,
    readAmplitudes: async (indices: ArrayLike<number>, out?: Float32Array) => {
      const amplitudes = await read(indices, out);
      for (let k = 0; k < indices.length; k++) {
        if (division.leftOut.includes(indices[k])) amplitudes.fill(7, k * 32 * 32, (k + 1) * 32 * 32);
      }
      return amplitudes;
    },
  };
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  const other = await solve(scan, { config: { solver: { ...options, numEpochs: 4 } }, device });
  await device.dispose();
  const errors = ({ epochs }: typeof other) => epochs.slice(0, 4).map(({ error }) => error);
  deepEqual(errors(other), errors(solution));
  ok(other.epochs[0].leftOutError !== solution.epochs[0].leftOutError);
});

Deno.test("patterns are not left out where exit waves are kept, or where there are too few [wasm]", async () => {
  await rejects(() => run({}, { algorithm: "DM", leftOut: 0.1 }), /leftOut: found 0.1 with DM/);
  await rejects(() => run({ across: 3 }, { leftOut: 0.1 }), /leftOut: found 0.1 with 9 patterns/);
});

Deno.test("two modes explain what one cannot, and come out orthogonal and in order [wasm]", async () => {
  const one = await run({ modes: 2 }, { algorithm: "rPIE", batchSize: 8, numEpochs: 30 });
  const two = await run({ modes: 2 }, { algorithm: "rPIE", batchSize: 8, numEpochs: 30, probeModes: 2 });
  ok(two.error < one.error / 2, `${two.error} against ${one.error}`);
  const { data, size } = two.solution.probe;
  const words = 2 * size * size;
  const [a, b] = [data.subarray(0, words), data.subarray(words)];
  let re = 0, im = 0, pa = 0, pb = 0;
  for (let i = 0; i < words; i += 2) {
    re += a[i] * b[i] + a[i + 1] * b[i + 1];
    im += a[i + 1] * b[i] - a[i] * b[i + 1];
    pa += a[i] ** 2 + a[i + 1] ** 2;
    pb += b[i] ** 2 + b[i + 1] ** 2;
  }
  ok(Math.hypot(re, im) < 1e-4 * Math.sqrt(pa * pb) && pa > pb, `${Math.hypot(re, im)} of ${pa}, ${pb}`);
});

Deno.test("a probe that varies from pattern to pattern is followed by orthogonal relaxation [wasm]", async () => {
  const options = { algorithm: "rPIE", batchSize: 8, numEpochs: 40 } as const;
  const without = await run({ variation: 0.4 }, options);
  const relaxed = await run({ variation: 0.4 }, { ...options, oprModes: 1 });
  const last = ({ solution: { epochs } }: typeof without) => epochs.at(-1)?.error ?? NaN;
  ok(last(relaxed) < last(without) / 4, `misfit ${last(relaxed)} against ${last(without)}`);
});

Deno.test("bad pixels are left out by every solver [wasm]", async () => {
  const badPixels = [100, 101, 500, 528, 529, 700];
  const mask = Float32Array.from({ length: 32 * 32 }, (_, p) => badPixels.includes(p) ? 0 : 1);
  const { error } = await run({ badPixels }, { batchSize: 8, numEpochs: 25 }, { mask });
  ok(error < 0.03, `LSQML ${error}`);
  for (const algorithm of ["ePIE", "rPIE", "DM", "RAAR", "ADAM", "OSM"] as const) {
    const masked = await run({ badPixels }, { algorithm, batchSize: 8, numEpochs: 15 }, { mask });
    const seen = await run({ badPixels }, { algorithm, batchSize: 8, numEpochs: 15 }).catch(() => undefined);
    ok(!seen || masked.error < seen.error, `${algorithm}: ${masked.error} against ${seen?.error}`);
  }
});

Deno.test("a background is found, and the object is the better for it [wasm]", async () => {
  const options = { batchSize: 8, numEpochs: 50 };
  const without = await run({ background: 20 }, options);
  const { error, solution } = await run({ background: 20 }, { ...options, background: true });
  // in the bright middle of the detector it cannot be told from the waves
  const sorted = (solution.background ?? new Float32Array()).slice().sort();
  const median = sorted[sorted.length >> 1];
  ok(median > 18 && median < 21, `median ${median}`);
  ok(error < 0.6 * without.error, `${error} against ${without.error}`);
});

Deno.test("the same seed gives the same bits, whatever the number of threads [wasm]", async () => {
  const { scan } = toyScan(SMALL);
  const config = { solver: { batchSize: 16, numEpochs: 3, positions: true } };
  const objects = [];
  for (const threads of [1, 2]) {
    const device = await openDevice({ accelerator: "wasm", threads });
    objects.push((await solve(scan, { device, config })).object.data);
    await device.dispose();
  }
  deepEqual(objects[0], objects[1]);
});

Deno.test("a run on some patterns uses these alone, and a run goes on where another ended [wasm]", async () => {
  const toy = toyScan(SMALL);
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  const indices = Int32Array.from({ length: 32 }, (_, i) => 2 * i);
  const first = await solve(toy.scan, {
    device,
    config: { solver: { algorithm: "rPIE", numEpochs: 5 } },
    indices,
  });
  deepEqual(first.indices, indices);
  equal(first.positionsPx.x.length, 32);
  const { object, probe, epochs } = first;
  const second = await solve(toy.scan, {
    device,
    config: { solver: { algorithm: "rPIE", numEpochs: 3 } },
    indices,
    initial: { object, probe, epochs },
  });
  await device.dispose();
  deepEqual(second.epochs.map(({ epoch }) => epoch), [1, 2, 3, 4, 5, 6, 7, 8]);
  ok(second.epochs[5].error < first.epochs[4].error, "the curve goes on downwards");
});

Deno.test("a solver that diverges stops with epoch, quantity and advice [wasm]", async () => {
  const wild = { algorithm: "rPIE", batchSize: 4, numEpochs: 60, objectStep: 8, probeStep: 8 } as const;
  await rejects(
    () => run({}, wild),
    (error: Error) => /rPIE diverge.* epoch \d+.*--object-step/.test(error.message),
  );
});

Deno.test("an unknown option or setting is refused by name [wasm]", async () => {
  const { scan } = toyScan(SMALL);
  const device = await openDevice({ accelerator: "wasm", threads: 1 });
  const options = { device, config: { solver: { numEpochs: 1 } } };
  await rejects(solve(scan, Object.assign({ algorithm: "rPIE" }, options)), {
    name: "OptionError",
    message: /algorithm: .*solve does not know/,
  });
  const misspelt = { solver: Object.assign({ numEpochs: 1 }, { numEpoch: 2 }) };
  await rejects(solve(scan, { device, config: misspelt }), { name: "ConfigError", message: /numEpoch/ });
  const folder = Object.assign({ outputDirs: "x", outputDir: "x" }, options);
  await rejects(solveToFolder(scan, folder), { name: "OptionError", message: /did you mean outputDir\?/ });
  await device.dispose();
});

Deno.test("an aborted run gives what it has reached, marked as interrupted [wasm]", async () => {
  const controller = new AbortController();
  const { solution } = await run({}, { numEpochs: 1000 }, {
    signal: controller.signal,
    onEpoch: ({ epoch }) => epoch === 3 ? controller.abort() : undefined,
  });
  equal(solution.interrupted, true);
  equal(solution.epochs.length, 3);
});

Deno.test("constraints hold: amplitude, power, support in both spaces, centre [wasm]", async () => {
  const { solution } = await run({}, {
    batchSize: 16,
    numEpochs: 11,
    amplitudeMax: 0.9,
    amplitudeEpochs: "11",
    scaleAmbiguity: false,
    probePower: 5e5,
    probeCentre: true,
    rampAmbiguity: true,
    totalVariation: 1e-3,
    fourierSupport: 0.9,
    probeSupport: 0.02,
  });
  const { object: { data }, probe } = solution;
  for (let i = 0; i < data.length; i += 2) ok(Math.hypot(data[i], data[i + 1]) < 0.9001);
  const power = probe.data.reduce((sum, value) => sum + value * value, 0);
  ok(power > 4e5 && power < 5.01e5, `power ${power}`); // support and centring come after it
});

Deno.test("a run that goes on from a saved state ends as one that was never stopped [wasm]", async () => {
  for (const algorithm of ["LSQML", "rPIE", "OSM"] as const) {
    for (const cut of [2, 12]) { // before and after the illumination is computed every epoch
      let saved: InitialState | undefined;
      const epochs: SolverEpoch[] = [];
      const whole = await run({}, { algorithm, numEpochs: 14 }, {
        onEpoch: async (report, state) => {
          if (report.epoch > cut) return;
          epochs.push(report);
          if (report.epoch < cut) return;
          const { object, probe, memory, weight } = await state();
          saved = { object, probe, memory, epochs, illumination: weight };
        },
      });
      const rest = await run({}, { algorithm, numEpochs: 14 - cut }, { initial: saved });
      deepEqual(rest.solution.object.data, whole.solution.object.data, `${algorithm} from epoch ${cut}`);
    }
  }
});

Deno.test("ordered subsets go on from a result as if they had not stopped [wasm]", async () => {
  const settings: Settings = { algorithm: "OSM", scaleAmbiguity: false };
  const whole = await run({}, { ...settings, numEpochs: 6 });
  const { solution: half } = await run({}, { ...settings, numEpochs: 3 });
  const { object, probe, epochs, memory } = half;
  const resumed = await run({}, { ...settings, numEpochs: 3 }, {
    initial: { object, probe, epochs, memory },
  });
  deepEqual(resumed.solution.object.data, whole.solution.object.data);
  deepEqual(resumed.solution.probe.data, whole.solution.probe.data);
  const forgetful = await run({}, { ...settings, numEpochs: 3 }, { initial: { object, probe, epochs } });
  ok(forgetful.solution.object.data.some((value, i) => value !== whole.solution.object.data[i]));
});
