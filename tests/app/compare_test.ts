import { deepEqual, equal, match, ok } from "node:assert/strict";
import { decode } from "../../src/deps/fast_png.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import { checkerboardHalves } from "../../src/scan/grouping/partition.ts";
import { Random } from "../../src/numeric/random.ts";
import { runPlica } from "./fake_session.ts";
import { folderWithScan, SMALL_TRAINING } from "./small_scan.ts";

const { folder, scan } = await folderWithScan();
const [height, width] = [60, 70];

/** An object of blocks, with noise of the given size in amplitude and phase. */
async function writeObject(name: string, { noise = 0, pixelSizeM = 1e-8 } = {}): Promise<string> {
  const random = new Random(3, "noise");
  const data = new Float32Array(2 * height * width);
  for (let p = 0; p < height * width; p++) {
    const block = (Math.floor(p / width / 9) + Math.floor(p % width / 7)) % 3;
    const amplitude = 1 - 0.2 * block + noise * random.normal(),
      phase = 0.4 * block + noise * random.normal();
    data.set([amplitude * Math.cos(phase), amplitude * Math.sin(phase)], 2 * p);
  }
  const path = `${folder}/${name}.npz`;
  await writeNpz(path, {
    object: { dtype: "complex64", shape: [height, width], data },
    pixel_size_m: { dtype: "float64", shape: [], data: Float64Array.of(pixelSizeM) },
  });
  return path;
}

const truth = await writeObject("truth");
const noisy = await writeObject("noisy", { noise: 0.1 });
const device = ["--accelerator", "wasm", "--threads", "1", "--quiet"];

Deno.test("compare of truth with itself is the perfect row, and noise is worse in every figure", async () => {
  const output = `${folder}/comparison`;
  const call = ["--reference", truth, truth, noisy, "--output-dir", output, "--save-npz-aligned", "--json"];
  const { code, out, err } = await runPlica("compare", ...call, ...device);
  equal(code, 0, err);
  const [perfect, worse] = JSON.parse(out).methods;
  equal(perfect.name, "truth");
  for (const part of ["amplitude", "phase"]) {
    equal(perfect[`${part}_mae`], 0);
    equal(perfect[`${part}_ssim`], 1);
    equal(perfect[`${part}_psnr_db`], "Infinity");
    equal(perfect[`${part}_frc50_px`], 1);
    equal(perfect[`${part}_frc50_nm`], 10);
    ok(worse[`${part}_ssim`] < 0.95 && worse[`${part}_mae`] > 0.05, JSON.stringify(worse));
    ok(worse[`${part}_frc_half_bit_px`] >= 1);
  }
  deepEqual([perfect.shift_y_px, perfect.shift_x_px, perfect.covered_part], [0, 0, 1]);
  const [header, ...rows] = (await Deno.readTextFile(`${output}/comparison_metrics.csv`)).trim().split("\n");
  equal(rows.length, 2);
  ok(rows.every((row) => row.split(",").length === header.split(",").length));
  equal(JSON.parse(await Deno.readTextFile(`${output}/comparison.json`)).methods.length, 2);
  const curves = (await Deno.readTextFile(`${output}/frc_curves.csv`)).trim().split("\n");
  equal(curves.length, 1 + 2 * 2 * (height / 2));
  await using npz = await openNpz(`${output}/aligned.npz`);
  deepEqual(npz.entry("phase_1").shape, [height, width]);
  const picture = decode(await Deno.readFile(`${output}/comparison.png`));
  ok(picture.width > 4 * 240 && picture.height > 3 * 240);
});

Deno.test("a model reconstructs the scan first, or both of its halves [wasm]", async () => {
  const model = `${folder}/run`;
  const training = ["--train-data-file", scan, "--output-dir", model, ...SMALL_TRAINING, "--nepochs", "1"];
  equal((await runPlica("train", ...training, "--quiet")).code, 0);
  const halves = ["--halves", model, "--test-data-file", scan, "--output-dir", `${folder}/halves`, "--json"];
  const { code, out, err } = await runPlica("compare", ...halves, ...device);
  equal(code, 0, err);
  const [row] = JSON.parse(out).methods;
  ok(row.seconds > 0 && row.amplitude_ssim <= 1 && row.phase_frc50_px >= 1);
  const missing = await runPlica(
    "compare",
    "--reference",
    truth,
    model,
    "--output-dir",
    `${folder}/x`,
    ...device,
  );
  equal(missing.code, 2);
  match(missing.err, /--test-data-file is missing: run has to reconstruct/);
});

Deno.test("a solver reconstructs the halves of a scan as well [wasm]", async () => {
  const call = ["--halves", "rPIE:3", "--test-data-file", scan, "--output-dir", `${folder}/solved`, "--json"];
  const { code, out, err } = await runPlica("compare", ...call, ...device);
  equal(code, 0, err);
  const [row] = JSON.parse(out).methods;
  equal(row.name, "rPIE 3");
  ok(row.seconds > 0 && row.amplitude_ssim > 0.5, JSON.stringify(row));
});

Deno.test("the halves of a scan share no pattern, are of one size, and alternate", () => {
  const x = Float64Array.from({ length: 48 }, (_, i) => 3 * (i % 8)),
    y = x.map((_, i) => 3 * Math.floor(i / 8));
  const [black, white] = checkerboardHalves({ x, y });
  deepEqual([black.length, white.length], [24, 24]);
  ok(black.every((i) => (Math.floor(i / 8) + i % 8) % 2 === 0) && white.every((i) => !black.includes(i)));
});

for (
  const [what, args, code, pattern] of [
    ["no image", ["--reference", truth], 2, /nothing to compare/],
    ["neither reference nor halves", [truth], 2, /--reference is missing/],
    ["both", ["--reference", truth, "--halves", truth], 2, /give one of them/],
    ["halves of an image", ["--halves", truth], 2, /truth is a finished image/],
    ["a missing file", ["--reference", truth, `${folder}/none.npz`], 1, /none\.npz: found no such file/],
    ["a scan without an object", ["--reference", scan, truth], 1, /scan\.npz: found no object/],
  ] satisfies [string, string[], number, RegExp][]
) {
  Deno.test(`compare refuses in one line: ${what}`, async () => {
    const output = `${folder}/refused`;
    const found = await runPlica("compare", ...args, "--output-dir", output, ...device);
    equal(found.code, code, found.err);
    match(found.err, pattern);
    equal(found.err.trim().split("\n").length, 1);
    equal(await Deno.stat(output).then(() => true, () => false), false);
  });
}

Deno.test("compare refuses objects of different pixel size", async () => {
  const coarse = await writeObject("coarse", { pixelSizeM: 2e-8 });
  const found = await runPlica(
    "compare",
    "--reference",
    truth,
    coarse,
    "--output-dir",
    `${folder}/no`,
    ...device,
  );
  equal(found.code, 1);
  match(found.err, /coarse\.npz: found pixels of 20 nm, expected 10 nm/);
});
