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
  `train.py --train_data_file ${D} --backend pytorch --model_type pinn --n_images 100 --n_groups 100 \
--n_subsample 100 --nepochs 2 --output_dir ${O} --torch-accelerator cpu --torch-num-workers 0 \
--torch-learning-rate 5e-4 --torch-logger csv --torch-deterministic --torch-enable-checkpointing`;
const NATIVE =
  `train --train_data_file ${D} --output_dir ${O}2 --n_images 64 --max_epochs 1 --accelerator cpu \
--deterministic --num-workers 0 --learning-rate 1e-4`;
const INFER =
  `infer --model_path ${O} --test_data ${D} --output_dir ${P} --n_images 64 --accelerator cpu --quiet`;

const noticesOf = (err: string) =>
  err.split("\n").filter((line) => / here$| is taken as | here: | is left out/.test(line));

Deno.test("the old command lines of training and inference work, with one notice for each old name [wasm]", async () => {
  const trained = await runPlica(...TRAIN.split(" "));
  equal(trained.code, 0, trained.err);
  deepEqual(noticesOf(trained.err), [
    "--backend has no effect here: neither is used; --accelerator chooses WebGPU or WebAssembly",
    "--n_images is left out: --n-groups is given as well",
    "--torch-accelerator is called --accelerator here",
    "--torch-num-workers is called --num-workers here",
    "--torch-learning-rate is called --learning-rate here",
    "--torch-logger is called --logger here",
    "--torch-deterministic has no effect here: results are always deterministic",
    "--torch-enable-checkpointing is called --enable-checkpointing here",
    "--model-type: pinn is taken as unsupervised",
    "--accelerator: cpu is taken as wasm",
  ]);
  const { manifest } = await readBundle(`${O}/wts.h5.zip`);
  equal((await readBundle(`${O}/checkpoints/best.h5.zip`)).manifest.weightsSha256, manifest.weightsSha256);
  const { values } = JSON.parse(await Deno.readTextFile(`${O}/config.json`));
  deepEqual([values.training.nepochs, values.training.learningRate, values.data.nGroups], [2, 5e-4, 100]);
  deepEqual([values.data.nSubsample, values.model.modelType], [100, "unsupervised"]);
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

Deno.test("the command line of the PyTorch program works, and inference writes patch statistics [wasm]", async () => {
  const trained = await runPlica(...NATIVE.split(" "));
  equal(trained.code, 0, trained.err);
  const { values } = JSON.parse(await Deno.readTextFile(`${O}2/config.json`));
  deepEqual([values.data.nGroups, values.training.nepochs, values.training.learningRate], [64, 1, 1e-4]);
  const infer =
    `inference.py --model_path ${O}2 --test_data ${D} --output_dir ${P}2 --accelerator cpu --log-patch-stats \
--patch-stats-limit 2 --debug-dump ${P}2/dump --compat`;
  const inferred = await runPlica(...infer.split(" "));
  equal(inferred.code, 0, inferred.err);
  for (const name of ["patch_grid.png", "torch_patch_grid.png", "dump/offsets.json"]) {
    ok((await Deno.stat(`${P}2/${name}`)).size > 0, name);
  }
  const stats = JSON.parse(await Deno.readTextFile(`${P}2/torch_patch_stats.json`));
  deepEqual(Object.keys(stats[0]), [
    ...["phase", "batch_idx", "batch_size", "global_mean", "global_std", "var_zero_mean", "per_patch"],
  ]);
  ok(stats.length <= 2 && stats[0].phase === "inference");
  deepEqual(Object.keys(stats[0].per_patch[0]), ["patch_idx", "mean", "std", "min", "max"]);
  const { batches } = JSON.parse(await Deno.readTextFile(`${P}2/patch_stats.json`));
  equal(batches[0].amplitude.mean, stats[0].global_mean);
});

Deno.test("training writes the same statistics under both names [wasm]", async () => {
  const call = `${NATIVE.replace(`${O}2`, `${O}3`)} --log-patch-stats --patch-stats-limit 1 --compat`;
  const { code, err } = await runPlica(...call.split(" "));
  equal(code, 0, err);
  const [first] = JSON.parse(await Deno.readTextFile(`${O}3/torch_patch_stats.json`));
  equal(first.phase, "train");
});

Deno.test("--N is checked against the file, and --phase_vmin counts in the picture [wasm]", async () => {
  const wrong = await runPlica(...NATIVE.replace(`${O}2`, `${O}4`).split(" "), "--N", "128");
  equal(wrong.code, 1);
  ok(
    /frames: found 64 x 64 pixels, expected at least 128 x 128, as --pattern-size says/.test(wrong.err),
    wrong.err,
  );
  const call = ["infer", "--model_path", O, "--test_data", D, "--accelerator", "cpu", "--quiet", "--N", "64"];
  const pictures = await Promise.all([["0", []], ["1", ["--phase_vmin", "-3", "--phase_vmax", "3"]]].map(
    async ([name, range]) => {
      const { code, err } = await runPlica(...call, "--output_dir", `${P}-${name}`, ...range);
      equal(code, 0, err);
      return await Deno.readFile(`${P}-${name}/reconstructed_phase.png`);
    },
  ));
  ok(pictures[0].some((byte, i) => byte !== pictures[1][i]));
});
