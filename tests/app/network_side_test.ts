/**
 * Scans of a side that a network does not take are cropped or filled up, which is said.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { networkSide } from "../../src/network/mod.ts";
import { resolvedConfig } from "../../src/config/mod.ts";
import { gaussianProbe } from "../../src/physics/probes/probes.ts";
import { deadLeaves } from "../../src/simulation/objects/objects.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { simulateScan } from "../../src/simulation/simulate.ts";
import { runPlica } from "./fake_session.ts";

const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

async function scanOf(side: number): Promise<string> {
  const path = `${folder}/scan${side}.npz`;
  await Deno.writeFile(
    path,
    await encodeNpz(scanArrays(simulateScan({
      side,
      positions: rasterPositions({ rows: 5, columns: 5, step: 5, x0: side / 2 + 2, y0: side / 2 + 2 }),
      probe: gaussianProbe({ side, photons: 1e4, sigma: side / 8 }),
      object: { ...deadLeaves({ height: side + 30, width: side + 30, seed: 1 }), x0: 0, y0: 0 },
      seed: 1,
    }))),
  );
  return path;
}

Deno.test("the nearest side that a network takes", () => {
  const { model } = resolvedConfig().values;
  const of = (changes: Partial<typeof model>, ...sides: number[]) =>
    sides.map((side) => networkSide({ ...model, ...changes }, side));
  deepEqual(of({}, 64, 52, 96, 100, 18, 256), [64, 48, 96, 96, 16, 256]);
  deepEqual(of({ networkLevels: 5 }, 64, 52, 100), [64, 64, 96]);
  deepEqual(of({ profile: "amplitude" }, 64, 70, 100, 1000), [64, 64, 128, 256]);
});

Deno.test("training and inference crop patterns, and say so; a model takes those of its own side [wasm]", async () => {
  const scan = await scanOf(52), run = `${folder}/run`;
  const flags = ["--accelerator", "wasm", "--threads", "1"];
  const trained = await runPlica(
    ...["train", "--train-data-file", scan, "--output-dir", run, "--nepochs", "1", "--gridsize", "1"],
    ...["--n-filters-scale", "1", "--batch-size", "8", ...flags],
  );
  equal(trained.code, 0, trained.err);
  match(
    trained.err,
    /patterns of 52 x 52 cropped to 48 x 48, which the network takes: object pixels are larger by 1\.08/,
  );
  const config = JSON.parse(await Deno.readTextFile(`${run}/config.json`));
  equal((config.values ?? config).data.patternSize, 48);
  for (const [side, how] of [[52, "cropped to"], [40, "filled up to"]] as const) {
    const out = `${folder}/image${side}`;
    const { code, err } = await runPlica(
      ...["infer", "--model-path", run, "--test-data-file", await scanOf(side), "--output-dir", out],
      ...["--no-orientation-check", ...flags],
    );
    equal(code, 0, err);
    match(err, new RegExp(`patterns of ${side} x ${side} ${how} 48 x 48`));
    ok((await Deno.stat(`${out}/reconstruction.npz`)).size > 0);
  }
});
