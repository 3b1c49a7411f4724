import { deepEqual, equal, match, ok } from "node:assert/strict";
import { decode } from "../../src/deps/fast_png.ts";
import { openNpz } from "../../src/io/npz.ts";
import { runPlica } from "./fake_session.ts";
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
  const { height, width, x0, y0 } = summary.canvas;
  await using npz = await openNpz(`${folder}/image/reconstruction.npz`);
  deepEqual(npz.entry("object").shape, [height, width]);
  equal(npz.entry("object").dtype, "complex64");
  deepEqual([(await npz.readArray("x0")).data[0], (await npz.readArray("y0")).data[0]], [x0, y0]);
  ok((await npz.readArray("weight")).data.some((value) => Number(value) > 0));
  for (const name of ["reconstructed_amplitude.png", "reconstructed_phase.png"]) {
    const picture = decode(await Deno.readFile(`${folder}/image/${name}`));
    deepEqual([picture.height, picture.width], [height, width]);
  }
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

Deno.test("a call without model, data or folder says which is missing", async () => {
  const given = ["--model-path", model, "--test-data-file", scan, "--output-dir", `${folder}/x`];
  for (const flag of ["--model-path", "--test-data-file", "--output-dir"]) {
    const at = given.indexOf(flag);
    const { code, err } = await runPlica("infer", ...given.toSpliced(at, 2));
    equal(code, 2);
    match(err, new RegExp(`^plica infer: ${flag} is missing: [^\\n]+\\n$`));
  }
});
