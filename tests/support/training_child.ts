/**
 * Trains as a process of its own that can be killed, and says on standard output how far it is:
 * `step N` after N steps, `saved N` when the checkpoint after N steps is in its place, `done SHA-256` at the end.
 *
 * usage: deno run -A training_child.ts SCAN FOLDER
 *
 * @module
 */
import { resolveConfig } from "../../src/config/resolve.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import { openScan } from "../../src/scan/scan.ts";
import { trainToFolder } from "../../src/network/training/run/folder.ts";
import { findCheckpoint } from "../../src/network/training/run/resume.ts";

const [file, outputDir] = Deno.args;
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

const config = resolveConfig([{
  layer: "program",
  values: {
    model: { gridsize: 1, nFiltersScale: 1, profile: "amplitude", cbamEncoder: false },
    data: { valFraction: 0.2 },
    training: { nepochs: 3, batchSize: 2, learningRate: 1e-3, seed: 3 },
    execution: { checkpointEvery: 2, checkpointSaveTopK: 2 },
  },
}]);
const resume = await findCheckpoint("last", { outputDir }) ?? "beginning";
const before = resume === "beginning" ? 0 : resume.snapshot.state.step;
say(`resumed ${before}`);
const device = await openDevice({ accelerator: "wasm", threads: 1 });
await using scan = await openScan(file);
let steps = before;
const { weightsSha256 } = await trainToFolder(scan, {
  config,
  device,
  outputDir,
  resume,
  onProgress: ({ phase }) => phase.startsWith("epoch") && say(`step ${++steps}`),
  onEpoch: (report) => Promise.resolve(void say(`saved ${report.steps}`)),
  onCheckpoint: ({ state }) => Promise.resolve(void say(`saved ${state.step}`)),
});
say(`done ${weightsSha256}`);
await device.dispose();
