import { deepEqual, equal, match, ok } from "node:assert/strict";
import { study, TINY_STUDY, withStudy } from "./tiny_study.ts";

Deno.test("the whole chain at tiny size: 67 jobs, then none, one dose more, another report", () =>
  withStudy(TINY_STUDY, async ({ file, dir }) => {
    const run = (...args: string[]) =>
      study("run", file, "--output-dir", dir, "--executor", "inline", ...args);
    const planned = await run("--dry-run");
    deepEqual(planned.summary.phases, {
      simulate: 3,
      view: 6,
      train: 9,
      infer: 24,
      reconstruct: 12,
      compare: 12,
      report: 1,
    });

    // by filter: one dose
    const one = await run("--only", "dose=1e3");
    equal(one.code, 0, one.err);
    equal(one.summary.n_executed, 1 + 2 + 3 + 8 + 4 + 4 + 1);
    const first = await run("--compat");
    equal(first.code, 0, first.err);
    equal(first.summary.n_jobs, 67);
    equal(first.summary.n_success + first.summary.n_cached, 67);
    equal(first.summary.n_executed, 67 - 22, "the jobs of the other doses, and the report with them in it");

    // nothing changed
    const again = await run();
    equal(again.summary.n_executed, 0);
    equal(again.summary.n_cached, 67);
    const verified = await study("verify", dir);
    equal(verified.code, 0, verified.out);
    ok(verified.summary.numbers > 200);

    await checkReport(dir);
    await checkCompat(dir);

    // another report retrains nothing
    await Deno.writeTextFile(file, `${TINY_STUDY}report: { title: Another title, metrics: [ssim, mae] }\n`);
    equal((await run()).summary.n_executed, 1);
    match(await Deno.readTextFile(`${dir}/report/index.html`), /<h1>Another title<\/h1>/);

    // a further dose is new alone; only its solver, to be quick
    await Deno.writeTextFile(file, TINY_STUDY.replace("[1e3, 1e4, 1e5]", "[1e3, 1e4, 1e5, 3e5]"));
    const further = await run("--only", "dose=3e5", "--only", "method=lsqml", "--until", "reconstruct");
    deepEqual(further.summary.phases, { simulate: 1, view: 2, reconstruct: 4 });
    equal(further.summary.n_executed, 7);
  }));

async function checkReport(dir: string): Promise<void> {
  const csv = (await Deno.readTextFile(`${dir}/report/metrics.csv`)).trim().split("\n");
  equal(csv[0], "dose,dose_measured,view,overlap_measured,method,split,repeat,metric,part,value,job");
  const [dose, measured, view, overlap] = csv[1].split(",");
  ok(Math.abs(Number(measured) / Number(dose) - 1) < 0.2, `${measured} photons for ${dose}`);
  equal(view, "dense");
  ok(Math.abs(Number(overlap) - 0.5) < 0.1, `overlap ${overlap}`);
  const page = await Deno.readTextFile(`${dir}/report/index.html`);
  ok(!page.includes("<script"), "needs no script");
  ok(!/(src|href)="(?!data:)/.test(page), "needs nothing beside it");
  const metrics = JSON.parse(await Deno.readTextFile(`${dir}/report/metrics.json`));
  // every image of the study is either in the table or among the holes, with a reason
  const places = new Set([...metrics.rows, ...metrics.holes]
    .map((row: { dose: number; view: string; method: string; split: string }) =>
      `${row.dose} ${row.view} ${row.method} ${row.split}`
    ));
  equal(places.size, 36);
  ok(metrics.holes.every(({ text }: { text: string }) => text.length > 10));
}

async function checkCompat(dir: string): Promise<void> {
  const read = async (path: string) => JSON.parse(await Deno.readTextFile(`${dir}/compat/${path}`));
  const design = await read("study_design.json");
  deepEqual(design, {
    dose_list: [1e3, 1e4, 1e5],
    gridsizes: [1, 2],
    neighbor_count: 7,
    patch_size_pixels: 64,
    overlap_views: { dense: 0.5, sparse: 0.3 },
    spacing_thresholds: { dense: 32, sparse: 0.7 * 64 },
    train_test_split_axis: "y",
    rng_seeds: { simulation: 42, grouping: 123, subsampling: 456 },
    metrics_config: { ms_ssim_sigma: 1, emphasize_phase: true, report_amplitude: true },
  });
  const training = await read("phase_e/training_manifest.json");
  equal(training.jobs.length, 9);
  deepEqual(await read("phase_e/skip_summary.json"), {
    timestamp: training.timestamp,
    skipped_views: training.skipped_views,
    skipped_count: 0,
  });
  const reconstruction = await read("phase_f/reconstruction_manifest.json");
  equal(reconstruction.total_jobs, 12);
  equal(reconstruction.execution_results.length, 12);
  equal(reconstruction.execution_results[0].selection_strategy, "subsample");
  const comparison = await read("phase_g/comparison_manifest.json");
  equal(comparison.n_success + comparison.n_failed, comparison.n_executed);
  equal(comparison.n_jobs, 12);
  const summary = await read("phase_g/metrics_summary.json");
  deepEqual(Object.keys(summary.aggregate_metrics), ["PtychoPINN", "Baseline", "PtyChi"]);
  deepEqual(Object.keys((await read("phase_g/metrics_delta_summary.json")).deltas), [
    "vs_Baseline",
    "vs_PtyChi",
  ]);
}
