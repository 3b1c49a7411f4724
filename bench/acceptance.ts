/**
 * Trains on the real Siemens star and on a simulated disk, and prints the scores against the references.
 *
 * usage: deno run -A bench/acceptance.ts FOLDER [CASE ...]
 *   FOLDER holds siemens_star_64.npz, siemens_star_64_iterative.npz and the 128 ones; runs and pictures go to
 *   ./acceptance/CASE. Cases: gs2, gs3, gs1, half, n128, disk, probe, raw (a wrong probe, refined by a solver first),
 *   rawFixed (the same probe as it is); all by default.
 */
import type { PartialConfig } from "../src/config/schema.ts";
import { resolveConfig } from "../src/config/resolve.ts";

import { openDevice } from "../src/engine/devices/open.ts";
import { encodeNpz } from "../src/formats/npy/npz_write.ts";
import { openNpz } from "../src/formats/npy/npz.ts";

import { figure, renderAmplitude, renderPhase, scaleOf, writePng } from "../src/pictures/mod.ts";

import { compareObjects, scoreObject } from "../src/comparison/score.ts";
import { Fft2, frequency } from "../src/numeric/fft2.ts";
import type { Floats, PlacedImage } from "../src/numeric/image.ts";
import { Random } from "../src/numeric/random.ts";

import { photonsOf } from "../src/physics/probes/probes.ts";
import { scanArrays } from "../src/simulation/scan_file.ts";

import { openScan } from "../src/scan/scan.ts";
import type { Scan } from "../src/scan/types.ts";

import { meanMisfit } from "../tests/support/mean_misfit.ts";
import { modelForScan } from "../src/network/model/scan_statistics.ts";
import { reconstruct } from "../src/network/inference/reconstruct.ts";
import { trainToFolder } from "../src/network/training/run/folder.ts";

import { diskScan } from "../tests/support/disk_scan.ts";

interface Case {
  readonly values: PartialConfig;
  /** Of the star; undefined for the disk. */
  readonly size?: 64 | 128;
  /** Train on every second pattern alone. */
  readonly half?: boolean;
  /** Start from a probe with so much smooth complex noise added, in parts of its norm. */
  readonly disturbed?: number;
  /** Another probe of the file. */
  readonly probeKey?: string;
}

const groups = (nepochs: number, gridsize = 2): PartialConfig => ({
  model: { gridsize },
  training: { nepochs, batchSize: 4 },
});

const CASES: Readonly<Record<string, Case>> = {
  gs2: { values: groups(3), size: 64 },
  gs3: { values: groups(3, 3), size: 64 },
  gs1: { values: { model: { gridsize: 1 }, training: { nepochs: 6, batchSize: 8 } }, size: 64 },
  half: { values: groups(6), size: 64, half: true },
  n128: { values: { model: { gridsize: 2 }, training: { nepochs: 12, batchSize: 1 } }, size: 128 },
  disk: { values: groups(3) },
  probe: {
    values: {
      model: { gridsize: 2, probeTrainable: true },
      training: { nepochs: 3, batchSize: 4, probeRefine: 0 },
    },
    size: 64,
    disturbed: 0.1,
  },
  raw: { values: groups(3), size: 64, probeKey: "probeGuessRaw" },
  rawFixed: {
    values: { model: { gridsize: 2 }, training: { nepochs: 3, batchSize: 4, probeRefine: 0 } },
    size: 64,
    probeKey: "probeGuessRaw",
  },
};

async function readReference(path: string): Promise<PlacedImage> {
  await using npz = await openNpz(path);
  const { shape: [height, width], data } = await npz.readArray("object");
  return { height, width, data: Float64Array.from(data as Float32Array), x0: 0, y0: 0 };
}

/** Every second pattern of a scan, as a scan of its own. */
async function everySecond(path: string): Promise<Scan> {
  await using npz = await openNpz(path);
  const arrays = Object.fromEntries(
    await Promise.all(["diffraction", "xcoords", "ycoords", "probeGuess"].map(async (key) => {
      if (key === "probeGuess") return [key, await npz.readArray(key)];
      const rows = npz.entry(key).shape[0];
      return [
        key,
        await npz.readRows(key, Int32Array.from({ length: Math.ceil(rows / 2) }, (_, i) => 2 * i)),
      ];
    })),
  );
  return await openScan(await encodeNpz(arrays), { name: `${path} (every second pattern)` });
}

/** Correlation length of the noise on a disturbed probe, in pixels. */
const SMOOTH = 4;

/** A scan whose probe has smooth complex noise of `part` of its norm added, all over the window. */
async function withDisturbedProbe(path: string, part: number): Promise<Scan> {
  await using npz = await openNpz(path);
  const keys = ["diffraction", "xcoords", "ycoords", "probeGuess"];
  const arrays = Object.fromEntries(
    await Promise.all(keys.map(async (key) => [key, await npz.readArray(key)] as const)),
  );
  const probe = arrays.probeGuess.data as Float32Array;
  const side = Math.sqrt(probe.length / 2);
  const noise = smoothNoise(side);
  const norm = (values: Floats) => Math.sqrt(photonsOf(values));
  const factor = part * norm(probe) / norm(noise);
  const data = probe.map((value, i) => value + factor * noise[i]);
  const disturbed = { ...arrays, probeGuess: { ...arrays.probeGuess, data } };
  return await openScan(await encodeNpz(disturbed), { name: `${path} (disturbed probe)` });
}

/** White complex noise after a Gaussian low-pass, periodic. */
function smoothNoise(side: number): Float64Array {
  const random = new Random(1, "disturbed probe");
  const wave = Float64Array.from({ length: 2 * side * side }, () => random.normal());
  const fft = new Fft2(side, side);
  fft.forward(wave);
  for (let i = 0; i < side * side; i++) {
    const [u, v] = [frequency(Math.floor(i / side), side), frequency(i % side, side)];
    const pass = Math.exp(-2 * (Math.PI * SMOOTH) ** 2 * (u * u + v * v));
    wave[2 * i] *= pass;
    wave[2 * i + 1] *= pass;
  }
  fft.inverse(wave);
  return wave;
}

async function runCase(name: string, folder: string): Promise<void> {
  const { values, size, half, disturbed, probeKey } = CASES[name];
  const disk = size ? undefined : diskScan();
  const file = `${folder}/siemens_star_${size}`;
  await using scan = disk
    ? await openScan(await encodeNpz(scanArrays(disk)))
    : disturbed
    ? await withDisturbedProbe(`${file}.npz`, disturbed)
    : await openScan(`${file}.npz`, { probeKey });
  const reference = disk ? disk.object : await readReference(`${file}_iterative.npz`);
  const device = await openDevice({ accelerator: "wasm" });
  const log = (line: string) => console.error(`${name}: ${line}`);
  const logger = { debug: log, info: log, warn: log, error: log };
  try {
    await using trainingScan = half ? await everySecond(`${file}.npz`) : undefined;
    const config = resolveConfig([{ layer: "program", values }]);
    const outputDir = `acceptance/${name}`;
    const options = { config, device, logger, outputDir, overwrite: true };
    const trained = await trainToFolder(trainingScan ?? scan, options);
    const { patternsPerSecond } = trained;
    const model = await modelForScan(scan, { model: trained.model, device });
    const { x: xcoords, y: ycoords } = scan.positionsPx;
    const positions = { xcoords, ycoords };
    const row: Record<string, number> = {
      misfit: await meanMisfit(scan, { model, device }),
      patternsPerSecond,
    };
    for (const phaseSync of [true, false]) {
      const image = await reconstruct(scan, {
        model,
        device,
        config: { inference: { phaseSync, quality: false } },
      });
      const score = scoreObject(image, reference, { positions });
      const suffix = phaseSync ? "" : "_without_sync";
      row[`phase_ssim${suffix}`] = score.phaseSsim;
      row[`phase_error_rad${suffix}`] = score.phaseMae;
      row[`amplitude_ssim${suffix}`] = score.amplitudeSsim;
      if (!phaseSync) continue;
      const { phase, referencePhase, amplitude, referenceAmplitude } = compareObjects(image, reference, {
        positions,
      });
      const [truth, level] = [renderPhase(referencePhase), renderAmplitude(referenceAmplitude)];
      const [ofPhase, ofAmplitude] = [{ label: "phase (rad)" }, { label: "amplitude" }];
      const panels = [
        { image: truth, title: "Phase, reference", ...ofPhase },
        { image: renderPhase(phase, { limits: truth.limits }), title: "Phase, network", ...ofPhase },
        { image: level, title: "Amplitude, reference", ...ofAmplitude },
        {
          image: renderAmplitude(amplitude, { limits: level.limits }),
          title: "Amplitude, network",
          ...ofAmplitude,
        },
      ].map((panel) => ({ ...panel, scale: scaleOf(undefined) }));
      await writePng(`${outputDir}/comparison.png`, await figure(panels, { columns: 2 }));
    }
    console.log(JSON.stringify({ case: name, ...row }));
  } finally {
    await device.dispose();
  }
}

const [folder, ...names] = Deno.args;
for (const name of names.length > 0 ? names : Object.keys(CASES)) await runCase(name, folder);
