/**
 * `plica run` from the file of a scan to picture, verdict and page: as it is, without a probe, turned, with few photons, and
 * on the real star beside its iterative image.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { compareReconstructions } from "../../src/comparison/compare.ts";
import type { NpyArray } from "../../src/formats/npy/npy.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { readObjectFile } from "../../src/image/object_file.ts";
import { turned } from "../../src/scan/turned.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { zonePlateProbe } from "../../src/physics/mod.ts";
import { deadLeaves } from "../../src/simulation/objects/objects.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { simulateScan } from "../../src/simulation/simulate.ts";
import { findShared } from "../support/arrays.ts";
import { smallScan } from "../support/small_scan.ts";
import { runPlica } from "./fake_session.ts";

const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const FLAGS = ["--accelerator", "wasm", "--threads", "1", "--overwrite", "--json"];
const simulated = smallScan(7), arrays = scanArrays(simulated) as Record<string, NpyArray>;

async function written(name: string, content: Record<string, NpyArray>): Promise<string> {
  const path = `${folder}/${name}.npz`;
  await Deno.writeFile(path, await encodeNpz(content));
  return path;
}

const without = (content: Record<string, NpyArray>, ...keys: string[]) =>
  Object.fromEntries(Object.entries(content).filter(([key]) => !keys.includes(key)));

async function ran(scan: string, ...flags: string[]) {
  const out = `${folder}/out`;
  const { code, out: text, err } = await runPlica("run", scan, "--output-dir", out, ...FLAGS, ...flags);
  equal(code, 0, err);
  return { out, err, summary: JSON.parse(text.trimEnd().split("\n").at(-1) ?? "") };
}

/** SSIM of phase and amplitude of a result against an image. */
async function scores(out: string, reference: string): Promise<{ phase: number; amplitude: number }> {
  const image = await readObjectFile(`${out}/reconstruction.npz`), truth = await readObjectFile(reference);
  const figures = compareReconstructions(image, truth);
  return { phase: figures.phase.ssim, amplitude: figures.amplitude.ssim };
}

Deno.test("a scan that is right: picture, verdict, page, record and the commands of it [wasm]", async () => {
  const scan = await written("right", arrays);
  const { out, summary } = await ran(scan);
  deepEqual([summary.verdict.word, summary.turned_by], ["good", ""]);
  const names = [...Deno.readDirSync(out)].map(({ name }) => name);
  for (const name of ["index.html", "run.json", "reconstruction.npz", "reconstructed_phase.png"]) {
    ok(names.includes(name), name);
  }
  const page = await Deno.readTextFile(`${out}/index.html`);
  match(page, /class="verdict good"/);
  match(page, /src="data:image\/png;base64,iVBOR/);
  ok(!/src="(?!data:)|<script/.test(page), "the page needs nothing beside it");
  const record = JSON.parse(await Deno.readTextFile(`${out}/run.json`));
  deepEqual(record.decisions, summary.decisions);
  match(record.commands[0], /^plica reconstruct --data-file .*right\.npz --algorithm /);
});

/** Runs the command that a run names for its image, and returns how that image compares with the run's. */
async function byHand(out: string, command: string) {
  const again = `${folder}/by_hand`;
  const [, ...words] = command.replace(" --output-dir by_hand", "").split(" ");
  const { code, err } = await runPlica(...words, "--output-dir", again, ...FLAGS);
  equal(code, 0, err);
  return await scores(again, `${out}/reconstruction.npz`);
}

Deno.test("a scan without a probe gets one, and as good an image [wasm]", async () => {
  const scan = await written("bare", without(arrays, "probeGuess", "objectGuess"));
  const { out, summary } = await ran(scan);
  match(summary.decisions[0].what, /^probe: the mean pattern as far field/);
  match(summary.commands[0], /--probe-from auto/);
  equal(summary.verdict.word, "good");
  const truth = await written("truth", arrays);
  ok((await scores(out, truth)).phase > 0.9);
});

Deno.test("patterns that are turned are turned back, which is said [wasm]", async () => {
  const diffraction = {
    ...arrays.diffraction,
    data: turned(simulated.diffraction, { size: 64, orientation: 4 }),
  };
  const scan = await written("turned", { ...without(arrays, "objectGuess"), diffraction });
  const { out, summary, err } = await ran(scan);
  ok(summary.turned_by !== "", err);
  match(err, /turned by --/);
  equal(summary.verdict.word, "good");
  const same = await byHand(out, summary.commands[0]);
  ok(same.phase > 0.999 && same.amplitude > 0.999, JSON.stringify(same));
});

Deno.test("a probe far out of focus is left aside for one that is searched for, which is said [wasm]", async () => {
  const lens = (defocusM: number) =>
    zonePlateProbe({
      ...{ side: 64, photons: 1e5, wavelengthM: 1.4e-10, pixelSizeM: 2e-8, diameterM: 1.6e-4 },
      ...{ outermostZoneM: 7e-8, centralStopM: 6e-5, defocusM },
    });
  const positions = rasterPositions({ rows: 9, columns: 9, step: 5, x0: 32, y0: 32, jitter: 1.5, seed: 3 });
  const object = { ...deadLeaves({ height: 112, width: 112, seed: 4 }), x0: 0, y0: 0 };
  const blurred = scanArrays(
    simulateScan({ side: 64, positions, probe: lens(4e-4), object, seed: 5 }),
  ) as Record<string, NpyArray>;
  const probeGuess = {
    dtype: "complex64" as const,
    shape: [64, 64],
    data: Float32Array.from(lens(1.2e-3)),
  };
  const scan = await written("other_probe", { ...without(blurred, "objectGuess"), probeGuess });
  const reference = await written("blurred", blurred);
  const { out, summary, err } = await ran(scan);
  match(err, /the probe that was given is left aside: with it the misfit is/);
  equal(summary.verdict.word, "good");
  match(summary.commands[0], /--probe-from auto/);
  ok((await scores(out, reference)).phase > 0.95);
  const told = await runPlica(
    ...["reconstruct", "--data-file", scan, "--output-dir", `${folder}/doubted`, "--algorithm", "LSQML"],
    ...["--num-epochs", "100", "--batch-size", "8", "--accelerator", "wasm", "--threads", "1"],
  );
  match(
    told.out + told.err,
    /verdict: doubtful.*\n.*the probe has become another than the one that was given/,
  );
});

Deno.test("a scan that flags turn is not turned on top, and the run says what fits better [wasm]", async () => {
  const scan = await written("as_told", without(arrays, "objectGuess"));
  const { code, out, err } = await runPlica(
    ...["run", scan, "--output-dir", `${folder}/told`, "--orientation", "4", ...FLAGS],
  );
  const summary = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  equal(summary.turned_by, "", err);
  match(err, /not turned: flags say how: --/);
  equal(code, summary.verdict.word === "failed" ? 1 : 0);
  equal(summary.commands[0].match(/--orientation/g).length, 1);
});

Deno.test("one line names what is missing, and nothing is written", async () => {
  const { code, err } = await runPlica("run", `${folder}/none.npz`, "--output-dir", `${folder}/never`);
  equal(code, 1);
  match(err, /none\.npz: found no such file/);
  const nothing = await runPlica("run");
  match(nothing.err, /SCAN is missing/);
  ok(![...Deno.readDirSync(folder)].some(({ name }) => name === "never"));
});

Deno.test("reconstruct searches for a probe when asked; infer refuses to", async () => {
  const scan = await written("asked", without(arrays, "probeGuess"));
  const flags = ["--accelerator", "wasm", "--threads", "1", "--probe-from", "auto"];
  const { code, err } = await runPlica(
    ...[
      "reconstruct",
      "--data-file",
      scan,
      "--output-dir",
      `${folder}/asked`,
      "--num-epochs",
      "10",
      ...flags,
    ],
  );
  equal(code, 0, err);
  match(err, /out of focus by a blur of/);
  const refused = await runPlica(
    ...["infer", "--test-data-file", scan, "--output-dir", `${folder}/refused`, ...flags],
  );
  equal(refused.code, 2, refused.err);
  match(refused.err, /--probe-from: found auto/);
});

for (
  const { size, what, phase, amplitude, flags = [], drop = [] } of [
    { size: 64, what: "with its probe", phase: 0.99, amplitude: 0.8 },
    {
      size: 64,
      what: "with the probe as it came",
      phase: 0.99,
      amplitude: 0.8,
      flags: ["--probe-key", "probeGuessRaw"],
    },
    {
      size: 64,
      what: "without a probe",
      phase: 0.97,
      amplitude: 0.65,
      drop: ["probeGuess", "probeGuessRaw"],
    },
    { size: 128, what: "with its probe", phase: 0.99, amplitude: 0.77 },
  ]
) {
  const path = `data/siemens_star_${size}.npz`, url = findShared(path);
  const reference = findShared(`data/siemens_star_${size}_iterative.npz`);
  Deno.test({
    name: `the star of ${size} x ${size} ${what}${url && reference ? "" : ` (skipped: no ${path})`} [wasm]`,
    ignore: !url || !reference,
    fn: async () => {
      if (!url || !reference) return;
      await using npz = await openNpz(url);
      const content: Record<string, NpyArray> = {};
      for (const { key } of npz.entries) {
        if (!drop.some((name) => name === key)) content[key] = await npz.readArray(key);
      }
      const { out, summary } = await ran(await written("star", content), ...flags);
      equal(summary.verdict.word, "good");
      const found = await scores(out, reference.pathname);
      ok(found.phase >= phase && found.amplitude >= amplitude, JSON.stringify(found));
    },
  });
}
