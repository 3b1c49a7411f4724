import { equal, ok } from "node:assert/strict";
import process from "node:process";
import { study, TINY_STUDY, withStudy } from "./tiny_study.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;
const KILLS = 20;

/** Starts the program in a process of its own. */
function start(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLI, "study", ...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Process of a job that runs; undefined where none does. */
async function runningJob(dir: string): Promise<number | undefined> {
  const names = await Array.fromAsync(Deno.readDir(`${dir}/jobs`), ({ name }) => name).catch(() => []);
  for (const name of names) {
    const text = await Deno.readTextFile(`${dir}/jobs/${name}/lock`).catch(() => undefined);
    if (text) return JSON.parse(text).pid;
  }
}

Deno.test("killed twenty times, submitter and jobs, a study goes on to the same tables", () =>
  withStudy(TINY_STUDY, async ({ file, dir, folder }) => {
    const undisturbed = await study(
      "run",
      file,
      "--output-dir",
      `${folder}/undisturbed`,
      "--executor",
      "inline",
    );
    equal(undisturbed.code, 0, undisturbed.err);
    let [submitters, jobs] = [0, 0];
    while (submitters + jobs < KILLS) {
      const child = start("run", file, "--output-dir", dir, "--retry", "failed");
      await new Promise((resolve) => setTimeout(resolve, 300 + 900 * Math.random()));
      const job = Math.random() < 0.5 ? await runningJob(dir) : undefined;
      if (job === undefined) {
        child.kill("SIGKILL");
        submitters++;
      } else {
        // its submitter sees it and tries again, until it is ended as well
        try {
          process.kill(job, "SIGKILL");
          jobs++;
        } catch {
          // it had just ended by itself
        }
        await new Promise((resolve) => setTimeout(resolve, 300));
        child.kill("SIGKILL");
      }
      await child.status;
    }
    ok(submitters > 0 && jobs > 0, `${submitters} submitters and ${jobs} jobs were killed`);
    const last = start("run", file, "--output-dir", dir, "--retry", "failed");
    equal((await last.status).code, 0);
    const tables = ["metrics.csv", "deltas.csv"];
    for (const name of tables) {
      equal(
        await Deno.readTextFile(`${dir}/report/${name}`),
        await Deno.readTextFile(`${folder}/undisturbed/report/${name}`),
        name,
      );
    }
    const verified = await study("verify", dir);
    equal(verified.code, 0, verified.out);
    for await (const { name } of Deno.readDir(`${dir}/jobs`)) {
      const left = await Array.fromAsync(Deno.readDir(`${dir}/jobs/${name}`), (entry) => entry.name);
      equal(left.filter((one) => one.startsWith("out.part") || one === "lock").join(), "", name);
    }
  }));

Deno.test("Ctrl-C lets running jobs write their checkpoints and begins no others", () =>
  withStudy(
    TINY_STUDY.replace("[1e3, 1e4, 1e5]", "[1e4]").replace("nepochs: 1,", "nepochs: 400,"),
    async ({ file, dir }) => {
      const child = start("run", file, "--output-dir", dir, "--only", "method=pinn", "--until", "train");
      for (let waited = 0; waited < 600; waited++) {
        const { summary } = await study("status", dir);
        if (summary.jobs?.some(({ kind, state }) => kind === "train" && state === "running")) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await new Promise((resolve) => setTimeout(resolve, 2500)); // into the epochs
      child.kill("SIGINT");
      equal((await child.status).code, 130);
      const { summary } = await study("status", dir);
      const lost = summary.jobs.filter(({ kind, state }) => kind === "train" && state === "lost");
      ok(lost.length >= 1, JSON.stringify(summary.jobs.map(({ kind, state }) => [kind, state])));
      equal(lost[0].reason?.code, "signal");
      ok((await Deno.stat(`${dir}/jobs/${lost[0].hash}/out.part-1/checkpoints`)).isDirectory);
    },
  ));
