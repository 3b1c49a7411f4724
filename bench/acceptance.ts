/**
 * Trains on the real Siemens star and on a simulated disk, and prints the scores against the references.
 *
 * usage: deno run -A bench/acceptance.ts FOLDER [CASE ...]
 *   FOLDER holds siemens_star_64.npz, siemens_star_64_iterative.npz and the 128 ones; runs and pictures go to
 *   ./acceptance/CASE. Cases: gs2, gs1, half, n128, disk; all by default.
 */
import { resolveConfig } from "../src/config/resolve.ts";
import type { PartialConfig } from "../src/config/schema.ts";
import { openDevice } from "../src/device/open.ts";
import { encodeNpz } from "../src/io/npz_write.ts";
import { openNpz } from "../src/io/npz.ts";
import { sideBySide } from "../src/io/panels.ts";
import { renderAmplitude, renderPhase, writePng } from "../src/io/png.ts";
import { compareObjects, scoreObject } from "../src/metrics/score.ts";
import type { PlacedImage } from "../src/optics/image.ts";
import { scanArrays } from "../src/optics/scan_file.ts";
import { openScan } from "../src/scan/scan.ts";
import type { Scan } from "../src/scan/types.ts";
import { reconstruct } from "../src/stitch/reconstruct.ts";
import { trainToFolder } from "../src/train/folder.ts";
import { meanMisfit } from "../src/train/misfit.ts";
import { diskScan } from "../tests/support/disk_scan.ts";

interface Case {
  readonly values: PartialConfig;
  /** Of the star; undefined for the disk. */
  readonly size?: 64 | 128;
  /** Train on every second pattern alone. */
  readonly half?: boolean;
}

const groups = (nepochs: number): PartialConfig => ({
  model: { gridsize: 2 },
  training: { nepochs, batchSize: 4 },
});

const CASES: Readonly<Record<string, Case>> = {
  gs2: { values: groups(3), size: 64 },
  gs1: { values: { model: { gridsize: 1 }, training: { nepochs: 6, batchSize: 8 } }, size: 64 },
  half: { values: groups(6), size: 64, half: true },
  n128: { values: groups(3), size: 128 },
  disk: { values: groups(3) },
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

async function runCase(name: string, folder: string): Promise<void> {
  const { values, size, half } = CASES[name];
  const disk = size ? undefined : diskScan();
  const file = `${folder}/siemens_star_${size}`;
  await using scan = disk ? await openScan(await encodeNpz(scanArrays(disk))) : await openScan(`${file}.npz`);
  const reference = disk ? disk.object : await readReference(`${file}_iterative.npz`);
  const device = await openDevice({ accelerator: "wasm" });
  const log = (line: string) => console.error(`${name}: ${line}`);
  const logger = { debug: log, info: log, warn: log, error: log };
  try {
    await using trainingScan = half ? await everySecond(`${file}.npz`) : undefined;
    const config = resolveConfig([{ layer: "program", values }]);
    const outputDir = `acceptance/${name}`;
    const options = { config, device, logger, outputDir, overwrite: true };
    const { model, patternsPerSecond } = await trainToFolder(trainingScan ?? scan, options);
    const { x: xcoords, y: ycoords } = scan.positionsPx;
    const positions = { xcoords, ycoords };
    const row: Record<string, number> = {
      misfit: await meanMisfit(scan, { model, device }),
      patternsPerSecond,
    };
    for (const phaseSync of [true, false]) {
      const image = await reconstruct(scan, { model, device, phaseSync });
      const score = scoreObject(image, reference, { positions });
      const suffix = phaseSync ? "" : "_without_sync";
      row[`phase_ssim_global${suffix}`] = score.phaseSsimGlobal;
      row[`phase_ssim_7x7${suffix}`] = score.phaseSsim;
      row[`phase_error_rad${suffix}`] = score.phaseMae;
      row[`amplitude_ssim_global${suffix}`] = score.amplitudeSsimGlobal;
      row[`amplitude_ssim_7x7${suffix}`] = score.amplitudeSsim;
      if (!phaseSync) continue;
      const { phase, referencePhase, amplitude, referenceAmplitude } = compareObjects(image, reference, {
        positions,
      });
      const panels = [
        { image: renderPhase(referencePhase), caption: "phase, reference", unit: "rad" },
        { image: renderPhase(phase), caption: "phase, network", unit: "rad" },
        { image: renderAmplitude(referenceAmplitude), caption: "amplitude, reference" },
        { image: renderAmplitude(amplitude), caption: "amplitude, network" },
      ];
      await writePng(`${outputDir}/comparison.png`, sideBySide(panels, { columns: 2 }));
    }
    console.log(JSON.stringify({ case: name, ...row }));
  } finally {
    await device.dispose();
  }
}

const [folder, ...names] = Deno.args;
for (const name of names.length > 0 ? names : Object.keys(CASES)) await runCase(name, folder);
