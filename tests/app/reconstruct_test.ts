/**
 * `plica reconstruct` from the command line to its files.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { main } from "../../src/app/main.ts";
import { readObjectFile } from "../../src/image/object_file.ts";
import { fakeSession, runPlica } from "./fake_session.ts";
import { folderWithScan } from "./small_scan.ts";

const { folder, scan } = await folderWithScan();
const FAST = ["--algorithm", "rPIE", "--batch-size", "3", "--accelerator", "wasm", "--threads", "1"];

function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("reconstruct writes result, pictures, curve and previews, and a summary [wasm]", async () => {
  const out = `${folder}/result`;
  const { code, out: text, err } = await runPlica(
    ...[
      "reconstruct",
      "--data-file",
      scan,
      "--output-dir",
      out,
      "--num-epochs",
      "4",
      "--positions",
      "--json",
    ],
    ...["--positions-epochs", "2", "--preview-every", "2", ...FAST],
  );
  equal(code, 0, err);
  match(err, /estimate: \d+ MB on the device, .* s for an epoch, \d+ s in all/);
  const summary = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
  equal(summary.algorithm, "rPIE");
  equal(summary.epochs, 4);
  ok(summary.final_error < summary.start_error);
  deepEqual(names(out), [
    "error.png",
    "error.svg",
    "errors.csv",
    "misfit.png",
    "positions.png",
    "previews",
    "probe.png",
    "reconstructed_amplitude.png",
    "reconstructed_complex.png",
    "reconstructed_phase.png",
    "reconstruction.npz",
    "verdict.json",
  ]);
  equal(names(`${out}/previews`).length, 4);
  const stored = await readObjectFile(`${out}/reconstruction.npz`);
  equal(stored.losses?.length, 4);
  equal(stored.positionsPx?.x.length, 9);
  equal(stored.probe?.size, 64);
  ok(stored.weight?.some((value) => value > 0));
  const about = stored.metadata as { algorithm: string; settings: { batchSize: number } };
  deepEqual([about.algorithm, about.settings.batchSize], ["rPIE", 3]);
});

Deno.test("--resume goes on to --num-epochs with the settings of the run, and its curve [wasm]", async () => {
  const out = `${folder}/resumed`;
  const begin = ["reconstruct", "--data-file", scan, "--output-dir", out];
  equal((await runPlica(...begin, "--num-epochs", "3", ...FAST)).code, 0);
  const device = ["--accelerator", "wasm", "--threads", "1"];
  const { code, out: text, err } = await runPlica(
    ...begin,
    "--resume",
    "--num-epochs",
    "5",
    "--json",
    ...device,
  );
  equal(code, 0, err);
  const summary = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
  deepEqual([summary.algorithm, summary.epochs], ["rPIE", 5]);
  const rows = Deno.readTextFileSync(`${out}/errors.csv`).trim().split("\n").slice(1).map((row) =>
    Number(row.split(",")[1])
  );
  equal(rows.length, 5);
  ok(rows[3] < rows[2], `the curve goes on downwards: ${rows}`);
  const done = await runPlica(...begin, "--resume", "--num-epochs", "5", ...device);
  equal(done.code, 0, done.err);
  match(done.out, /has its 5 epochs: nothing left to do/);
});

Deno.test("--initial-from an earlier result is a better start than none [wasm]", async () => {
  const first = `${folder}/first`, second = `${folder}/second`;
  const call = ["reconstruct", "--data-file", scan, "--num-epochs", "3", "--json", ...FAST];
  const before = await runPlica(...call, "--output-dir", first);
  const after = await runPlica(...call, "--output-dir", second, "--initial-from", first);
  const summary = (text: string) => JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
  ok(summary(after.out).start_error < summary(before.out).start_error / 2, after.err);
  equal(summary(after.out).epochs, 3);
});

Deno.test("what is wrong with a call is said in one line", async () => {
  const out = `${folder}/wrong`;
  const call = ["reconstruct", "--data-file", scan, "--output-dir", out];
  const cases: [string[], RegExp, number][] = [
    [["reconstruct", "--output-dir", out], /--data-file is missing/, 2],
    [["reconstruct", "--data-file", scan], /--output-dir is missing/, 2],
    [[...call, "--algorithm", "PIE"], /--algorithm/, 2],
    [[...call, "--probe-epochs", "9:2"], /probeEpochs: found 9:2/, 2],
    [[...call, "--initial-from", `${folder}/nothing.npz`, "--threads", "1"], /nothing\.npz/, 1],
    [[...call, "--mask-key", "probeGuess"], /expected|mask/i, 1],
    [[...call, "--mask-key", "nothing"], /nothing/, 1],
    [[...call, "--resume", "--initial-from", folder], /--resume goes on/, 2],
  ];
  for (const [args, pattern, code] of cases) {
    const result = await runPlica(
      ...args,
      ...(args.includes("--accelerator") ? [] : ["--accelerator", "wasm"]),
    );
    match(result.err, pattern);
    equal(await Deno.stat(out).catch(() => undefined), undefined, `${args.join(" ")}: something was written`);
    equal(result.code, code, `${args.join(" ")}: ${result.err}`);
  }
});

Deno.test("Ctrl-C saves what is reached and exits with 130 [wasm]", async () => {
  const out = `${folder}/interrupted`;
  const session = fakeSession();
  const args = ["reconstruct", "--data-file", scan, "--output-dir", out, "--num-epochs", "100000", ...FAST];
  const running = main([...args, "--json"], session);
  while (!/rPIE: object of/.test(session.err)) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 200));
  session.interrupt();
  equal(await running, 130, session.err);
  const summary = JSON.parse(session.out.trimEnd().split("\n").at(-1) ?? "");
  equal(summary.interrupted, true);
  ok((await readObjectFile(`${out}/reconstruction.npz`)).object.data.length > 0);
});
