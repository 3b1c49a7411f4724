import { deepEqual, equal, match, ok } from "node:assert/strict";
import { encode } from "../../src/deps/fast_png.ts";
import { openScan } from "../../src/scan/scan.ts";
import { runPlica } from "./fake_session.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const WASM = ["--accelerator", "wasm", "--threads", "1"];
const simulate = (file: string, ...flags: string[]) =>
  runPlica(
    "simulate",
    "--output-file",
    `${folder}/${file}`,
    "--positions",
    "6",
    "--step",
    "4",
    ...WASM,
    ...flags,
  );

Deno.test("simulate writes a scan that inspect accepts", async () => {
  const { code, out, err } = await simulate(
    "scan.npz",
    "--object",
    "cells",
    "--scan",
    "spiral",
    "--modes",
    "2",
  );
  equal(code, 0, err);
  match(out, /^simulated 6 patterns of 64 x 64/);
  const report = await runPlica("inspect", `${folder}/scan.npz`);
  equal(report.code, 0, report.out);
  match(report.out, /^probe +2 modes$/m);
  match(report.out, /^pixel size +10 nm$/m);
  ok(!/note:|problem:|warning/.test(report.out), report.out);
});

Deno.test("--json says what is in the files of a dose series and a split", async () => {
  const { code, out, err } = await simulate(
    "series.npz",
    "--dose",
    "1e3,1e5",
    "--split",
    "y",
    "--json",
    "--quiet",
  );
  equal(code, 0, err);
  equal(err, "");
  const summary = JSON.parse(out);
  equal(summary.patterns, 12);
  equal(summary.pixel_size_m, 1e-8);
  const names = summary.files.map(({ file, part, patterns }: Record<string, unknown>) =>
    `${String(file).slice(folder.length + 1)} ${part} ${patterns}`
  );
  deepEqual(names, [
    "series_dose1e3_train.npz train 3",
    "series_dose1e3_test.npz test 3",
    "series_dose1e5_train.npz train 3",
    "series_dose1e5_test.npz test 3",
  ]);
  for (const { file, photons_per_pattern: dose, mean_counts: counts } of summary.files) {
    ok(Math.abs(counts / dose - 1) < 0.3);
    await using scan = await openScan(file);
    equal(scan.n, 3);
  }
});

Deno.test("simulate takes a picture as object and the probe of another scan", async () => {
  await Deno.writeFile(
    `${folder}/grey.png`,
    encode({ width: 4, height: 4, channels: 1, data: Uint8Array.from({ length: 16 }, (_, i) => 17 * i) }),
  );
  equal((await simulate("first.npz", "--probe", "gaussian", "--no-labels")).code, 0);
  const flags = ["--object", "image", "--object-file", `${folder}/grey.png`];
  const probe = ["--probe", "file", "--probe-file", `${folder}/first.npz`, "--dose", "1e4"];
  const { code, err } = await simulate("second.npz", ...flags, ...probe);
  equal(code, 0, err);
  await using first = await openScan(`${folder}/first.npz`);
  await using second = await openScan(`${folder}/second.npz`);
  const [a, b] = [first.probe.data, second.probe.data];
  const factor = b[2 * (32 * 64 + 32)] / a[2 * (32 * 64 + 32)];
  ok(a.every((v, i) => Math.abs(v * factor - b[i]) < 1e-4));
  deepEqual(second.labels, ["label_amp", "label_phase"]);
  deepEqual(first.labels, []);
});

Deno.test("a file that is there stays as it is without --overwrite", async () => {
  const file = `${folder}/kept.npz`;
  await Deno.writeTextFile(file, "mine");
  const { code, err } = await simulate("kept.npz", "--quiet");
  equal(code, 2);
  match(
    err,
    /^plica simulate: --output-file: found .*kept.npz: a file that is there already.*--overwrite\n$/,
  );
  equal(await Deno.readTextFile(file), "mine");
  equal((await simulate("kept.npz", "--overwrite")).code, 0);
  ok((await Deno.stat(file)).size > 1e5);
});

Deno.test("bad input gets one line, and nothing is written", async () => {
  const before = [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
  await Deno.writeTextFile(`${folder}/no.png`, "no picture");
  const calls: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["--dose", "many"], 2, /--dose: found many/],
    [["--size", "101"], 2, /--size: found 101, expected an even side/],
    [["--object", "moon"], 2, /--object.*moon/],
    [["--overlap", "0.5"], 2, /--overlap: found 0.5 besides a step/],
    [["--object", "image"], 2, /--object-file: found none/],
    [["--object", "image", "--object-file", `${folder}/no.png`], 1, /no\.png: found .*expected a PNG/],
    [["--probe", "file", "--probe-file", `${folder}/missing.npz`], 1, /missing\.npz/],
  ];
  for (const [flags, expected, words] of calls) {
    const { code, out, err } = await simulate("bad.npz", "--quiet", ...flags);
    equal(code, expected, `${flags.join(" ")}: ${err}`);
    equal(out, "");
    match(err, words);
    equal(err.trimEnd().split("\n").length, 1, err);
  }
  const away = await simulate("no/folder/scan.npz", "--quiet");
  equal(away.code, 2);
  match(away.err, /there is no folder/);
  match((await runPlica("simulate")).err, /--output-file is missing/);
  await Deno.remove(`${folder}/no.png`);
  deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).toSorted(), before);
});

Deno.test("patterns without a photon are told, and the call fails", async () => {
  const { code, err, out } = await simulate("dark.npz", "--dose", "0.01", "--json");
  equal(code, 1);
  match(err, /warning: .*dark.npz: zeros only or one constant value in patterns? /);
  ok(JSON.parse(out).files[0].unusable_patterns > 0);
});
