/**
 * The iterative solvers: what they reach on toys and on the real Siemens star, and how long an epoch takes.
 *
 * usage: deno run -A bench/solvers.ts toys
 *        deno run -A bench/solvers.ts star FOLDER [DEVICE]     100 epochs of LSQML; 30 alone
 *        deno run -A bench/solvers.ts chain FOLDER BUNDLE      LSQML from a network's image against LSQML alone
 *        deno run -A bench/solvers.ts speed FOLDER [DEVICE]    seconds of an epoch of each solver on the 128 scan
 *        deno run -A bench/solvers.ts growth [DEVICE]          ... with positions, modes and N
 *        deno run -A bench/solvers.ts inferences FOLDER BUNDLE inferences in the time of 100 epochs of LSQML
 *   FOLDER holds siemens_star_128.npz, and for a network of that size siemens_star_64.npz. DEVICE is wasm (default, two threads) or webgpu.
 */
import type { AnyDevice } from "../src/engine/devices/any.ts";
import { openDevice } from "../src/engine/devices/open.ts";

import { readBundle } from "../src/formats/bundle.ts";
import { modelOf } from "../src/network/model/model.ts";
import { reconstruct } from "../src/network/inference/reconstruct.ts";
import { openScan } from "../src/scan/scan.ts";
import type { Scan } from "../src/scan/types.ts";

import type { SolverConfig } from "../src/config/solver.ts";
import { solve } from "../src/solver/solve.ts";

import { objectError, positionError, type ToyOptions, toyScan } from "../tests/support/toy_scan.ts";

type Settings = Partial<SolverConfig>;

const ALGORITHMS = ["ePIE", "rPIE", "DM", "RAAR", "LSQML", "ADAM", "OSM"] as const;

const [mode, ...rest] = Deno.args;

async function withDevice(
  kind: string | undefined,
  work: (device: AnyDevice) => Promise<void>,
): Promise<void> {
  const device = kind === "webgpu"
    ? await openDevice({ accelerator: "webgpu" })
    : await openDevice({ accelerator: "wasm", threads: 2 });
  console.log(device.info.name);
  try {
    await work(device);
  } finally {
    await device.dispose();
  }
}

/** 225 positions, 48 x 48 patterns, a wrong probe, no noise; 100 epochs. */
const TOYS: readonly [string, ToyOptions, Settings][] = [
  ["LSQML random 16", {}, { batchSize: 16 }],
  ["LSQML uniform 16", {}, { batchSize: 16, batching: "uniform" }],
  ["LSQML compact 16", {}, { batchSize: 16, batching: "compact" }],
  ["LSQML compact 16, momentum 0.5", {}, { batchSize: 16, batching: "compact", momentum: 0.5 }],
  ["LSQML all", {}, { batchSize: 225 }],
  ["LSQML photons", {}, { batchSize: 16, noiseModel: "poisson" }],
  ["LSQML separate steps", {}, { batchSize: 16, stepSizes: "separate" }],
  ["rPIE 1", {}, { algorithm: "rPIE", batchSize: 1 }],
  ["rPIE 16", {}, { algorithm: "rPIE", batchSize: 16 }],
  ["rPIE 100", {}, { algorithm: "rPIE", batchSize: 100 }],
  ["rPIE all", {}, { algorithm: "rPIE", batchSize: 225 }],
  ["ePIE 16", {}, { algorithm: "ePIE" }],
  ["DM", {}, { algorithm: "DM" }],
  ["RAAR", {}, { algorithm: "RAAR" }],
  ["ADAM", {}, { algorithm: "ADAM", batchSize: 16 }],
  ["OSM", {}, { algorithm: "OSM" }],
  ["LSQML, positions off by 1 px rms", { positionErrorPx: 1 }, { batchSize: 16, positions: true }],
  ["rPIE, positions off by 1 px rms", { positionErrorPx: 1 }, { algorithm: "rPIE", positions: true }],
  ["DM, positions off by 1 px rms", { positionErrorPx: 1 }, { algorithm: "DM", positions: true }],
  ["OSM, positions off by 1 px rms", { positionErrorPx: 1 }, { algorithm: "OSM", positions: true }],
  ["OSM, two modes", { modes: 2 }, { algorithm: "OSM", probeModes: 2 }],
  ["LSQML, two modes", { modes: 2 }, { batchSize: 16, probeModes: 2 }],
  ["LSQML, varying probe", { variation: 0.3 }, { batchSize: 16, oprModes: 1 }],
];

async function toys(): Promise<void> {
  await withDevice("wasm", async (device) => {
    for (const [name, toyOptions, settings] of TOYS) {
      const toy = toyScan(toyOptions);
      const solution = await solve(toy.scan, { config: { solver: { numEpochs: 100, ...settings } }, device });
      const positions = toyOptions.positionErrorPx
        ? `, positions ${positionError(solution, toy).toFixed(3)} px rms`
        : "";
      console.log(`${name}: object error ${objectError(solution, toy).toFixed(4)}${positions}`);
    }
  });
}

const star = (folder: string) => openScan(`${folder}/siemens_star_128.npz`);

async function realStar(folder: string, kind: string | undefined): Promise<void> {
  await using scan = await star(folder);
  await withDevice(kind, async (device) => {
    for (
      const [name, settings] of [
        ["30 epochs from the given probe", { numEpochs: 30 }],
        ["100 epochs, two modes, positions", { numEpochs: 100, probeModes: 2, positions: true }],
      ] as const
    ) {
      const { startError, epochs } = await solve(scan, { config: { solver: settings }, device });
      const at = (epoch: number) => epochs[epoch - 1] && `${epoch}: ${epochs[epoch - 1].error.toFixed(4)}`;
      const last = epochs[epochs.length - 1];
      console.log(
        `${name}: mean-square Fourier error ${startError.toFixed(2)} at the start, ${
          [10, 30, 100].map(at).filter(Boolean).join(", ")
        }; relative amplitude error ${last.relativeError.toFixed(5)}`,
      );
    }
  });
}

async function chain(folder: string, bundle: string): Promise<void> {
  const model = modelOf(await readBundle(bundle));
  await using scan = await openScan(`${folder}/siemens_star_${model.size}.npz`);
  await withDevice("wasm", async (device) => {
    const alone = await solve(scan, { config: { solver: { numEpochs: 30 } }, device });
    const image = await reconstruct(scan, { model, device });
    const chained = await solve(scan, {
      config: { solver: { numEpochs: 30 } },
      device,
      initial: { object: image },
    });
    const goal = alone.epochs[29].error;
    const needed = chained.epochs.findIndex(({ error }) => error <= goal) + 1;
    console.log(
      `alone ${goal.toFixed(5)} after 30 epochs; from the network's image after ${needed || "more than 30"}`,
    );
    for (const epoch of [1, 2, 5, 10, 15, 20, 30]) {
      const [a, b] = [alone.epochs[epoch - 1].error, chained.epochs[epoch - 1].error];
      console.log(`epoch ${epoch}: alone ${a.toFixed(5)}, from the network's image ${b.toFixed(5)}`);
    }
  });
}

/** Median seconds of the epochs after the first. */
async function secondsOf(scan: Scan, device: AnyDevice, solver: Settings): Promise<number> {
  const { epochs } = await solve(scan, { device, config: { solver: { numEpochs: 4, ...solver } } });
  const times = epochs.slice(1).map(({ seconds }) => seconds).sort((a, b) => a - b);
  return times[times.length >> 1];
}

async function speed(folder: string, kind: string | undefined): Promise<void> {
  await using scan = await star(folder);
  await withDevice(kind, async (device) => {
    for (const algorithm of ALGORITHMS) {
      const seconds = await secondsOf(scan, device, {
        algorithm,
        ...(kind === "webgpu" ? { numEpochs: 2 } : {}),
      });
      console.log(
        `${algorithm}: ${
          seconds.toFixed(3)
        } s for an epoch of ${scan.n} patterns of ${scan.size} x ${scan.size}`,
      );
    }
  });
}

async function growth(kind: string | undefined): Promise<void> {
  await withDevice(kind, async (device) => {
    const line = async (name: string, toyOptions: ToyOptions, settings: Settings) => {
      const { scan } = toyScan(toyOptions);
      const seconds = await secondsOf(scan, device, settings);
      console.log(`${name}: ${seconds.toFixed(4)} s, ${(1e3 * seconds / scan.n).toFixed(3)} ms a pattern`);
    };
    for (const across of [8, 16, 32]) {
      await line(`${across ** 2} positions, N = 64`, { side: 64, across }, { batchSize: 64 });
    }
    for (const probeModes of [1, 2, 4, 8]) {
      await line(`${probeModes} modes, 256 positions, N = 64`, { side: 64, across: 16 }, {
        batchSize: 64,
        probeModes,
      });
    }
    for (const side of [64, 128, 256]) {
      await line(`N = ${side}, 64 positions`, { side, across: 8 }, { batchSize: 64 });
    }
  });
}

async function inferences(folder: string, bundle: string): Promise<void> {
  await using scan = await star(folder);
  await withDevice("wasm", async (device) => {
    const model = modelOf(await readBundle(bundle));
    await reconstruct(scan, { model, device });
    const begun = performance.now();
    await reconstruct(scan, { model, device });
    const inference = (performance.now() - begun) / 1000;
    const epoch = await secondsOf(scan, device, {});
    console.log(
      `an inference of the whole scan ${inference.toFixed(2)} s, an epoch of LSQML ${epoch.toFixed(2)} s: ` +
        `${(100 * epoch / inference).toFixed(1)} inferences in 100 epochs`,
    );
  });
}

const [first, second] = rest;
if (mode === "toys") await toys();
else if (mode === "star") await realStar(first, second);
else if (mode === "chain") await chain(first, second);
else if (mode === "speed") await speed(first, second);
else if (mode === "growth") await growth(first);
else if (mode === "inferences") await inferences(first, second);
else throw new Error("usage: bench/solvers.ts toys | star | chain | speed | growth | inferences");
