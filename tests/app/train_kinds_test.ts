/**
 * `plica train` with labels, several scans, a model to start from, and statistics of patches.
 */
import { equal, match, ok } from "node:assert/strict";
import { readBundle } from "../../src/formats/bundle.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { smallScan } from "../support/small_scan.ts";
import { runPlica } from "./fake_session.ts";
import { folderWithScan, SMALL_TRAINING } from "./small_scan.ts";

const { folder, scan } = await folderWithScan();
const scans = `${folder}/scans`;
await Deno.mkdir(scans);
for (const name of ["b", "a"]) await Deno.copyFile(scan, `${scans}/${name}.npz`);
await Deno.writeTextFile(`${scans}/notes.txt`, "mine");

const train = (data: readonly string[], outputDir: string, ...flags: string[]) => {
  const files = data.flatMap((file) => ["--train-data-file", file]);
  const small = flags.includes("--profile") ? SMALL_TRAINING.slice(2) : SMALL_TRAINING;
  return runPlica(
    "train",
    ...files,
    "--output-dir",
    `${folder}/${outputDir}`,
    ...small,
    "--nepochs",
    "1",
    ...flags,
  );
};

Deno.test("supervised training without labels ends in one line that names the keys and simulate", async () => {
  const { objectGuess: _none, ...arrays } = scanArrays(smallScan(3));
  await Deno.writeFile(`${folder}/plain.npz`, await encodeNpz(arrays));
  const { code, err } = await train(
    [`${folder}/plain.npz`],
    "refused",
    "--quiet",
    "--model-type",
    "supervised",
  );
  equal(code, 1);
  match(
    err,
    /^plica train: [^\n]*plain\.npz: label_amp, label_phase, Y, objectGuess: [^\n]*simulate command[^\n]*\n$/,
  );
  ok(![...Deno.readDirSync(folder)].some(({ name }) => name === "refused"));
});

Deno.test("a folder of scans, or the flag several times, trains on all of them [wasm]", async () => {
  for (const [name, data] of [["whole", [scans]], ["twice", [`${scans}/a.npz`, `${scans}/b.npz`]]] as const) {
    const { code, err } = await train(data, name);
    equal(code, 0, err);
    match(err, /training on 14 patterns of 2 scans in 14 groups of 1, 4 patterns held out/);
    const { manifest, arrays } = await readBundle(`${folder}/${name}/wts.h5.zip`);
    equal(manifest.trainingData.map(({ file }) => file).join(), "a.npz,b.npz");
    ok(arrays.has("probe") && arrays.has("scan1.probe"));
  }
  const empty = `${folder}/empty`;
  await Deno.mkdir(empty);
  const { code, err } = await train([empty], "none", "--quiet");
  equal(code, 1);
  match(err, /empty: found a folder without \.npz files/);
});

Deno.test("a run starts from a bundle, or from the folder of a run [wasm]", async () => {
  equal((await train([scan], "first", "--quiet")).code, 0);
  const { code, err } = await train([scan], "tuned", "--init-from", `${folder}/first`, "--freeze-encoder");
  equal(code, 0, err);
  const [first, tuned] = await Promise.all(
    ["first", "tuned"].map((name) => readBundle(`${folder}/${name}/wts.h5.zip`)),
  );
  const moved = [...first.weights].filter(([name, { data }]) =>
    data.some((value, i) => value !== tuned.weights.get(name)?.data[i])
  );
  ok(moved.length > 5);
  equal(moved.filter(([name]) => name.startsWith("autoencoder.encoder.")).length, 0);
});

Deno.test("statistics of patches are written, and a flat object is warned of [wasm]", async () => {
  const flags = [
    "--log-patch-stats",
    "--patch-stats-limit",
    "1",
    "--profile",
    "calibrated",
    "--learning-rate",
    "1e-9",
  ];
  const { code, err } = await train([scan], "stats", ...flags);
  equal(code, 0, err);
  match(err, /the patches have no structure \(a flat object\)\. The usual causes/);
  const { warning, batches } = JSON.parse(await Deno.readTextFile(`${folder}/stats/patch_stats.json`));
  match(warning, /no structure/);
  equal(batches.length, 1);
  equal(batches[0].patches, 1); // 7 patterns in batches of 3: the last one is filled up with what does not count
  ok(Math.abs(batches[0].amplitude.mean - 1) < 0.05);
  ok((await Deno.stat(`${folder}/stats/patch_grid.png`)).size > 0);
});
