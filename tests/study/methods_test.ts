import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runPlica } from "../app/fake_session.ts";
import { study, withStudy } from "./tiny_study.ts";

const FAST = "accelerator: wasm, threads: 1";
const FLAGS = ["--accelerator", "wasm", "--threads", "1"];

/** A measured scan, with each kind of method: trained, given, solver, and solver that begins with a network's image. */
const MEASURED = `
study: 1
name: measured
axes: { view: { all: {}, far: { overlap: 0.2 } } }
data: { file: scan.npz, split: none }
views: { select: spacing-greedy, least: 4, gridsize: 1 }
compare: { registration: false }
methods:
  net:
    train: { gridsize: 1, nepochs: 1, n-filters-scale: 1, n-groups: 8, ${FAST} }
    infer: { format: [npz], quality: false, ${FAST} }
  given: { model: run/wts.h5.zip, infer: { format: [npz], quality: false, ${FAST} } }
  solver: { reconstruct: { algorithm: rPIE, num-epochs: 3, ${FAST} } }
  hybrid: { from: net, reconstruct: { algorithm: rPIE, num-epochs: 3, ${FAST} } }
`.replace("all: {}", "all: { overlap: 0.95 }");

async function plica(...args: string[]): Promise<void> {
  const { code, err } = await runPlica(...args);
  equal(code, 0, err);
}

Deno.test("a measured scan whole: a trained network, a given one, a solver, and a solver that begins with the network", () =>
  withStudy(MEASURED, async ({ file, dir, folder }) => {
    const scan = `${folder}/scan.npz`;
    await plica("simulate", "--output-file", scan, "--positions", "36", "--step", "8", ...FLAGS);
    const train = ["--nepochs", "1", "--n-filters-scale", "1", "--gridsize", "1", "--n-groups", "8"];
    await plica("train", "--train-data-file", scan, "--output-dir", `${folder}/run`, ...train, ...FLAGS);
    const ran = await study("run", file, "--output-dir", dir, "--executor", "inline", "--compat");
    equal(ran.code, 0, ran.err);
    // the far view has no place for four patterns 51 px apart
    deepEqual(ran.summary.phases, {
      import: 1,
      view: 2,
      train: 2,
      infer: 4,
      reconstruct: 4,
      compare: 2,
      report: 1,
    });
    const { rows } = JSON.parse(await Deno.readTextFile(`${dir}/report/metrics.json`));
    const methods = new Set(
      rows.filter((row: { view: string }) => row.view === "all").map((row: { method: string }) => row.method),
    );
    deepEqual([...methods], ["net", "given", "solver", "hybrid"]);
    ok(
      rows.every((row: { dose: null; dose_measured: number }) =>
        row.dose === null && row.dose_measured > 9e4
      ),
    );
    // the same patterns and seed, so the solver alone differs from the one that begins elsewhere
    const value = (method: string) =>
      rows.find((row: { method: string; metric: string; part: string }) =>
        row.method === method && row.metric === "ssim" && row.part === "phase"
      ).value;
    ok(value("solver") !== value("hybrid"));
    const log = await Deno.readTextFile(
      `${dir}/jobs/${ran.summary.jobs.find(({ name }) => name.includes("hybrid"))?.hash}/log.1.txt`,
    );
    match(log, /rPIE/);
    equal((await study("verify", dir)).code, 0);
  }));
