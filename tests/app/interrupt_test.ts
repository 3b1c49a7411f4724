/**
 * Ctrl-C while the program trains as a process of its own.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readBundle } from "../../src/formats/bundle.ts";
import { runPlica } from "./fake_session.ts";
import { folderWithScan, SMALL_TRAINING } from "./small_scan.ts";

const { folder, scan } = await folderWithScan();
const CLI = new URL("../../cli.ts", import.meta.url);

/** Collects what is written until it matches, or to its end. */
async function readUntil(reader: ReadableStreamDefaultReader<string>, pattern?: RegExp): Promise<string> {
  let text = "";
  while (!pattern?.test(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  return text;
}

function train(outputDir: string) {
  const files = ["--train-data-file", scan, "--output-dir", outputDir];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLI.href, "train", ...files, ...SMALL_TRAINING, "--nepochs", "9999", "--json"],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Names of all files below, without the folders. */
function filesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${path}/${name}`).map((inner) => `${name}/${inner}`) : [name]
  ).sort();
}

Deno.test({
  name: "Ctrl-C during training: exit code 130, a model and its last state, whole files only [wasm]",
  ignore: Deno.build.os === "windows", // which has no SIGINT to send
}, async () => {
  const run = `${folder}/run`;
  await using child = train(run);
  const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const begun = await readUntil(errors, /^epoch 1: .+$/m);
  match(begun, /^epoch 1: loss /m);
  child.kill("SIGINT");
  const [rest, out, { code, signal }] = await Promise.all([
    readUntil(errors),
    new Response(child.stdout).text(),
    child.status,
  ]);
  deepEqual([code, signal], [130, null], rest);
  match(rest, /^interrupted: finishing cleanly/m);
  const summary = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  equal(summary.interrupted, true);
  ok(summary.epochs >= 1 && summary.epochs < 9999);
  deepEqual(filesIn(run), [
    "checkpoints/best.h5.zip",
    "checkpoints/last.h5.zip",
    "config.json",
    "loss.png",
    "loss.svg",
    "metrics.csv",
    "wts.h5.zip",
  ]);
  const bundle = await readBundle(`${run}/wts.h5.zip`);
  equal(bundle.manifest.weightsSha256, summary.weights_sha256);
  ok((await readBundle(`${run}/checkpoints/last.h5.zip`)).weights.size > 0);
  const { out: report } = await runPlica("inspect", run);
  match(report, /training run, interrupted; --resume goes on, \d+ epoch/);
});

Deno.test({
  name: "a second Ctrl-C ends the process at once with 130, and no file is half written [wasm]",
  ignore: Deno.build.os === "windows",
}, async () => {
  const run = `${folder}/twice`;
  await using child = train(run);
  const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  await readUntil(errors, /^epoch 1: .+$/m);
  child.kill("SIGINT");
  await readUntil(errors, /^interrupted: /m);
  try {
    child.kill("SIGINT");
  } catch (error) {
    ok(error instanceof TypeError); // it was faster and is gone
  }
  const [, , { code }] = await Promise.all([
    readUntil(errors),
    new Response(child.stdout).text(),
    child.status,
  ]);
  equal(code, 130);
  for (const name of filesIn(run).filter((file) => file.endsWith(".h5.zip") && !/\.tmp$/.test(file))) {
    await readBundle(`${run}/${name}`);
  }
});

Deno.test({
  name: "SIGTERM saves as Ctrl-C does, and exits with 143 [wasm]",
  ignore: Deno.build.os === "windows",
}, async () => {
  const run = `${folder}/terminated`;
  await using child = train(run);
  const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  await readUntil(errors, /^epoch 1: .+$/m);
  child.kill("SIGTERM");
  const [rest, out, { code, signal }] = await Promise.all([
    readUntil(errors),
    new Response(child.stdout).text(),
    child.status,
  ]);
  deepEqual([code, signal], [143, null], rest);
  match(rest, /^terminated: finishing cleanly/m);
  const summary = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  const bundle = await readBundle(`${run}/wts.h5.zip`);
  equal(bundle.manifest.weightsSha256, summary.weights_sha256);
  ok(!filesIn(run).some((name) => /lock|tmp/.test(name)), "the claim of the folder is given back");
});

Deno.test({
  name: "a signal while the program starts leaves nothing half written, and no claim [wasm]",
  ignore: Deno.build.os === "windows",
}, async () => {
  for (const [i, delayMs] of [20, 80, 140, 200, 300, 450, 650, 900].entries()) {
    const run = `${folder}/early${i}`;
    await using child = train(run);
    const out = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    child.kill(i % 2 === 0 ? "SIGINT" : "SIGTERM");
    const [, errors] = await out;
    const { code } = await child.status;
    ok([130, 143].includes(code), `after ${delayMs} ms: ${code} ${errors}`);
    ok(!/^\s+at /m.test(errors), errors);
    let names: string[] = [];
    try {
      names = filesIn(run);
    } catch (error) {
      ok(error instanceof Deno.errors.NotFound); // nothing was written yet
    }
    ok(!names.some((name) => /lock|tmp|unfinished/.test(name)), `after ${delayMs} ms: ${names}`);
  }
});
