/**
 * Near fields: every rule gives the object back, and a simulated scan goes from file to image by its own geometry.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { SolverConfig } from "../../src/config/solver.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import { simulateToFiles } from "../../src/simulation/files.ts";
import { planSimulation } from "../../src/simulation/plan.ts";
import { solve } from "../../src/solver/solve.ts";
import { objectError, positionError, type ToyOptions, toyScan } from "../support/toy_scan.ts";

const SMALL: ToyOptions = { side: 32, across: 8, step: 3, nearFieldM: 3e-3 };

async function run(
  options: ToyOptions,
  solver: Partial<SolverConfig>,
  seen: (toy: ReturnType<typeof toyScan>) => object = () => ({}),
) {
  const toy = toyScan({ ...SMALL, ...options });
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  try {
    const solution = await solve({ ...toy.scan, ...seen(toy) }, { config: { solver }, device });
    return { toy, solution, error: objectError(solution, toy) };
  } finally {
    await device.dispose();
  }
}

const CASES: readonly Partial<SolverConfig>[] = [
  { algorithm: "ePIE", batchSize: 8, numEpochs: 80 },
  { algorithm: "rPIE", numEpochs: 60 },
  { algorithm: "DM", numEpochs: 60 },
  { algorithm: "RAAR", numEpochs: 250 },
  { algorithm: "LSQML", batchSize: 16, numEpochs: 60 },
  { algorithm: "LSQML", batchSize: 16, numEpochs: 60, noiseModel: "poisson" },
  { algorithm: "ADAM", batchSize: 16, numEpochs: 200 },
  { algorithm: "OSM", numEpochs: 60 },
];

for (const settings of CASES) {
  const name = [settings.algorithm, settings.noiseModel].filter(Boolean).join(", ");
  Deno.test(`${name}: the object of a near field to 3 % from a wrong probe [wasm]`, async () => {
    const { error, solution: { epochs, startError } } = await run({}, settings);
    ok(error < 0.03, `object error ${error}`);
    ok((epochs.at(-1)?.error ?? 1) < 1e-2 * startError, `misfit ${epochs.at(-1)?.error} of ${startError}`);
  });
}

Deno.test("a near field that is taken for a far one fits neither patterns nor object [wasm]", async () => {
  const solver = { batchSize: 16, numEpochs: 60 };
  const near = await run({ nearFieldM: 1e-3 }, solver);
  const far = await run({ nearFieldM: 1e-3 }, solver, () => ({ geometry: undefined }));
  const misfits = [near, far].map(({ solution }) => solution.epochs.at(-1)?.error ?? NaN);
  ok(misfits[1] > 10 * misfits[0], `misfits ${misfits}`);
  ok(far.error > 2 * near.error, `object errors ${near.error} and ${far.error}`);
});

Deno.test("positions come back in a near field [wasm]", async () => {
  const { toy, solution } = await run({ positionErrorPx: 1, nearFieldM: 1e-3 }, {
    batchSize: 16,
    numEpochs: 100,
    positions: true,
  });
  const before = positionError({ positionsPx: toy.scan.positionsPx }, toy),
    after = positionError(solution, toy);
  ok(before > 0.8 && after < 0.15, `${before} to ${after} px`);
});

for (const focusDistance of [null, 0.02]) {
  Deno.test(`a near field goes from simulation to image, focus at ${focusDistance} m [wasm]`, async () => {
    const folder = await Deno.makeTempDir();
    const device = await openDevice({ accelerator: "wasm", threads: 2 });
    try {
      const plan = await planSimulation({
        config: {
          simulation: {
            size: 64,
            propagation: "fresnel",
            pixelSize: 1e-7,
            distance: 5e-3,
            focusDistance,
            probe: "disk",
            defocus: 1e-3,
            positions: 100,
            step: 6,
            dose: "1e7",
          },
        },
      });
      const [{ file }] = await simulateToFiles(plan, { device, file: `${folder}/near.npz` });
      const report = await inspectScan(file);
      deepEqual(report.problems, []);
      equal(report.geometry?.propagation, "fresnel");
      equal(report.geometry?.focusDistanceM, focusDistance ?? undefined);
      await using scan = await openScan(file);
      const { object, probe } = await solve(scan, {
        config: { solver: { algorithm: "LSQML", batchSize: 20, numEpochs: 100 } },
        device,
      });
      const truth = { ...plan.object, data: Float64Array.from(plan.object.data) };
      const { x, y } = plan.truePositions;
      const error = objectError({ object, probe }, {
        scan,
        truth,
        probe: plan.probe,
        positions: { x: Float64Array.from(x), y: Float64Array.from(y) },
        side: 64,
      });
      ok(error < 0.1, `object error ${error}`);
    } finally {
      await device.dispose();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
