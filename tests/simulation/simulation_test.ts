import assert from "node:assert/strict";
import { openDevice } from "../../src/engine/devices/open.ts";
import type { SimulationConfig } from "../../src/config/simulation.ts";
import { ConfigError, OptionError } from "../../src/common/errors.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { toFloat64 } from "../../src/formats/npy/npy_write.ts";
import { Detector } from "../../src/simulation/detector.ts";
import { longestNearFieldM, nearFieldTransfer, openDiffraction } from "../../src/physics/diffraction.ts";
import { gaussianProbe, photonsOf } from "../../src/physics/probes/probes.ts";
import { probeExtent } from "../../src/physics/probes/modes.ts";
import { samplePatch } from "../../src/physics/propagate.ts";
import { disturbPositions, scanPath } from "../../src/simulation/scan_paths.ts";
import { simulateScan } from "../../src/simulation/simulate.ts";
import { simulateToFiles } from "../../src/simulation/files.ts";
import { simulatePatterns } from "../../src/simulation/patterns.ts";
import { planSimulation } from "../../src/simulation/plan.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import { testOnDevices } from "../support/devices.ts";

const near = (a: number, b: number, tolerance: number, what = "") =>
  assert.ok(Math.abs(a - b) <= tolerance, `${what} ${a} and ${b}`);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
/** Nine positions, which make an object of about 80 pixels. */
const SMALL: Partial<SimulationConfig> = { positions: 9, step: 5, seed: 3 };

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function simulate(
  folder: string,
  settings: Partial<SimulationConfig>,
  { threads = 1, name = "scan.npz" } = {},
) {
  const device = await openDevice({ accelerator: "wasm", threads });
  try {
    return await simulateToFiles(await planSimulation({ config: { simulation: settings } }), {
      device,
      file: `${folder}/${name}`,
    });
  } finally {
    await device.dispose();
  }
}

Deno.test("every path has as many positions as asked for, at the density of its step", () => {
  for (const path of ["raster", "jittered", "spiral", "fermat", "random"] as const) {
    const { x: xcoords, y: ycoords } = scanPath({ path, positions: 397, step: 4, seed: 1 });
    assert.equal(xcoords.length, 397);
    assert.equal(ycoords.length, 397);
    // second moments of a square and a disk of 397 steps^2 differ little
    const square = mean(xcoords.map((x, i) => (x - mean(xcoords)) ** 2 + (ycoords[i] - mean(ycoords)) ** 2));
    near(Math.sqrt(square), 4 * Math.sqrt(397 / 6), 2, path);
  }
});

Deno.test("a Fermat spiral and one of Archimedes keep their positions a step apart", () => {
  const fermat = scanPath({ path: "fermat", positions: 50, step: 3 });
  near(Math.hypot(fermat.x[7], fermat.y[7]), 3 * Math.sqrt(7 / Math.PI), 1e-9);
  for (const [path, least] of [["fermat", 0.75], ["spiral", 0.7], ["raster", 1]] as const) {
    const { x, y } = scanPath({ path, positions: 60, step: 3 });
    const distances = Array.from(
      x,
      (_, i) =>
        Math.min(...Array.from(x, (_, k) => k === i ? Infinity : Math.hypot(x[i] - x[k], y[i] - y[k]))),
    );
    assert.ok(Math.min(...distances.slice(2)) > 3 * least - 1e-9, `${path}: ${Math.min(...distances)}`);
    assert.ok(Math.max(...distances) < 3 * 1.2, `${path}: ${Math.max(...distances)}`);
  }
});

Deno.test("position errors have their size along each axis and no mean", () => {
  const path = scanPath({ path: "raster", positions: 2500, step: 5 });
  const moved = disturbPositions(path, { rms: 0.7, seed: 2 });
  for (const axis of ["x", "y"] as const) {
    const errors = moved[axis].map((v, i) => v - path[axis][i]);
    near(mean(errors), 0, 1e-12);
    near(Math.sqrt(mean(errors.map((v) => v * v))), 0.7, 0.03);
  }
});

// the reference device takes 15 s for the 64 patterns that a batch always has
testOnDevices(
  "patterns of the program are those of the forward model",
  { kinds: ["wasm", "webgpu"] },
  async (device) => {
    const plan = await planSimulation({
      config: { simulation: { ...SMALL, poisson: false, probe: "zone-plate", modes: 2, dose: "1e6" } },
    });
    const { object, truePositions: positions, probe, settings: { size: side } } = plan;
    const exact = simulateScan({
      side,
      positions,
      probe,
      object,
      photons: photonsOf(probe) * 1e6,
      noise: false,
    });
    let places = 0;
    for await (const { start, count, counts } of simulatePatterns(plan, { device })) {
      const largest = counts.reduce((most, v) => Math.max(most, v), 0);
      counts.forEach((v, i) => near(v, exact.diffraction[start * side * side + i] ** 2, 2e-6 * largest));
      places += count;
    }
    assert.equal(places, 9);
    near(mean(exact.diffraction.map((v) => v * v)) * side * side, 1e6, 10);
  },
);

testOnDevices("the near field of a Gaussian beam is as wide as it must be", {}, async (device) => {
  const side = 64, sigma = 5, lengths = { wavelengthM: 1e-10, pixelSizeM: 1e-8 };
  const distanceM = 0.5 * longestNearFieldM({ side, ...lengths });
  const rayleigh = 2 * Math.PI * (sigma * 1e-8) ** 2 / 1e-10;
  const flat = Float32Array.from({ length: 2 * side * side }, (_, i) => 1 - i % 2);
  for (const propagation of ["fresnel", "angular-spectrum"] as const) {
    using diffraction = await openDiffraction({
      device,
      side,
      batch: 1,
      probe: gaussianProbe({ side, photons: 100, sigma }),
      transfer: nearFieldTransfer({ side, propagation, ...lengths, distanceM }),
    });
    const intensity = await diffraction.intensities(flat);
    near(intensity.reduce((sum, v) => sum + v, 0), 100, 1e-3);
    const amplitude = Float64Array.from(
      { length: 2 * side * side },
      (_, i) => i % 2 === 0 ? Math.sqrt(intensity[i / 2]) : 0,
    );
    const width = Math.SQRT2 * sigma * Math.sqrt(1 + (distanceM / rayleigh) ** 2);
    near(probeExtent(amplitude, { side }).radius, width, 0.02, propagation);
  }
  const far = { side, propagation: "fresnel", ...lengths, distanceM: 2.1 * distanceM } as const;
  assert.throws(() => nearFieldTransfer(far), /not sampled/);
});

Deno.test("the angular spectrum differs from Fresnel where angles are large, and drops evanescent waves", () => {
  const wide = { side: 16, wavelengthM: 1, pixelSizeM: 1.1, distanceM: 4 };
  const [fresnel, exact] = (["fresnel", "angular-spectrum"] as const).map((propagation) =>
    nearFieldTransfer({ ...wide, propagation })
  );
  const at = (row: number, column: number) => 2 * (row * 16 + column);
  near(Math.hypot(exact[at(8, 8)], exact[at(8, 8) + 1]), 1, 1e-12);
  // one step from the centre: f = 1 / 17.6
  const f2 = (1 / 17.6) ** 2;
  near(Math.atan2(exact[at(8, 9) + 1], exact[at(8, 9)]), 2 * Math.PI * 4 * (Math.sqrt(1 - f2) - 1), 1e-9);
  near(Math.atan2(fresnel[at(8, 9) + 1], fresnel[at(8, 9)]), -Math.PI * 4 * f2, 1e-9);
  const fine = nearFieldTransfer({ ...wide, pixelSizeM: 0.6, distanceM: 1, propagation: "angular-spectrum" });
  assert.equal(fine[at(0, 0)], 0); // f^2 = 2 (0.5 / 0.6)^2 > 1
  assert.notEqual(fine[at(8, 0)], 0);
});

Deno.test("a detector counts whole photons up to its limit, and nothing where it is dead or covered", () => {
  const side = 32, pixels = side * side;
  const expected = new Float64Array(pixels).fill(400);
  const read = (options: object) => {
    const detector = new Detector({ side, ...options });
    return { detector, counts: detector.read(expected, { index: 0 }) };
  };
  const plain = read({}).counts;
  near(mean(plain), 400, 5 * 20 / side);
  near(mean(plain.map((v) => (v - 400) ** 2)), 400, 90);
  const noisy = read({ poisson: false, readoutNoise: 3 }).counts;
  near(Math.sqrt(mean(noisy.map((v) => (v - 400) ** 2))), 3, 0.3);
  const short = read({ bitDepth: 8 });
  assert.ok(short.counts.every((v) => v === 255));
  assert.equal(short.detector.saturated, pixels);
  assert.ok(read({ bitDepth: 12, readoutNoise: 2 }).counts.every((v) => Number.isInteger(v)));
  assert.equal(Math.max(...read({ saturation: 390.5 }).counts), 390.5);
  const { detector, counts } = read({ deadPixels: 0.1, beamstop: 3 });
  assert.equal(counts.filter((v) => v === 0).length, detector.mask.filter((v) => v === 0).length);
  const stop = Array.from({ length: 29 }, (_, k) => counts[(side / 2) * side + side / 2 + (k % 7) - 3]);
  assert.ok(stop.every((v) => v === 0));
  const dead = read({ deadPixels: 0.1 }).detector.mask.filter((v) => v === 0).length;
  assert.equal(dead, Math.round(0.1 * pixels));
  assert.equal(read({}).detector.hasMask, false);
});

Deno.test("a simulated scan opens without a note, with truth and labels that agree", async () => {
  await inFolder(async (folder) => {
    const [{ file, meanCounts }] = await simulate(folder, { ...SMALL, positionError: 0.5, dose: "2e4" });
    near(meanCounts, 2e4, 300);
    const notes: string[] = [];
    await using scan = await openScan(file, { onNote: (line) => notes.push(line) });
    assert.deepEqual(notes, []);
    assert.equal(scan.n, 9);
    assert.equal(scan.pixelSizeM, 1e-8);
    assert.deepEqual(scan.labels, ["label_amp", "label_phase"]);
    assert.deepEqual((await inspectScan(file)).problems, []);
    await using npz = await openNpz(file);
    const read = async (key: string) => toFloat64(await npz.readArray(key));
    const [x, y] = [await read("xcoords_true"), await read("ycoords_true")];
    assert.notDeepEqual(await read("xcoords"), x);
    const { height, width, data } = scan.objectGuess ?? assert.fail("no object");
    const patch = samplePatch({ height, width, data, x0: 0, y0: 0 }, { x: x[4], y: y[4], side: 64 });
    const [amplitude, phase] = [await read("label_amp"), await read("label_phase")];
    for (let p = 0; p < 64 * 64; p++) {
      near(amplitude[4 * 4096 + p], Math.hypot(patch[2 * p], patch[2 * p + 1]), 1e-6);
      near(phase[4 * 4096 + p], Math.atan2(patch[2 * p + 1], patch[2 * p]), 1e-5);
    }
    // the probe holds the light that falls on the object
    let expected = 0;
    for (let i = 0; i < 9; i++) {
      samplePatch({ height, width, data, x0: 0, y0: 0 }, { x: x[i], y: y[i], side: 64 }, patch);
      for (let p = 0; p < 4096; p++) {
        expected += (scan.probe.data[2 * p] ** 2 + scan.probe.data[2 * p + 1] ** 2) *
          (patch[2 * p] ** 2 + patch[2 * p + 1] ** 2) / 9;
      }
    }
    near(expected, 2e4, 1);
  });
});

Deno.test("the same settings give the same bytes, whatever the threads; another seed gives others", async () => {
  await inFolder(async (folder) => {
    const settings = { ...SMALL, positions: 70, step: 3, readoutNoise: 1, labels: false };
    const bytes = async (name: string, changes: Partial<SimulationConfig>, threads: number) => {
      const [{ file }] = await simulate(folder, { ...settings, ...changes }, { threads, name });
      return await Deno.readFile(file);
    };
    const one = await bytes("a.npz", {}, 1);
    assert.deepEqual(await bytes("b.npz", {}, 2), one);
    assert.notDeepEqual(await bytes("c.npz", { seed: 4 }, 1), one);
  });
});

Deno.test("halves by y share no position, and hold the patterns of the whole scan", async () => {
  await inFolder(async (folder) => {
    const settings = { ...SMALL, labels: false };
    const [whole] = await simulate(folder, settings);
    const halves = await simulate(folder, { ...settings, split: "y" });
    assert.deepEqual(halves.map(({ part, patterns }) => `${part} ${patterns}`), ["train 5", "test 4"]);
    await using scan = await openScan(whole.file);
    const found: number[] = [];
    let top = -Infinity;
    for (const { file } of halves) {
      await using half = await openScan(file);
      const { x, y } = half.positionsPx;
      assert.ok(Math.min(...y) >= top);
      top = Math.max(...y);
      for (let i = 0; i < half.n; i++) {
        const index = Array.from(scan.positionsPx.x).findIndex((v, k) =>
          v === x[i] && scan.positionsPx.y[k] === y[i]
        );
        found.push(index);
        assert.deepEqual(await half.readCounts([i]), await scan.readCounts([index]));
      }
    }
    assert.deepEqual(found.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

Deno.test("a series of doses has a file each, with noise of its own and the probe at its brightness", async () => {
  await inFolder(async (folder) => {
    const written = await simulate(folder, { ...SMALL, dose: "1e3,2.5e4", labels: false });
    const names = written.map(({ file }) => file.slice(folder.length + 1));
    assert.deepEqual(names, ["scan_dose1e3.npz", "scan_dose2.5e4.npz"]);
    const photons: number[] = [];
    for (const { file, dose, meanCounts } of written) {
      near(meanCounts / dose, 1, 0.05);
      await using scan = await openScan(file);
      photons.push(scan.probe.data.reduce((sum, v) => sum + v * v, 0));
    }
    near(photons[1] / photons[0], 25, 1e-4);
    // alone, a dose gives the same file
    const [alone] = await simulate(folder, { ...SMALL, dose: "25000", labels: false }, { name: "alone.npz" });
    await using a = await openScan(alone.file);
    await using b = await openScan(written[1].file);
    assert.deepEqual(await a.readCounts([0, 8]), await b.readCounts([0, 8]));
  });
});

Deno.test("a detector with a bit depth gives integer counts, and bad pixels a mask", async () => {
  await inFolder(async (folder) => {
    for (const [bitDepth, dtype] of [[6, "uint8"], [12, "uint16"], [20, "uint32"]] as const) {
      const name = `${bitDepth}.npz`;
      const settings = { ...SMALL, bitDepth, deadPixels: 0.01, beamstop: 2, labels: false };
      const [{ file, maxCounts, saturatedPixels }] = await simulate(folder, settings, { name });
      await using npz = await openNpz(file);
      assert.equal(npz.entry("diffraction").dtype, dtype);
      assert.ok(maxCounts <= 2 ** bitDepth - 1);
      assert.equal(saturatedPixels > 0, bitDepth === 6);
      const mask = toFloat64(await npz.readArray("mask"));
      assert.ok(mask[32 * 64 + 32] === 0 && mask.filter((v) => v === 0).length >= 41);
      await using scan = await openScan(file);
      assert.equal(scan.measurement, "counts");
      const counts = await scan.readCounts([0]);
      assert.ok(mask.every((v, p) => v === 1 || counts[p] === 0));
    }
  });
});

Deno.test("an interrupted simulation leaves nothing behind", async () => {
  await inFolder(async (folder) => {
    const controller = new AbortController();
    const plan = await planSimulation({ config: { simulation: { ...SMALL, positions: 150, step: 2 } } });
    const device = await openDevice({ accelerator: "wasm", threads: 1 });
    const onProgress = ({ done }: { done: number }) => done >= 64 && controller.abort(new Error("stop"));
    const options = { device, file: `${folder}/scan.npz`, signal: controller.signal, onProgress };
    await assert.rejects(simulateToFiles(plan, options), /stop/);
    assert.equal(device.liveBytes, 0);
    await device.dispose();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("lengths that are left out follow from the others", async () => {
  const lengthsOf = async (settings: Partial<SimulationConfig>) =>
    (await planSimulation({ config: { simulation: { ...SMALL, ...settings } } })).geometry;
  const plain = await lengthsOf({});
  near(plain.distanceM, 1e-8 * 64 * 75e-6 / 1e-10, 1e-12);
  near((await lengthsOf({ distance: 1 })).pixelSizeM, 1e-10 / (64 * 75e-6), 1e-20);
  near((await lengthsOf({ distance: 1, pixelSize: 2e-8 })).detectorPixelM, 1e-10 / (64 * 2e-8), 1e-15);
  near((await lengthsOf({ propagation: "fresnel" })).distanceM, 64e-16 / 4e-10, 1e-15);
});

Deno.test("overlap and step say the same: 1 - step / diameter of the probe", async () => {
  const plan = await planSimulation({
    config: { simulation: { ...SMALL, probe: "disk", probeRadius: 12, step: null, overlap: 0.6 } },
  });
  near(plan.stepPx, 0.4 * 2 * probeExtent(plan.probe, { side: 64 }).radius, 1e-9);
  near(plan.stepPx, 9.6, 0.2);
});

Deno.test("settings that cannot work are refused in one line", async () => {
  const refused: readonly (readonly [Partial<SimulationConfig>, RegExp])[] = [
    [{ dose: "1e4,x" }, /^dose: found x/],
    [{ dose: "1e4,10000" }, /^dose: found 10000 twice/],
    [{ dose: "-1" }, /^dose: found -1/],
    [{ step: 4, overlap: 0.5 }, /^overlap: found 0.5 besides a step of 4 pixels/],
    [{ amplitudeMin: 0.9, amplitudeMax: 0.5 }, /^amplitudeMin: found 0.9, expected at most 0.5/],
    [{ phaseMin: 1, phaseMax: 0 }, /^phaseMin/],
    [{ amplitudeMin: 0, amplitudeMax: 0 }, /^amplitudeMax: .*no light/],
    [{ object: "image" }, /^objectFile: found none/],
    [{ probe: "file" }, /^probeFile: found none/],
    [{ probe: "disk", probeRadius: 40 }, /^probeRadius: found 40 pixels, expected at most 32/],
    [{ size: 97 }, /^size: found 97/],
    [{ objectSize: 70 }, /^objectSize: found 70/],
    [{ positions: 100_000_000, step: 10 }, /^positions: .*8192/],
    [{ outermostZone: 1e-9 }, /^outermostZone/],
    [{ defocus: 1 }, /^defocus: found 1 m/],
    [{ centralStop: 1 }, /^centralStop/],
    [{ aberrations: "5=1" }, /^aberrations: found 5=1/],
    [{ aberrations: "4:0.1," }, /^aberrations: found nothing/],
    [{ distance: 1, pixelSize: 1e-8, detectorPixel: 1e-4 }, /^distance: found 1 m/],
    [{ propagation: "fresnel", distance: 1 }, /^distance: found 1 m.*near field/],
    [{ propagation: "fresnel", pixelSize: 1e-8, detectorPixel: 1e-4 }, /^detectorPixel/],
    [{ beamstop: 100 }, /^beamstop/],
    [{ split: "y", positions: 1 }, /^split/],
  ];
  for (const [settings, words] of refused) {
    await assert.rejects(
      planSimulation({ config: { simulation: { ...SMALL, ...settings } } }),
      (error: Error) => {
        assert.ok(error instanceof OptionError, `${JSON.stringify(settings)}: ${error.stack}`);
        assert.match(error.message, words);
        return !error.message.includes("\n");
      },
    );
  }
  await assert.rejects(planSimulation({ config: { simulation: { modeDecay: 2 } } }), ConfigError);
});

Deno.test("an option or a setting that the simulation does not know is refused with the nearest name", async () => {
  const option: object = { confg: {} };
  await assert.rejects(planSimulation(option), /planSimulation does not know.*did you mean config\?/);
  const config: Record<string, unknown> = { simulation: { postions: 3 } };
  await assert.rejects(planSimulation({ config }), {
    name: "ConfigError",
    message: "unknown setting simulation.postions; did you mean positions?",
  });
  const plan = await planSimulation({ config: { simulation: { positions: 3, step: 4 } } });
  const device = await openDevice({ accelerator: "reference" });
  const options = { device, file: "never.npz", overwite: true };
  await assert.rejects(
    simulateToFiles(plan, options),
    /simulateToFiles does not know.*did you mean overwrite\?/,
  );
  await device.dispose();
});
