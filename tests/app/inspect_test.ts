import { deepEqual, equal, match, ok } from "node:assert/strict";
import { PLICA_VERSION } from "../../src/common/version.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { writeBundle } from "../../src/formats/bundle.ts";
import { type NpzArrays, writeNpz } from "../../src/formats/npy/npz_write.ts";
import { diskScan } from "../support/disk_scan.ts";
import { runPlica } from "./fake_session.ts";

const simulated = diskScan({ across: 3 });
const n = simulated.xcoords.length;

/** A scan of nine patterns. */
function scanArrays(): Record<string, NpzArrays[string]> {
  const { side, diffraction, xcoords, ycoords, probe } = simulated;
  return {
    diffraction: { dtype: "float32", shape: [n, side, side], data: diffraction },
    xcoords: { dtype: "float64", shape: [n], data: xcoords },
    ycoords: { dtype: "float64", shape: [n], data: ycoords },
    probeGuess: { dtype: "complex64", shape: [side, side], data: probe },
  };
}

async function withFile(arrays: NpzArrays, run: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeNpz(`${folder}/scan.npz`, arrays);
    await run(`${folder}/scan.npz`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("inspect shows arrays, scanned area and photons of a good scan", async () => {
  await withFile(scanArrays(), async (file) => {
    const { code, out } = await runPlica("inspect", file);
    equal(code, 0, out);
    match(out, /^diffraction +float32 +9 x 64 x 64 +0 /m);
    match(out, /^patterns +9 of 64 x 64, stored as amplitude$/m);
    match(out, /^photons +\d+ in a pattern/m);
    match(out, /^positions +x [\d.]+ to [\d.]+, y .* canvas \d+ x \d+/m);
    match(out, /no problems found/);
  });
});

Deno.test("inspect with --json answers with one object on one line", async () => {
  await withFile(scanArrays(), async (file) => {
    const { code, out } = await runPlica("inspect", file, "--json", "--quiet");
    equal(code, 0);
    equal(out.trimEnd().split("\n").length, 1);
    const summary = JSON.parse(out);
    equal(summary.kind, "scan");
    equal(summary.n, 9);
    deepEqual(summary.problems, []);
    const mean = simulated.diffraction.reduce((sum, value) => sum + value, 0) / simulated.diffraction.length;
    ok(Math.abs(summary.arrays[0].stats.mean - mean) < 1e-6 * mean);
  });
});

Deno.test("inspect names every problem of a scan and exits 1", async () => {
  const arrays = scanArrays();
  delete arrays.probeGuess;
  arrays.xcoords = { dtype: "float64", shape: [n], data: simulated.xcoords.map((x, i) => i === 4 ? NaN : x) };
  await withFile(arrays, async (file) => {
    const { code, out } = await runPlica("inspect", file);
    equal(code, 1);
    const problems = out.split("\n").filter((line) => line.startsWith("problem: "));
    ok(problems.some((line) => line.includes("xcoords") && line.includes("NaN")), out);
    ok(problems.some((line) => line.includes("probeGuess")), out);
  });
});

Deno.test("inspect names a result with values that are no numbers", async () => {
  const object = {
    dtype: "complex64",
    shape: [2, 2],
    data: Float32Array.of(3, 4, 0, 1, 0, 0, NaN, 0),
  } as const;
  await withFile({ object }, async (file) => {
    const { code, out } = await runPlica("inspect", file);
    equal(code, 1);
    match(out, /^object +complex64 +2 x 2 +0 +5 +2 /m);
    match(out, /^problem: .*object: found NaN or infinite values, expected one complex image/m);
  });
});

Deno.test("inspect shows an NPZ that is neither scan nor result, values that are no numbers named", async () => {
  const weights = { dtype: "float32", shape: [3], data: Float32Array.of(1, 3, NaN) } as const;
  await withFile({ weights }, async (file) => {
    const { code, out } = await runPlica("inspect", file);
    equal(code, 1);
    match(out, /^weights +float32 +3 +1 +3 +2 /m);
    match(out, /^problem: .*weights: 1 values are NaN or infinite$/m);
  });
});

Deno.test("inspect shows the arrays of a result that is named by its folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const object = { dtype: "complex64", shape: [2, 3], data: new Float32Array(12) } as const;
    await writeNpz(`${folder}/reconstruction.npz`, { object });
    const { code, out } = await runPlica("inspect", folder);
    equal(code, 0, out);
    match(out, /result,[^]+^object +complex64 +2 x 3 [^]+^canvas +2 x 3, its first pixel at x 0, y 0$/m);
    match(out, /no problems found/);
    await writeNpz(`${folder}/reconstruction.npz`, {
      object,
      weight: { dtype: "float32", shape: [2, 2], data: new Float32Array(4) },
    });
    const bad = await runPlica("inspect", folder);
    equal(bad.code, 1);
    match(bad.out, /^problem: .*weight: found shape \[2, 2\], expected 2 x 3/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("inspect shows a bundle: origin, metrics, changed settings, weights", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { values, provenance } = resolveConfig([{ layer: "flag", values: { gridsize: 1 } }]);
    const port = { name: "patterns", shape: ["batch", 64, 64], dtype: "float32" as const };
    const model = { inputs: [port], outputs: [port], weights: ["encoder.bias"] };
    await writeBundle(`${folder}/wts.h5.zip`, {
      config: JSON.parse(JSON.stringify({ values, provenance })),
      manifest: {
        programVersion: PLICA_VERSION,
        trainingData: [{ file: "scan.npz", sha256: "ab".repeat(32) }],
        device: "wasm",
        metrics: { final_train_loss: 0.25 },
        models: { autoencoder: model, diffraction_to_obj: model },
      },
      weights: new Map([["encoder.bias", { shape: [2], data: Float32Array.of(-1, 3) }]]),
    });
    // the folder of a run stands for its bundle
    const { code, out } = await runPlica("inspect", folder);
    equal(code, 0);
    match(out, /bundle of format 1, 2 weights/);
    match(out, /^final_train_loss +0\.25$/m);
    match(out, /^model\.gridsize +1$/m);
    match(out, /^encoder\.bias +2 +-1 +3 +1$/m);
    equal(
      JSON.parse((await runPlica("inspect", folder, "--json")).out).changedSettings["model.gridsize"],
      "1",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("inspect refuses what is no archive in one line", async () => {
  for (const file of ["no-such-file.npz", "deno.json", "src"]) {
    const { code, out, err } = await runPlica("inspect", file, "--quiet");
    equal(code, 1);
    equal(out, "");
    match(err, new RegExp(`^plica inspect: ${file}[^\\n]+\\n$`));
  }
  equal((await runPlica("inspect")).code, 2);
});
