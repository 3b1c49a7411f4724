/**
 * The parts of the data-path bench, each run as a process of its own. Prints one JSON object.
 */
import { resolveConfig } from "../../src/config/resolve.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import { WasmDevice } from "../../src/engine/devices/wasm/device.ts";

import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import type { Model } from "../../src/network/model/model.ts";
import { openNetwork } from "../../src/network/inference/network.ts";
import { predictOrder } from "../../src/network/inference/predict.ts";
import { train } from "../../src/network/training/train.ts";
import { deadLeaves } from "../../src/simulation/objects/objects.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { simulateScan } from "../../src/simulation/simulate.ts";

import { gaussianProbe } from "../../src/physics/probes/probes.ts";

import { makeGroups } from "../../src/scan/grouping/groups.ts";
import { openScan } from "../../src/scan/scan.ts";
import { Random } from "../../src/numeric/random.ts";

import { Canvas, canvasExtent, probeWeight } from "../../src/image/canvas.ts";
import { openPatchStore } from "../../src/image/patch_store.ts";
import { placePatches } from "../../src/image/place.ts";
import { syncPhases } from "../../src/image/phase_sync.ts";

/** Names of the parts. */
export const PART_NAMES = ["first-step", "group", "place", "make", "train", "infer", "stitch"] as const;
/** One of them. */
export type PartName = typeof PART_NAMES[number];

const SIDE = 64;
/** Step of the scan in pixels. */
const STEP = 4;
/** A training step has more kernel calls than this; programs that measure statistics or try the probe have fewer. */
const STEP_CALLS = 200;
/** Patterns that are simulated and then repeated. */
const BASE = 256;

function scanPositions(n: number) {
  const across = Math.ceil(Math.sqrt(n));
  const random = new Random(1, "positions");
  const xcoords = new Float64Array(n), ycoords = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    xcoords[i] = SIDE + STEP * (i % across) + random.uniform();
    ycoords[i] = SIDE + STEP * Math.floor(i / across) + random.uniform();
  }
  return { xcoords, ycoords };
}

const seconds = (begun: number) => (performance.now() - begun) / 1000;

const PARTS: Readonly<Record<PartName, (...args: string[]) => Promise<Record<string, unknown>>>> = {
  /** The command `train` as it is, until its device runs the first step. `started`: when the process was. */
  async "first-step"(scan, started) {
    const { main } = await import("../../src/app/main.ts");
    const outputDir = await Deno.makeTempDir();
    const marks: Record<string, number> = {};
    const mark = (name: string) => marks[name] ??= (Date.now() - Number(started)) / 1000;
    mark("program");
    let end = (_: unknown) => {};
    const ended = new Promise((resolve) => end = resolve);
    const stderr = (text: string) => {
      if (text.startsWith("device")) mark("device");
      if (text.startsWith("training on")) mark("groups");
    };
    const { run } = WasmDevice.prototype;
    WasmDevice.prototype.run = function (prepared) {
      mark("statistics");
      if (prepared.calls < STEP_CALLS) return run.call(this, prepared);
      mark("seconds");
      end(undefined);
      throw new Error("enough");
    };
    const session = {
      stdout() {},
      stdin: () => new Blob([]).stream(),
      stderr,
      terminal: false,
      columns: 100,
      debug: true,
      program: [],
      onInterrupt: () => () => {},
      exit: (code: number) => Deno.exit(code),
    };
    main(["train", "--train-data-file", scan, "--output-dir", outputDir, "--overwrite"], session);
    await ended;
    await Deno.remove(outputDir, { recursive: true });
    return marks;
  },

  // deno-lint-ignore require-await
  async group() {
    const { xcoords: x, ycoords: y } = scanPositions(1_000_000);
    const begun = performance.now();
    const { count } = makeGroups({ x, y }, { size: 4, neighborCount: 7, seed: 0 });
    return { seconds: seconds(begun), groups: count };
  },

  // deno-lint-ignore require-await
  async place() {
    const n = 100_000, part = 2000;
    const positions = scanPositions(n);
    const random = new Random(2, "patches");
    const patches = Float32Array.from({ length: 2 * SIDE * SIDE * part }, () => random.uniform());
    const probe = Float32Array.from(gaussianProbe({ side: SIDE, photons: 1e5, sigma: 9 }));
    const canvas = new Canvas(canvasExtent(positions, SIDE), probeWeight(probe, SIDE));
    const begun = performance.now();
    for (let i = 0; i < n; i += part) {
      canvas.add(patches, {
        xcoords: positions.xcoords.subarray(i, i + part),
        ycoords: positions.ycoords.subarray(i, i + part),
        phases: new Float64Array(part).fill(0.1),
      });
    }
    canvas.finish();
    return { seconds: seconds(begun), patches: n };
  },

  /** A scan of n patterns: a simulated one, repeated. */
  async make(path, count) {
    const n = Number(count);
    const across = Math.sqrt(BASE), extent = SIDE + 6 * across + 8;
    const arrays = scanArrays(simulateScan({
      side: SIDE,
      positions: rasterPositions({ rows: across, columns: across, step: 6, x0: 34, y0: 34 }),
      probe: gaussianProbe({ side: SIDE, photons: 1e5, sigma: 9 }),
      object: { ...deadLeaves({ height: extent, width: extent, seed: 1 }), x0: 0, y0: 0 },
      seed: 1,
    }));
    const { diffraction, probeGuess } = arrays;
    if (!("data" in diffraction) || !(diffraction.data instanceof Float32Array)) {
      throw new TypeError("no patterns");
    }
    const base = diffraction.data;
    async function* chunks() {
      for (let first = 0; first < n; first += BASE) {
        yield base.subarray(0, Math.min(BASE, n - first) * SIDE * SIDE);
        await Promise.resolve();
      }
    }
    const { xcoords, ycoords } = scanPositions(n);
    await writeNpz(path, {
      diffraction: { dtype: "float32", shape: [n, SIDE, SIDE], chunks: chunks() },
      xcoords: { dtype: "float64", shape: [n], data: xcoords },
      ycoords: { dtype: "float64", shape: [n], data: ycoords },
      probeGuess,
    });
    return { bytes: (await Deno.stat(path)).size };
  },

  /** Sixty-odd steps with a narrow network, so that the data path has the larger share. */
  async train(path) {
    const begun = performance.now();
    await using scan = await openScan(path);
    const opened = seconds(begun);
    const device = await openDevice({ accelerator: "wasm" });
    const values = { model: { gridsize: 2, nFiltersScale: 1 }, training: { nepochs: 1, batchSize: 8 } };
    const config = resolveConfig([{ layer: "program", values }]);
    const controller = new AbortController();
    const at: number[] = [];
    const onProgress = () => {
      at.push(performance.now());
      if (at.length > 48) controller.abort();
    };
    await train(scan, { config, device, onProgress, signal: controller.signal });
    await device.dispose();
    const first = (at[0] - begun) / 1000;
    return { patternsPerSecond: 40 * 32 / ((at[48] - at[8]) / 1000), opened, first };
  },

  async infer(path) {
    await using scan = await openScan(path);
    const device = await openDevice({ accelerator: "wasm" });
    const values = { model: { gridsize: 1, nFiltersScale: 1 }, training: { nepochs: 1, batchSize: 8 } };
    const config = resolveConfig([{ layer: "program", values: { ...values, data: { nSubsample: 64 } } }]);
    const { model }: { model: Model } = await train(scan, { config, device });
    const step = Math.floor(scan.n / 2048);
    const indices = Int32Array.from({ length: 2048 }, (_, i) => i * step);
    using network = await openNetwork(device, { model, patterns: indices.length });
    const { patches, patternsPerSecond } = await predictOrder(scan, { network, order: indices });
    patches[Symbol.dispose]();
    await device.dispose();
    return { patternsPerSecond };
  },

  /** Everything of inference but the network: patches of a smooth object with random constant phases. */
  async stitch(count = "500000") {
    const n = Number(count);
    const positions = scanPositions(n);
    const probe = Float32Array.from(gaussianProbe({ side: SIDE, photons: 1e5, sigma: 9 }));
    using store = openPatchStore({ count: n, side: SIDE });
    const random = new Random(3, "phases");
    const patch = new Float32Array(store.patchLength);
    const begun = performance.now();
    for (let i = 0; i < n; i++) {
      const phase = 2 * Math.PI * random.uniform();
      const re = Math.cos(phase), im = Math.sin(phase);
      for (let k = 0; k < patch.length; k += 2) {
        patch[k] = re;
        patch[k + 1] = im;
      }
      store.write(i, patch);
    }
    const written = seconds(begun);
    const weight = probeWeight(probe, SIDE);
    const sync = await syncPhases(store, { side: SIDE, weight, ...positions });
    const synchronised = seconds(begun);
    const image = await placePatches(store, { side: SIDE, probe, ...positions, phases: sync.phases });
    const { pairs, products, converged } = sync;
    const { width, height } = image;
    return { written, synchronised, placed: seconds(begun), pairs, products, converged, width, height };
  },
};

/** The largest resident set so far, in MiB. */
function peakMiB(): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
  } catch {
    return Math.round(Deno.memoryUsage().rss / 2 ** 20);
  }
}

if (import.meta.main) {
  const [name, ...args] = Deno.args;
  const found = await PARTS[name as PartName](...args);
  console.log(JSON.stringify({ ...found, peakMiB: peakMiB() }));
  Deno.exit(0);
}
