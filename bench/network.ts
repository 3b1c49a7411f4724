/**
 * The network over the image beside the solvers, on scans that nothing was chosen on: phase SSIM by 2 pi and by the range
 * of the truth, amplitude SSIM, mean phase error, seconds.
 *
 * deno run -A bench/network.ts [words of names...]
 *
 * @module
 */
import { compareObjects, scoreObject } from "../src/comparison/mod.ts";
import { ssim } from "../src/comparison/ssim.ts";
import type { PartialConfig } from "../src/config/mod.ts";
import { type AnyDevice, openDevice } from "../src/engine/mod.ts";
import { readObjectFile } from "../src/image/mod.ts";
import { reconstructImage, shippedImageNetwork } from "../src/network/mod.ts";
import { syntheticScan } from "../src/network/image/pretraining/scans.ts";
import type { PlacedImage } from "../src/numeric/mod.ts";
import { openScan, type Scan } from "../src/scan/mod.ts";
import { solve } from "../src/solver/mod.ts";

type Simulation = NonNullable<PartialConfig["simulation"]>;

const BASE: Simulation = {
  amplitudeMin: 0.5,
  phaseMin: -0.5,
  phaseMax: 0.5,
  probe: "zone-plate",
  step: 6,
  positions: 144,
  size: 64,
  labels: false,
};

/** Simulated scans by name; their seeds are far from those of the pretraining. */
const SETS: Readonly<Record<string, Simulation>> = {
  ...Object.fromEntries(
    [1e2, 1e3, 1e4, 1e5, 1e6].flatMap((dose) => [
      [`random field, ${dose.toExponential(0)} photons`, {
        object: "random-field",
        dose: String(dose),
        seed: 71,
      }],
      [`cells, ${dose.toExponential(0)} photons`, { object: "cells", dose: String(dose), seed: 72 }],
    ]),
  ),
  ...Object.fromEntries(
    [4, 10, 16, 20].map((
      step,
    ) => [`leaves, step ${step} px`, { object: "dead-leaves", step, dose: "1e5", seed: 73 }]),
  ),
  "weak cells": { object: "cells", amplitudeMin: 0.95, phaseMin: -0.1, phaseMax: 0.1, dose: "1e4", seed: 74 },
  "opaque lines": { object: "lines", amplitudeMin: 0.05, dose: "1e5", seed: 75 },
  "strong smooth phase": {
    object: "random-field",
    phaseMin: -4.5,
    phaseMax: 4.5,
    featureSize: 25,
    dose: "1e6",
    seed: 76,
  },
  "single shot": { object: "cells", step: 24, dose: "1e5", seed: 77 },
  "Gaussian probe": { object: "siemens-star", probe: "gaussian", probeRadius: 8, dose: "1e5", seed: 78 },
};

/** Scores of one image: phase by 2 pi, phase by the truth's range, amplitude, phase error. */
function scores(image: PlacedImage, truth: PlacedImage, { positionsPx: { x, y } }: Scan): string {
  const options = { positions: { xcoords: x, ycoords: y } };
  const { phaseSsim, amplitudeSsim, phaseMae } = scoreObject(image, truth, options);
  const { phase, referencePhase } = compareObjects(image, truth, options);
  let [low, high] = [Infinity, -Infinity];
  for (const value of referencePhase.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const own = ssim(phase, referencePhase, { dataRange: high - low });
  return `${[phaseSsim, own, amplitudeSsim].map((v) => v.toFixed(3)).join(" / ")} (${phaseMae.toFixed(3)})`;
}

const device = await openDevice({ accelerator: "wasm", threads: 1 });
const { weights } = await shippedImageNetwork();

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const begun = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - begun) / 1000 };
}

/** LSQML for as long as the image took, and for 50 epochs. */
async function lsqml(
  scan: Scan,
  on: AnyDevice,
  seconds: number,
): Promise<{ equal: PlacedImage; epochs: number; full: PlacedImage }> {
  const begun = performance.now();
  let equal: PlacedImage | undefined, epochs = 0;
  const full = await solve(scan, {
    device: on,
    config: { solver: { algorithm: "LSQML", numEpochs: 50 } },
    onEpoch: async ({ epoch }, state) => {
      if (equal || (performance.now() - begun) / 1000 < seconds && epoch < 50) return;
      equal = (await state()).object;
      epochs = epoch;
    },
  });
  return { equal: equal ?? full.object, epochs, full: full.object };
}

async function row(name: string, scan: Scan, truth: PlacedImage): Promise<void> {
  const image = await timed(() => reconstructImage(scan, { device, weights }));
  const subsets = await timed(() =>
    solve(scan, { device, config: { solver: { algorithm: "OSM", numEpochs: 25, leftOut: 0.06 } } })
  );
  const { result, seconds } = image;
  const { equal, epochs, full } = await lsqml(scan, device, seconds);
  const flat = { ...result, data: result.data.map((_, i) => 1 - i % 2) };
  const network = { ...result, data: result.smooth ?? result.data };
  const of = (one: PlacedImage) => scores(one, truth, scan);
  console.log(
    `| ${name} | ${of(flat)} | ${of(equal)} ${epochs} epochs | ${of(full)} | ${of(subsets.result.object)} ${
      subsets.seconds.toFixed(1)
    } s | ${of(network)} | ${of(result)} ${result.chosen} | ${seconds.toFixed(1)} |`,
  );
}

console.log(
  "| scan | flat | LSQML, equal time | LSQML 50 | OSM, left-out patterns end it | network's image | written | s |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
const wanted = (name: string) => Deno.args.length === 0 || Deno.args.some((word) => name.includes(word));
for (const side of [64, 128]) {
  if (!wanted(`star ${side}`)) continue;
  await using scan = await openScan(`../shared/data/siemens_star_${side}.npz`);
  const { object } = await readObjectFile(`../shared/data/siemens_star_${side}_iterative.npz`);
  await row(`star ${side}`, scan, object);
}
for (const [name, settings] of Object.entries(SETS)) {
  if (!wanted(name)) continue;
  await using made = await syntheticScan({ ...BASE, ...settings }, { device });
  await row(name, made.scan, made.truth);
}
await device.dispose();
