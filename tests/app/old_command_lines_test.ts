/**
 * Command lines as users of the established program have them in their scripts.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readBundle } from "../../src/formats/bundle.ts";
import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { smallScan } from "../support/small_scan.ts";
import { runPlica } from "./fake_session.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const [D, O, P] = [`${folder}/scan.npz`, `${folder}/run`, `${folder}/image`];
// the data set asks for the smallest network, since the command lines do not
const plica = {
  model: { profile: "amplitude", gridsize: 1, nFiltersScale: 1, cbamEncoder: false },
  training: { batchSize: 25 },
};
await writeNpz(D, {
  ...scanArrays(smallScan(11)),
  _metadata: { dtype: "string", shape: [], data: [JSON.stringify({ plica })] },
});

const TRAIN =
  `train --train_data_file ${D} --nepochs 2 --n_groups 100 --output_dir ${O} --torch-accelerator cpu \
--torch-num-workers 0 --torch-learning-rate 5e-4 --torch-logger csv --torch-deterministic --torch-enable-checkpointing`;
const INFER =
  `infer --model_path ${O} --test_data ${D} --output_dir ${P} --n_images 64 --accelerator cpu --quiet`;

const noticesOf = (err: string) =>
  err.split("\n").filter((line) => / here$| is taken as | is not needed/.test(line));

Deno.test("the old command lines of training and inference work, with one notice for each old name [wasm]", async () => {
  const trained = await runPlica(...TRAIN.split(" "));
  equal(trained.code, 0, trained.err);
  deepEqual(noticesOf(trained.err), [
    "--torch-accelerator is called --accelerator here",
    "--torch-num-workers is called --num-workers here",
    "--torch-learning-rate is called --learning-rate here",
    "--torch-logger is called --logger here",
    "--torch-deterministic is not needed: results are always deterministic here",
    "--torch-enable-checkpointing is called --enable-checkpointing here",
    "--accelerator: cpu is taken as wasm",
  ]);
  const { manifest } = await readBundle(`${O}/wts.h5.zip`);
  equal((await readBundle(`${O}/checkpoints/best.h5.zip`)).manifest.weightsSha256, manifest.weightsSha256);
  const { values } = JSON.parse(await Deno.readTextFile(`${O}/config.json`));
  deepEqual([values.training.nepochs, values.training.learningRate, values.data.nGroups], [2, 5e-4, 100]);
  deepEqual(values.execution.logger, ["csv"]);
  equal((await Deno.readTextFile(`${O}/metrics.csv`)).trimEnd().split("\n").length, 3);

  const quiet = await runPlica(...INFER.split(" "));
  equal(quiet.code, 0, quiet.err);
  equal(quiet.err, "");
  ok((await Deno.stat(`${P}/reconstructed_phase.png`)).size > 0);
  const loud = await runPlica(...INFER.replace(" --quiet", " --overwrite --json").split(" "));
  equal(JSON.parse(loud.out.trimEnd().split("\n").at(-1) ?? "").patterns, 64);
  deepEqual(noticesOf(loud.err), [
    "--test_data is called --test-data-file here",
    "--n_images is called --n-groups here",
    "--accelerator: cpu is taken as wasm",
  ]);
});
