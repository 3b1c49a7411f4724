/**
 * Ordered subsets against LSQML: SSIM of phase and amplitude over seconds on one thread, from a transparent object.
 *
 * usage: deno run -A bench/ordered_subsets.ts star FOLDER [SIZE]   the real Siemens star, 64 or 128
 *        deno run -A bench/ordered_subsets.ts simulated            dead leaves at several doses and steps, a wrong probe
 */
import { openDevice } from "../src/engine/devices/open.ts";
import { readObjectFile } from "../src/image/object_file.ts";
import { scoreObject, type ScoreOptions } from "../src/comparison/score.ts";
import type { PlacedImage } from "../src/numeric/image.ts";
import type { SolverConfig } from "../src/config/solver.ts";
import { openScan } from "../src/scan/scan.ts";
import type { Scan } from "../src/scan/types.ts";
import { solve } from "../src/solver/solve.ts";
import { type ToyOptions, toyScan } from "../tests/support/toy_scan.ts";

type Settings = Partial<SolverConfig>;

const RULES: readonly [string, Settings][] = [
  ["OSM", { algorithm: "OSM", numEpochs: 24 }],
  ["OSM, probe held", { algorithm: "OSM", numEpochs: 24, probe: false }],
  ["LSQML", { algorithm: "LSQML", numEpochs: 24 }],
];
const SHOWN = [2, 4, 8, 12, 16, 24];

interface Reference {
  readonly object: PlacedImage;
  readonly score: ScoreOptions;
}

/** Runs each rule and prints its scores after some epochs. */
async function compareRules(scan: Scan, { object, score }: Reference): Promise<void> {
  const device = await openDevice({ accelerator: "wasm", threads: 1 });
  for (const [name, settings] of RULES) {
    let seconds = 0;
    const shown: string[] = [];
    await solve(scan, {
      config: { solver: settings },
      device,
      onEpoch: async (report, state) => {
        seconds += report.seconds;
        if (!SHOWN.includes(report.epoch)) return;
        const { phaseSsim, amplitudeSsim } = scoreObject((await state()).object, object, score);
        const ssim = `${phaseSsim.toFixed(3)}/${amplitudeSsim.toFixed(3)}`;
        shown.push(`${report.epoch}: ${seconds.toFixed(2)} s ${ssim} ${report.relativeError.toFixed(5)}`);
      },
    });
    console.log(`${name.padEnd(18)} ${shown.join("  ")}`);
  }
  await device.dispose();
}

async function star(folder: string, size: string): Promise<void> {
  await using scan = await openScan(`${folder}/siemens_star_${size}.npz`);
  const { object } = await readObjectFile(`${folder}/siemens_star_${size}_iterative.npz`);
  const { x: xcoords, y: ycoords } = scan.positionsPx;
  await compareRules(scan, { object, score: { positions: { xcoords, ycoords } } });
}

const TOYS: readonly [string, ToyOptions][] = [
  ["exact, step 4", { side: 64, across: 14, step: 4 }],
  ["1e6 photons, step 4", { side: 64, across: 14, step: 4, photons: 1e6 }],
  ["1e5 photons, step 4", { side: 64, across: 14, step: 4, photons: 1e5 }],
  ["1e4 photons, step 4", { side: 64, across: 14, step: 4, photons: 1e4 }],
  ["1e3 photons, step 4", { side: 64, across: 14, step: 4, photons: 1e3 }],
  ["1e5 photons, step 8", { side: 64, across: 14, step: 8, photons: 1e5 }],
  ["1e5 photons, step 2", { side: 64, across: 14, step: 2, photons: 1e5 }],
];

async function simulated(): Promise<void> {
  for (const [name, options] of TOYS) {
    const { scan, truth, positions } = toyScan(options);
    console.log(name);
    const score = { positions: { xcoords: positions.x, ycoords: positions.y } };
    await compareRules(scan, { object: { ...truth, x0: 0, y0: 0 }, score });
  }
}

const [mode, folder = "", size = "64"] = Deno.args;
if (mode === "star") await star(folder, size);
else await simulated();
