import { deepEqual, equal, match, ok } from "node:assert/strict";
import { main } from "../../src/app/main.ts";
import { decode } from "../../src/deps/fast_png.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { fakeSession, runPlica } from "./fake_session.ts";
import { folderWithScan, SMALL_TRAINING } from "./small_scan.ts";

const { folder, scan } = await folderWithScan();
const model = `${folder}/run`;
const device = ["--accelerator", "wasm", "--threads", "1", "--quiet"];
const trained = await runPlica(
  "train",
  ...["--train-data-file", scan, "--output-dir", model, ...SMALL_TRAINING, "--nepochs", "1", "--quiet"],
);

function infer(outputDir: string, ...flags: string[]) {
  const args = ["--model-path", model, "--test-data-file", scan, "--output-dir", outputDir];
  return runPlica("infer", ...args, ...device, ...flags);
}

Deno.test("infer writes the object, its place and pictures of its size, and sums up in JSON [wasm]", async () => {
  equal(trained.code, 0, trained.err);
  const { code, out, err } = await infer(`${folder}/image`, "--json");
  equal(code, 0, err);
  const summary = JSON.parse(out);
  equal(summary.patterns, 9);
  ok(summary.patterns_per_second > 0);
  match(summary.data_sha256, /^[0-9a-f]{64}$/);
  const verdict = JSON.parse(await Deno.readTextFile(`${folder}/image/verdict.json`));
  deepEqual(summary.verdict, verdict);
  ok(["good", "doubtful", "failed"].includes(verdict.word));
  const { height, width, x0, y0 } = summary.canvas;
  await using npz = await openNpz(`${folder}/image/reconstruction.npz`);
  deepEqual(npz.entry("object").shape, [height, width]);
  equal(npz.entry("object").dtype, "complex64");
  deepEqual([(await npz.readArray("x0")).data[0], (await npz.readArray("y0")).data[0]], [x0, y0]);
  ok((await npz.readArray("weight")).data.some((value) => Number(value) > 0));
  for (const name of ["reconstructed_amplitude.png", "reconstructed_phase.png"]) {
    const picture = decode(await Deno.readFile(`${folder}/image/${name}`));
    ok(picture.height > 500 && picture.width > 500); // a figure with its bars, not the canvas alone
  }
});

Deno.test("--resume of a finished inference has nothing to do, with other settings it makes the image anew [wasm]", async () => {
  const out = `${folder}/resumed`;
  equal((await infer(out)).code, 0);
  const { mtime } = await Deno.stat(`${out}/reconstruction.npz`);
  const again = await infer(out, "--resume");
  equal(again.code, 0, again.err);
  match(again.out, /nothing left to do/);
  deepEqual((await Deno.stat(`${out}/reconstruction.npz`)).mtime, mtime);
  const other = await infer(out, "--resume", "--no-phase-sync");
  equal(other.code, 0, other.err);
  equal(/nothing left/.test(other.out), false);
  match((await infer(out, "--resume", "--no-phase-sync")).out, /nothing left to do/);
});

Deno.test("without a model, the network that comes along makes the image, and says what it was chosen by [wasm]", async () => {
  const out = `${folder}/shipped`;
  const call = ["infer", "--test-data-file", scan, "--output-dir", out, ...device];
  const { code, out: text, err } = await runPlica(...call, "--polish", "1", "--json");
  equal(code, 0, err);
  const summary = JSON.parse(text);
  deepEqual(Object.keys(summary.held_out_deviance), [
    "flat",
    "solver",
    "network",
    "polished",
    "polished network",
  ]);
  ok(summary.chosen in summary.held_out_deviance);
  await using npz = await openNpz(`${out}/network_image.npz`);
  deepEqual(npz.entry("expected_error").shape, [summary.canvas.height, summary.canvas.width]);
  match((await runPlica(...call, "--polish", "1", "--resume")).out, /nothing left to do/);
  const refused = await runPlica(...call, "--overwrite", "--shard", "1/2");
  equal(refused.code, 2);
  match(refused.err, /--shard needs --model-path/);
});

Deno.test("groups and the phases of patches are as the flags say [wasm]", async () => {
  const few = JSON.parse((await infer(`${folder}/few`, "--json", "--n_images", "4", "--no-phase-sync")).out);
  equal(few.patterns, 4);
  equal(few.phase_sync, undefined);
});

Deno.test("settings of the model come from its bundle, the device does not", async () => {
  const { out } = await infer(`${folder}/none`, "--print-config");
  const { values, provenance } = JSON.parse(out);
  equal(values.model.profile, "amplitude");
  deepEqual(provenance["model.profile"], { layer: "bundle", source: `${model}/wts.h5.zip` });
  equal(provenance["execution.accelerator"].layer, "flag");
  equal(provenance["data.nGroups"].layer, "default");
});

Deno.test("a bundle that is missing, truncated or changed is refused, and nothing is written", async () => {
  const bundle = await Deno.readFile(`${model}/wts.h5.zip`);
  const flipped = bundle.slice();
  flipped[bundle.length >> 1] ^= 1;
  await Deno.writeFile(`${folder}/truncated.h5.zip`, bundle.subarray(0, bundle.length >> 1));
  await Deno.writeFile(`${folder}/flipped.h5.zip`, flipped);
  for (const name of ["missing", "truncated", "flipped"]) {
    const { code, out, err } = await infer(`${folder}/x`, "--model-path", `${folder}/${name}.h5.zip`);
    equal(code, 2, "a flag given twice is a wrong call");
    equal(out, "");
    match(err, /^plica infer: [^\n]+\n$/);
    const path = `${folder}/${name}.h5.zip`;
    const args = ["--model-path", path, "--test-data-file", scan, "--output-dir", `${folder}/x`];
    const refused = await runPlica("infer", ...args, ...device);
    equal(refused.code, 1);
    ok(refused.err.startsWith(`plica infer: ${path}: `), refused.err);
    equal(refused.err.trimEnd().split("\n").length, 1);
  }
  equal([...Deno.readDirSync(folder)].some(({ name }) => name === "x"), false);
});

Deno.test("a call without data or folder says which is missing", async () => {
  const given = ["--model-path", model, "--test-data-file", scan, "--output-dir", `${folder}/x`];
  for (const flag of ["--test-data-file", "--output-dir"]) {
    const at = given.indexOf(flag);
    const { code, err } = await runPlica("infer", ...given.toSpliced(at, 2));
    equal(code, 2);
    match(err, new RegExp(`^plica infer: ${flag} is missing: [^\\n]+\\n$`));
  }
});

Deno.test("the image is compared with every pattern: figures, a list and a map; or not [wasm]", async () => {
  const { quality, batch_size } = JSON.parse((await infer(`${folder}/judged`, "--json")).out);
  ok(quality.misfit_median > 0 && quality.misfit_mean > 0 && quality.outlier_fraction <= 1);
  ok(batch_size >= 1);
  const list = JSON.parse(await Deno.readTextFile(`${folder}/judged/quality.json`));
  deepEqual([list.pattern.length, list.misfit.length, list.z.length], [9, 9, 9]);
  ok(decode(await Deno.readFile(`${folder}/judged/misfit.png`)).width > 100);
  const plain = JSON.parse((await infer(`${folder}/plain`, "--json", "--no-quality")).out);
  equal(plain.quality, undefined);
  deepEqual([...Deno.readDirSync(`${folder}/plain`)].map(({ name }) => name).sort(), [
    "inference.json",
    "reconstructed_amplitude.png",
    "reconstructed_complex.png",
    "reconstructed_phase.png",
    "reconstruction.npz",
  ]);
});

Deno.test("parts of a scan are merged to the image of the whole [wasm]", async () => {
  const flags = ["--json", "--no-phase-sync"];
  const whole = JSON.parse((await infer(`${folder}/whole`, ...flags)).out);
  const parts = [1, 2].map((i) => `${folder}/part${i}`);
  const shards = await Promise.all(parts.map((part, i) => infer(part, ...flags, "--shard", `${i + 1}/2`)));
  deepEqual(shards.map(({ out }) => JSON.parse(out).shard), ["1/2", "2/2"]);
  const merged = await runPlica("merge", ...parts, "--output-dir", `${folder}/merged`, "--json");
  equal(merged.code, 0, merged.err);
  const summary = JSON.parse(merged.out);
  deepEqual([summary.patterns, summary.canvas, summary.shards], [9, whole.canvas, 2]);
  ok(summary.quality.misfit_median > 0);
  const [a, b] = await Promise.all(["whole", "merged"].map(async (name) => {
    await using npz = await openNpz(`${folder}/${name}/reconstruction.npz`);
    return [...(await npz.readArray("object")).data].map(Number);
  }));
  ok(a.every((value, i) => Math.abs(value - b[i]) < 1e-6));
  const alone = await runPlica("merge", parts[1], "--output-dir", `${folder}/half`);
  equal(alone.code, 1);
  match(alone.err, /^plica merge: [^\n]+part2\/shard\.npz: found no part 1\/2 [^\n]+\n$/);
  const other = await runPlica(
    "merge",
    parts[0],
    `${folder}/whole/reconstruction.npz`,
    "--output-dir",
    `${folder}/half`,
  );
  match(other.err, /^plica merge: [^\n]+reconstruction\.npz: _metadata: found [^\n]+\n$/);
  const unsharded = await runPlica("merge", `${folder}/whole`, "--output-dir", `${folder}/half`);
  match(unsharded.err, /^plica merge: [^\n]+whole: found a folder without shard\.npz, expected [^\n]+\n$/);
  equal((await runPlica("merge", "--output-dir", `${folder}/half`)).code, 2);
  equal([...Deno.readDirSync(folder)].some(({ name }) => name === "half"), false);
});

Deno.test("--debug-dump writes figures and grids of the first patches [wasm]", async () => {
  const dump = `${folder}/dump`;
  const { code, err } = await infer(`${folder}/dumped`, "--debug-dump", dump);
  equal(code, 0, err);
  const json = async (name: string) => JSON.parse(await Deno.readTextFile(`${dump}/${name}.json`));
  const [canvas, offsets, stats] = [await json("canvas"), await json("offsets"), await json("stats")];
  deepEqual([canvas.patch_size, canvas.num_patch_slots, offsets.count], [64, 9, 9]);
  equal(offsets.first_offsets_px.length, 9);
  ok(canvas.max_abs_dx > 0 && offsets.std_dx > 0);
  const { patch_amplitude, canvas_amplitude } = stats;
  ok(patch_amplitude.min <= patch_amplitude.mean && patch_amplitude.mean <= patch_amplitude.max);
  ok(patch_amplitude.var_zero_mean >= 0 && canvas_amplitude.mean > 0);
  const [raw, normalised] = ["", "_normalized"].map((twin) =>
    decode(Deno.readFileSync(`${dump}/pred_patches_amp_grid${twin}.png`))
  );
  deepEqual([raw.width, raw.height], [normalised.width, normalised.height]);
  ok(raw.data.some((value, i) => value !== normalised.data[i]));
});

Deno.test("what does not go together is refused in one line", async () => {
  for (
    const [flags, message] of [
      [["--shard", "3/2"], /^plica infer: --shard: found 3\/2, expected I\/N [^\n]+\n$/],
      [["--shard", "0/2"], /^plica infer: --shard: found 0\/2/],
      [
        ["--shard", "10/10"],
        /^plica infer: --shard: found 10\/10, a part without patterns, expected at most 9/,
      ],
      [["--follow", "--shard", "1/2"], /^plica infer: --shard: [^\n]+\n$/],
      [["--follow", "--debug-dump", "x"], /^plica infer: --debug-dump: [^\n]+\n$/],
      [["--fit-scales"], /^plica infer: --fit-scales: found [^\n]+\n$/],
      [
        ["--follow"],
        /^plica infer: --test-data-file: found [^\n]+scan\.npz, expected with --follow a folder/,
      ],
    ] as const
  ) {
    const { code, err } = await infer(`${folder}/x`, ...flags);
    equal(code, 2, err);
    match(err, message);
  }
  equal([...Deno.readDirSync(folder)].some(({ name }) => name === "x"), false);
});

/** The patterns of the scan as lines of JSON. */
async function linesOf(count: number): Promise<string[]> {
  await using npz = await openNpz(scan);
  const read = async (key: string) => (await npz.readArray(key)).data;
  const [x, y] = [await read("xcoords"), await read("ycoords")];
  const diffraction = Float32Array.from(await read("diffraction"), Number);
  return Array.from({ length: count }, (_, i) => {
    const data = new Uint8Array(diffraction.slice(i * 4096, (i + 1) * 4096).buffer).toBase64();
    return JSON.stringify({
      xcoords: x[i],
      ycoords: y[i],
      diffraction: { dtype: "float32", shape: [64, 64], data },
    });
  });
}

async function follow(stdin: ReadableStream<Uint8Array>, outputDir: string, ...flags: string[]) {
  const session = fakeSession({ stdin });
  const args = ["--model-path", model, "--output-dir", outputDir, "--follow", "--json", ...device, ...flags];
  const code = await main(["infer", ...args], session);
  return { code, session };
}

Deno.test("--follow takes lines of JSON and makes the image of the whole scan; what is wrong is left out [wasm]", async () => {
  const lines = await linesOf(9);
  const text = [...lines.slice(0, 4), "nonsense", ...lines.slice(4)].join("\n");
  const { code, session } = await follow(new Blob([text]).stream(), `${folder}/live`);
  equal(code, 1, "a line was left out");
  const summary = JSON.parse(session.out);
  deepEqual([summary.patterns, summary.refused, summary.end], [9, 1, "end of input"]);
  ok(summary.latency_ms.median > 0 && summary.latency_ms.p95 >= summary.latency_ms.median);
  ok(summary.patterns_per_second > 0);
  await infer(`${folder}/still`);
  const [a, b] = await Promise.all(["live", "still"].map(async (name) => {
    await using npz = await openNpz(`${folder}/${name}/reconstruction.npz`);
    return [...(await npz.readArray("object")).data].map(Number);
  }));
  ok(a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < 1e-3));
});

Deno.test("--follow takes files as they come, ends when idle; nothing at all is a failure [wasm]", async () => {
  const input = `${folder}/incoming`;
  await Deno.mkdir(input);
  await Deno.copyFile(scan, `${input}/000.npz`);
  const args = ["--test-data-file", input, "--follow-idle", "0.3"];
  const { code, session } = await follow(new Blob([]).stream(), `${folder}/files`, ...args);
  const summary = JSON.parse(session.out);
  deepEqual([code, summary.patterns, summary.end], [0, 9, "idle"]);
  await Deno.remove(`${input}/000.npz`);
  await Deno.writeTextFile(`${input}/END`, "");
  const nothing = await follow(new Blob([]).stream(), `${folder}/nothing`, ...args);
  deepEqual([nothing.code, JSON.parse(nothing.session.out).patterns], [1, 0]);
});

Deno.test("Ctrl-C ends --follow with 130, and what has come is written [wasm]", async () => {
  const lines = await linesOf(3);
  const stdin = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(lines.join("\n") + "\n")),
  });
  const output = `${folder}/interrupted`;
  const session = fakeSession({ stdin });
  const running = main(
    [
      "infer",
      "--model-path",
      model,
      "--output-dir",
      output,
      "--follow",
      "--json",
      "--follow-write",
      "0",
      ...device,
    ],
    session,
  );
  const ended = running.then(() => true);
  const written = () => Deno.stat(`${output}/reconstructed_phase.png`).then(() => true, () => false);
  while (!await written()) {
    if (await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve(false), 5))])) break;
  }
  session.interrupt();
  equal(await running, 130);
  const summary = JSON.parse(session.out);
  deepEqual([summary.end, summary.patterns], ["interrupted", 3]);
  await using npz = await openNpz(`${output}/reconstruction.npz`);
  equal(npz.entry("object").shape[0], summary.canvas.height);
});
