/**
 * `algorithm: auto`: what it chooses on scans that differ in one thing, and that set values stay.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { SolverConfig } from "../../src/config/solver.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import { chooseSettings, solve } from "../../src/solver/solve.ts";
import { objectError, type ToyOptions, toyScan } from "../support/toy_scan.ts";

const SMALL: ToyOptions = { side: 32, across: 10, step: 3 };

/** The settings that are chosen on a toy, with their reasons from the log. */
async function choose(options: ToyOptions, solver: Partial<SolverConfig> = {}) {
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const logger = { debug: () => {}, info: log, warn: log, error: log };
  try {
    const { scan } = toyScan({ ...SMALL, ...options });
    const config = { solver: { algorithm: "auto", ...solver } } as const;
    const { values, provenance } = await chooseSettings(scan, { device, config, logger });
    return { chosen: values.solver, provenance, lines };
  } finally {
    await device.dispose();
  }
}

Deno.test("auto takes ordered subsets, and leaves good positions and one mode as they are [wasm]", async () => {
  const { chosen, provenance, lines } = await choose({});
  const { algorithm, numEpochs, batchSize, positions, probeModes } = chosen;
  deepEqual({ algorithm, numEpochs, batchSize, positions, probeModes }, {
    algorithm: "OSM",
    numEpochs: 50,
    batchSize: 64,
    positions: false,
    probeModes: 1,
  });
  match(provenance["solver.algorithm"].source ?? "", /^auto: 100 patterns overlap by \d+ %/);
  ok(
    lines.some((line) => /^auto: positions false: correcting them .* misfit by \d+ %/.test(line)),
    `${lines}`,
  );
});

Deno.test("auto corrects wrong positions [wasm]", async () => {
  const { chosen } = await choose({ positionErrorPx: 1 });
  equal(chosen.positions, true);
});

Deno.test("auto finds a second mode [wasm]", async () => {
  const { chosen } = await choose({ modes: 2 });
  equal(chosen.probeModes, 2);
});

Deno.test("auto takes LSQML where patterns are few or overlap much [wasm]", async () => {
  equal((await choose({ across: 5 })).chosen.algorithm, "LSQML");
  equal((await choose({ step: 0.5 })).chosen.algorithm, "LSQML");
});

Deno.test("auto leaves alone what is set, and its settings solve the scan with reasons on record [wasm]", async () => {
  const { chosen } = await choose({ modes: 2 }, { probeModes: 1, positions: true, numEpochs: 7 });
  deepEqual([chosen.probeModes, chosen.positions, chosen.numEpochs], [1, true, 7]);
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  const toy = toyScan(SMALL);
  const solution = await solve(toy.scan, { device, config: { solver: { algorithm: "auto" } } });
  await device.dispose();
  equal(solution.algorithm, "OSM");
  ok(Object.keys(solution.reasons).includes("positions"));
  ok(objectError(solution, toy) < 0.02);
});
