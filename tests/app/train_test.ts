import { deepEqual, equal, match, ok } from "node:assert/strict";
import { main } from "../../src/app/main.ts";
import { readBundle } from "../../src/formats/bundle.ts";
import { fakeSession, runPlica } from "./fake_session.ts";
import { folderWithScan, SMALL_TRAINING } from "./small_scan.ts";

const { folder, scan } = await folderWithScan();

function train(outputDir: string, ...flags: string[]) {
  return runPlica("train", "--train-data-file", scan, "--output-dir", outputDir, ...SMALL_TRAINING, ...flags);
}

Deno.test("train writes bundle, metrics, loss curve and settings, and sums up in JSON [wasm]", async () => {
  const { code, out, err } = await train(`${folder}/a`, "--json", "--seed", "4");
  equal(code, 0, err);
  const summary = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  ok(Number.isFinite(summary.final_train_loss) && Number.isFinite(summary.final_val_loss));
  equal(summary.epochs, 2);
  ok(summary.patterns_per_second > 0);
  match(summary.device, /^wasm /);
  equal(summary.bundle, `${folder}/a/wts.h5.zip`);
  const { manifest } = await readBundle(summary.bundle);
  equal(manifest.weightsSha256, summary.weights_sha256);
  const { values, provenance } = JSON.parse(await Deno.readTextFile(`${folder}/a/config.json`));
  equal(values.training.nepochs, 2);
  deepEqual(provenance["training.nepochs"], { layer: "dataset", source: scan });
  equal(values.model.gridsize, 1);
  equal((await Deno.readTextFile(`${folder}/a/metrics.csv`)).trimEnd().split("\n").length, 3);
  ok((await Deno.stat(`${folder}/a/loss.png`)).size > 0);
  match(err, /epoch 2\/2/);
});

Deno.test("the same seed gives the same weights, another seed gives others [wasm]", async () => {
  const hash = async (name: string, seed: string, ...flags: string[]) => {
    const { out } = await train(
      `${folder}/${name}`,
      "--json",
      "--quiet",
      "--seed",
      seed,
      "--nepochs",
      "1",
      ...flags,
    );
    return JSON.parse(out).weights_sha256;
  };
  const first = await hash("b", "1");
  equal(await hash("c", "1"), first);
  ok(await hash("d", "2") !== first);
});

Deno.test("a folder with files in it is refused, and taken with --overwrite [wasm]", async () => {
  await Deno.mkdir(`${folder}/e`);
  await Deno.writeTextFile(`${folder}/e/note`, "mine");
  const refused = await train(`${folder}/e`, "--quiet");
  equal(refused.code, 2);
  match(refused.err, /^plica train: --output-dir: [^\n]*--overwrite\n$/);
  equal([...Deno.readDirSync(`${folder}/e`)].length, 1);
  equal((await train(`${folder}/e`, "--quiet", "--overwrite", "--nepochs", "1")).code, 0);
});

Deno.test("bad data and wrong calls end before anything is written", async () => {
  const calls: [string[], number, RegExp][] = [
    [["--output-dir", `${folder}/x`], 2, /--train-data-file is missing/],
    [["--train-data-file", scan], 2, /--output-dir is missing/],
    [
      ["--train-data-file", `${folder}/none.npz`, "--output-dir", `${folder}/x`],
      1,
      /none\.npz: found no such file/,
    ],
    [["--train-data-file", scan, "--output-dir", `${folder}/x`, "--gridsize", "4"], 1, /9/],
    [["--train-data-file", scan, "--output-dir", `${folder}/x`, "--probe-key", "probe"], 1, /probe/],
    [
      ["--train-data-file", scan, "--output-dir", `${folder}/x`, "--neighbor-count", "2"],
      2,
      /--neighbor-count/,
    ],
  ];
  for (const [args, expected, message] of calls) {
    const { code, out, err } = await runPlica("train", "--quiet", "--accelerator", "wasm", ...args);
    equal(code, expected, err);
    equal(out, "");
    match(err, /^plica train: [^\n]+\n$/);
    match(err, message);
  }
  equal([...Deno.readDirSync(folder)].some(({ name }) => name === "x"), false);
});

Deno.test("another scan gives the held-out loss, and then all patterns are trained on [wasm]", async () => {
  const args = ["--train-data-file", scan, "--test-data-file", scan, "--output-dir", `${folder}/t`, "--json"];
  const own = SMALL_TRAINING.slice(0, -6); // without --val-fraction
  const flags = ["--accelerator", "wasm", "--threads", "1", "--nepochs", "1"];
  const { code, out, err } = await runPlica("train", ...args, ...own, ...flags);
  equal(code, 0, err);
  ok(JSON.parse(out).final_val_loss > 0);
  match(err, /^training on 9 patterns in 9 groups of 1, judged by 9 patterns of .*scan\.npz$/m);
});

Deno.test("--print-config needs no data, and writes nothing", async () => {
  const { code, out } = await runPlica("train", "--print-config", "--max_epochs", "3");
  equal(code, 0);
  equal(JSON.parse(out).values.training.nepochs, 3);
  const withData = await train(`${folder}/y`, "--print-config");
  equal(JSON.parse(withData.out).provenance["training.nepochs"].layer, "dataset");
  equal([...Deno.readDirSync(folder)].some(({ name }) => name === "y"), false);
});

Deno.test("Ctrl-C keeps what was reached and exits 130 [wasm]", async () => {
  const session = fakeSession();
  let interrupted = false;
  const watching = {
    ...session,
    get out() {
      return session.out;
    },
    stderr(text: string) {
      session.stderr(text);
      if (text.includes("epoch 1:") && !interrupted) {
        interrupted = true;
        session.interrupt();
      }
    },
  };
  const args = [
    "train",
    "--train-data-file",
    scan,
    "--output-dir",
    `${folder}/f`,
    ...SMALL_TRAINING,
    "--nepochs",
    "500",
  ];
  equal(await main([...args, "--json"], watching), 130, session.err);
  const summary = JSON.parse(session.out);
  equal(summary.interrupted, true);
  ok(summary.epochs >= 1 && summary.epochs < 500);
  await readBundle(`${folder}/f/wts.h5.zip`);
  await readBundle(`${folder}/f/checkpoints/last.h5.zip`);
});

Deno.test("--resume goes on with the settings of the run, and refuses other ones [wasm]", async () => {
  const stopped = await train(`${folder}/r`, "--quiet", "--max-steps", "2", "--scheduler", "Default");
  equal(stopped.code, 0, stopped.err);
  const files = ["train", "--train-data-file", scan, "--output-dir", `${folder}/r`, "--json"];
  const resumed = await runPlica(...files, "--resume", "--max-steps", "5");
  equal(resumed.code, 0, resumed.err);
  match(resumed.err, /^resuming from .*last\.h5\.zip: 1 epochs and 2 steps are done$/m);
  const summary = JSON.parse(resumed.out);
  equal(summary.steps, 5);
  const { values, provenance } = JSON.parse(await Deno.readTextFile(`${folder}/r/config.json`));
  deepEqual([values.model.gridsize, values.training.scheduler], [1, "Default"]);
  equal(provenance["training.scheduler"].layer, "bundle");
  const other = await runPlica(...files, "--resume", "--batch-size", "2");
  equal(other.code, 1);
  match(other.err, /^plica train: .*last\.h5\.zip: training\.batchSize: found 3, expected 2[^\n]*--resume$/m);
  const none = await runPlica(...files, "--resume", `${folder}/r/wts.h5.zip`);
  match(none.err, /^plica train: .*wts\.h5\.zip: state\.json: found a model without the state[^\n]*$/m);
});

Deno.test("--resume in an empty folder begins; in a folder of something else it is refused [wasm]", async () => {
  const first = await train(`${folder}/new`, "--resume", "--disable-checkpointing", "--nepochs", "1");
  equal(first.code, 0, first.err);
  match(first.err, /^no checkpoint in .*new yet: starting from the beginning$/m);
  equal([...Deno.readDirSync(`${folder}/new`)].some(({ name }) => name === "checkpoints"), false);
  await Deno.mkdir(`${folder}/mine`);
  await Deno.writeTextFile(`${folder}/mine/note`, "mine");
  const refused = await train(`${folder}/mine`, "--resume", "--quiet");
  equal(refused.code, 2);
  match(refused.err, /^plica train: --resume: found .*mine: a folder with files[^\n]*\n$/);
});

Deno.test("progress says loss, rate, speed and the time that is left; --quiet says nothing [wasm]", async () => {
  const { err } = await train(`${folder}/p`, "--nepochs", "2", "--preview-every", "2");
  match(err, /^epoch 1\/2: 3 of 3 steps, loss [\d.e+]+, rate [\d.e-]+, patterns\/s [\d.]+/m);
  equal([...Deno.readDirSync(`${folder}/p/previews`)].length, 2);
  equal((await train(`${folder}/q`, "--nepochs", "1", "--quiet")).err, "");
});
