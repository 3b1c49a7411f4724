import { deepEqual, equal, match, ok } from "node:assert/strict";
import { SOLVER_STUDY, study, type StudyAnswer, withStudy } from "./tiny_study.ts";

const BACKGROUND = new URL("../../examples/background_executor.ts", import.meta.url).pathname;

/** One method that waits until a file appears, then gives the truth. */
const WAITING = SOLVER_STUDY.replace("dose: [1e4, 1e5]", "dose: [1e4]").replace(
  /rpie: .*/,
  'rpie: { command: [sh, wait.sh, "{input}", "{output}"], result: object.npz }',
);
const WAIT = 'while [ ! -e go ]; do sleep 0.1; done\ncp "$1" "$2/object.npz"\n';

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 600 && !await look(); waited++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const count = ({ summary }: StudyAnswer, state: string) =>
  summary.jobs?.filter((job) => job.state === state).length ?? 0;

for (const executor of ["local", BACKGROUND]) {
  const name = executor.split("/").at(-1);
  Deno.test(`cancel ends the jobs of a run in another process, and a later run takes them up [${name}]`, () =>
    withStudy(WAITING, async ({ file, dir, folder }) => {
      await Deno.writeTextFile(`${folder}/wait.sh`, WAIT);
      const first = study("run", file, "--output-dir", dir, "--executor", executor, "--jobs", "2");
      await until(async () => {
        const { summary } = await study("status", dir);
        return summary.jobs?.some(({ kind, state }) => kind === "command" && state === "running") ?? false;
      });
      const cancelled = await study("cancel", dir);
      equal(cancelled.code, 0, cancelled.err);
      await Deno.writeTextFile(`${folder}/go`, "");
      await first;
      const between = await study("status", dir);
      ok(count(between, "running") + count(between, "submitted") === 0, between.out);
      const second = await study("run", file, "--output-dir", dir, "--executor", executor, "--retry", "all");
      equal(second.code, 0, second.err);
      equal(second.summary.n_success + second.summary.n_cached, second.summary.n_jobs);
      equal((await study("verify", dir)).code, 0);
    }));
}

Deno.test("a file that is no executor, and a name that there is not, are refused before anything is written", () =>
  withStudy(SOLVER_STUDY, async ({ file, dir, folder }) => {
    const refused = async (executor: string, words: RegExp) => {
      const { code, err } = await study("run", file, "--output-dir", dir, "--executor", executor);
      equal(code, 2, err);
      match(err, words);
    };
    await refused(
      "slrum",
      /--executor: found slrum, expected one of local, slurm, inline, or the path of a file; did you mean slurm\?/,
    );
    await refused(`${folder}/none.ts`, /found no such file, expected a module with openExecutor/);
    await Deno.writeTextFile(`${folder}/a.ts`, "export const open = 1;");
    await refused(`${folder}/a.ts`, /found no export openExecutor/);
    await Deno.writeTextFile(`${folder}/b.ts`, "export const openExecutor = () => ({ limits() {} });");
    await refused(
      `${folder}/b.ts`,
      /found an executor without submit, expected limits, submit, poll, cancel, wait/,
    );
    await Deno.writeTextFile(`${folder}/c.ts`, "export const openExecutor = (;");
    await refused(`${folder}/c.ts`, /found no module that can be loaded/);
    equal(await Deno.stat(`${dir}/plan.json`).catch(() => undefined), undefined);
  }));

Deno.test("a job runs by hand, status shows it, and report makes the forms that are asked for", () =>
  withStudy(SOLVER_STUDY, async ({ file, dir }) => {
    const simulated = await study(
      "run",
      file,
      "--output-dir",
      dir,
      "--executor",
      "inline",
      "--until",
      "view",
    );
    equal(simulated.code, 0, simulated.err);
    const before = await study("status", dir);
    const next = before.summary.jobs.find(({ kind, state }) => kind === "reconstruct" && state === "ready");
    ok(next, "a reconstruction is ready");
    equal(before.summary.jobs.find(({ kind }) => kind === "report")?.state, "waiting");
    const ran = await study("job", dir, next.hash);
    equal(ran.code, 0, ran.err);
    const after = await study("status", dir);
    equal(after.summary.jobs.find(({ hash }) => hash === next.hash)?.state, "success");
    match(
      (await study("job", dir, "0123456789abcdef")).err,
      /found no job, expected a folder that plica study run made/,
    );

    const all = await study("run", file, "--output-dir", dir, "--executor", "inline");
    equal(all.code, 0, all.err);
    equal((await study("report", dir, "--format", "csv,json")).code, 0);
    const names = async (folder: string) =>
      (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    deepEqual(await names(`${dir}/report-now`), ["costs.csv", "deltas.csv", "metrics.csv", "metrics.json"]);
    match(
      (await study("report", dir, "--format", "pdf")).err,
      /--format: found pdf, expected some of html, md, csv, json/,
    );
    const watched = await study("status", dir, "--watch");
    equal(watched.code, 0, watched.err);
  }));

Deno.test("the workflow for Snakemake has a rule for each kind, and its jobs run by its lines", () =>
  withStudy(SOLVER_STUDY, async ({ file, dir }) => {
    const exported = await study("export", file, "--to", "snakemake", "--output-dir", dir);
    equal(exported.code, 0, exported.err);
    const text = await Deno.readTextFile(`${dir}/Snakefile`);
    const rules = [...text.matchAll(/^rule (\w+):/gm)].map(([, rule]) => rule);
    deepEqual(rules, ["all", "simulate", "view", "reconstruct", "compare", "report"]);
    const jobs: Record<string, { kind: string; inputs: string[]; mem_mb: number }> = JSON.parse(
      await Deno.readTextFile(`${dir}/snakemake.json`),
    );
    equal(Object.keys(jobs).length, 17);
    // in the order of their inputs, as the rules demand
    const done = new Set<string>();
    for (const [hash, { inputs }] of Object.entries(jobs)) {
      ok(inputs.every((input) => done.has(input)), hash);
      equal((await study("job", dir, hash, "--executor", "snakemake")).code, 0);
      done.add(hash);
    }
    const { summary } = await study("status", dir);
    equal(summary.n_success, 17);
  }));
