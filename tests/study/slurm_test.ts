import { deepEqual, equal, match, ok } from "node:assert/strict";
import { batchScript } from "../../src/study/executors/slurm_script.ts";
import { arraysOf } from "../../src/study/executors/slurm_arrays.ts";
import type { Job } from "../../src/study/plan/job.ts";
import { SOLVER_STUDY, study, TINY_STUDY, withStudy } from "./tiny_study.ts";

const SCRIPT = new URL("slurm_local.sh", import.meta.url).pathname;

function output(...command: string[]): { code: number; text: string } {
  const [program, ...args] = command;
  try {
    const { code, stdout, stderr } = new Deno.Command(program, { args }).outputSync();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } catch {
    return { code: 127, text: "" };
  }
}

const missing =
  ["sbatch", "slurmctld", "slurmd", "munged"].some((name) =>
      output("sh", "-c", `command -v ${name}`).code !== 0
    )
    ? "no Slurm here"
    : Deno.uid() !== 0
    ? "Slurm's daemon needs root"
    : undefined;

/** A test on a Slurm of its own; `slow` ones wait minutes for the scheduler and run where PLICA_SLOW is set. */
function slurmTest(name: string, work: (folder: string) => Promise<void>, { slow = false } = {}): void {
  const why = missing ?? (slow && !Deno.env.get("PLICA_SLOW") ? "PLICA_SLOW is not set" : undefined);
  Deno.test({
    name: why ? `slurm: ${name} (skipped: ${why})` : `slurm: ${name}`,
    ignore: why !== undefined,
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "plica-slurm-" });
      const before = Deno.env.get("SLURM_CONF");
      try {
        const started = output(SCRIPT, "start", folder);
        equal(started.code, 0, started.text);
        Deno.env.set("SLURM_CONF", `${folder}/etc/slurm.conf`);
        await work(folder);
      } finally {
        output("scancel", "--user=root");
        output(SCRIPT, "clean", folder);
        if (before === undefined) Deno.env.delete("SLURM_CONF");
        else Deno.env.set("SLURM_CONF", before);
      }
    },
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until<T>(what: string, look: () => Promise<T | undefined>, seconds = 120): Promise<T> {
  for (let waited = 0; waited < 2 * seconds; waited++) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(500);
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

const SMALL = "resources: { default: { memory: 600M } }\n";

slurmTest(
  "the chain gives the tables of this machine to the last digit",
  () =>
    withStudy(TINY_STUDY + SMALL, async ({ file, dir, folder }) => {
      const here = await study("run", file, "--output-dir", dir, "--executor", "inline");
      equal(here.code, 0, here.err);
      const there = await study("run", file, "--output-dir", `${folder}/slurm`, "--executor", "slurm");
      equal(there.code, 0, there.err);
      equal(there.summary.n_success, 67);
      for (const name of ["metrics.csv", "deltas.csv"]) {
        equal(
          await Deno.readTextFile(`${folder}/slurm/report/${name}`),
          await Deno.readTextFile(`${dir}/report/${name}`),
        );
      }
      equal((await study("verify", `${folder}/slurm`)).code, 0);
    }),
);

/** A foreign program that waits where a file says so, and returns the truth. */
const WAITING =
  `rpie: { command: [sh, wait.sh, "{dose}", "{split}", "{output}", "{input}"], result: object.npz }`;

slurmTest(
  "one task fails, one is cancelled, and the others end with a report",
  () =>
    withStudy(SOLVER_STUDY.replace(/rpie: .*/, WAITING) + SMALL, async ({ file, dir, folder }) => {
      await Deno.writeTextFile(
        `${folder}/wait.sh`,
        `[ "$1" = 10000 ] && [ "$2" = train ] && { echo broken; exit 3; }
       [ "$1" = 10000 ] && sleep 300
       cp "$4" "$3/object.npz"`,
      );
      const run = study("run", file, "--output-dir", dir, "--executor", "slurm");
      const waiting = await until("a task that waits", async () => {
        const { summary } = await study("status", dir);
        const job = summary.jobs?.find(({ kind, name, state }) =>
          kind === "command" && name.includes("dose=10000") && name.includes("split=test") &&
          state === "running"
        );
        return job ? { hash: job.hash, id: Reflect.get(job, "executor_id") as string } : undefined;
      });
      await pause(1000);
      equal(output("scancel", waiting.id).code, 0);
      const ran = await run;
      equal(ran.code, 1, ran.err);
      const commands = new Map(
        ran.summary.jobs.filter(({ kind }) => kind === "command").map((job) => [job.name, job]),
      );
      const of = (dose: string, split: string) =>
        [...commands].find(([name]) => name.includes(`dose=${dose}`) && name.includes(`split=${split}`))?.[1];
      equal(of("10000", "train")?.state, "failed");
      match(of("10000", "train")?.reason?.text ?? "", /exit code 3: broken/);
      equal(of("10000", "test")?.state, "cancelled");
      equal(of("100000", "train")?.state, "success");
      equal(of("100000", "test")?.state, "success");
      equal(ran.summary.jobs.find(({ kind }) => kind === "report")?.state, "success");
      deepEqual([
        ...new Set(ran.summary.jobs.filter(({ kind }) => kind === "compare").map(({ state }) => state)),
      ], ["success"]);
    }),
);

slurmTest("a site that limits address space is named as the reason before the program starts", () => {
  const limited = `${SOLVER_STUDY + SMALL}slurm: { prolog: "ulimit -v 30000000" }\n`;
  return withStudy(limited, async ({ file, dir }) => {
    const ran = await study("run", file, "--output-dir", dir, "--executor", "slurm", "--until", "simulate");
    equal(ran.code, 1, ran.err);
    deepEqual(ran.summary.jobs.map(({ state, reason }) => [state, reason?.code]), [
      ["failed", "exit"],
      ["failed", "exit"],
    ]);
    match(
      ran.summary.jobs[0].reason?.text ?? "",
      /exit code 1: found an address space of 30000000 KiB on \S+, expected at least 41943040; raise ulimit -v/,
    );
  });
});

const LONG = TINY_STUDY.replace("[1e3, 1e4, 1e5]", "[1e4]").replace("nepochs: 1,", "nepochs: 900,") + SMALL;
const TRAINING = ["--only", "method=pinn", "--only", "view=dense", "--until", "train"];

/** The training of a study on Slurm, once it has a checkpoint. */
async function training(dir: string): Promise<{ hash: string; id: string }> {
  return await until("a checkpoint", async () => {
    const { summary } = await study("status", dir);
    const job = summary.jobs?.find(({ kind, state }) => kind === "train" && state === "running");
    const there = job &&
      await Deno.stat(`${dir}/jobs/${job.hash}/out.part-1/checkpoints`).catch(() => undefined);
    return there ? { hash: job.hash, id: String(Reflect.get(job, "executor_id")) } : undefined;
  });
}

async function attempts(
  dir: string,
  hash: string,
): Promise<{ resumed: boolean; reason?: { code: string } }[]> {
  return JSON.parse(await Deno.readTextFile(`${dir}/jobs/${hash}/state.json`)).attempts;
}

slurmTest("a requeued training goes on from its checkpoint", () =>
  withStudy(LONG, async ({ file, dir }) => {
    const run = study("run", file, "--output-dir", dir, "--executor", "slurm", ...TRAINING);
    const { hash, id } = await training(dir);
    await pause(2000);
    equal(output("scontrol", "requeue", id).code, 0);
    const ran = await run;
    equal(ran.code, 0, ran.err);
    const tries = await attempts(dir, hash);
    equal(tries.length, 2);
    equal(tries[1].resumed, true);
  }), { slow: true });

slurmTest(
  "a training on a lost node goes on when the node comes back",
  (slurm) =>
    withStudy(LONG, async ({ file, dir }) => {
      const run = study("run", file, "--output-dir", dir, "--executor", "slurm", ...TRAINING);
      const { hash } = await training(dir);
      await pause(2000);
      const daemon = (await Deno.readTextFile(`${slurm}/run/slurmd.pid`)).trim();
      const state = JSON.parse(await Deno.readTextFile(`${dir}/jobs/${hash}/state.json`));
      for (
        const pid of [
          daemon,
          ...output("pgrep", "-x", "slurmstepd").text.trim().split("\n"),
          state.attempts[0].process.pid,
        ]
      ) {
        output("kill", "-9", String(pid));
      }
      await until(
        "the node is down",
        () => Promise.resolve(output("sinfo", "-h", "-o", "%T").text.includes("down") || undefined),
        180,
      );
      output("slurmd", "-f", `${slurm}/etc/slurm.conf`);
      const ran = await run;
      equal(ran.code, 0, ran.err);
      const tries = await attempts(dir, hash);
      equal(tries.length, 2);
      equal(tries[1].resumed, true);
    }),
  { slow: true },
);

Deno.test("arrays are cut at the largest size of the site, and hold jobs of one kind and size", () => {
  const job = (k: number, kind: Job["kind"]): Job => ({
    hash: String(k),
    kind,
    axes: {},
    args: [],
    settings: {},
    inputs: {},
    needs: "all",
    level: 0,
    resources: { cpus: 1, memoryBytes: 1, gpus: 0, seconds: 0 },
  });
  const arrays = arraysOf(
    [...Array.from({ length: 2500 }, (_, k) => job(k, "infer")), job(9999, "train")],
    1001,
  );
  deepEqual(arrays.map(({ length }) => length), [1001, 1001, 498, 1]);
});

Deno.test("the batch script passes the signal on, waits for the checkpoint and asks to be queued again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "plica-batch-" });
  try {
    const job = `${folder}/jobs/cafe`;
    await Deno.mkdir(job, { recursive: true });
    await Deno.writeTextFile(`${folder}/list`, "beef\ncafe\n");
    await Deno.writeTextFile(
      `${folder}/plica`,
      `#!/bin/bash\necho "$@" > ${folder}/called\ntrap 'sleep 1; echo saved > ${folder}/saved; exit 130' TERM\nsleep 30 & wait $!\n`,
      { mode: 0o755 },
    );
    await Deno.writeTextFile(`${folder}/scontrol`, `#!/bin/bash\necho "$@" > ${folder}/requeued\n`, {
      mode: 0o755,
    });
    const script = batchScript({
      dir: folder,
      list: `${folder}/list`,
      program: [`${folder}/plica`],
      prolog: "",
    });
    const child = new Deno.Command("bash", {
      args: ["-c", script.replace("sleep 60", ":")],
      env: { PATH: `${folder}:${Deno.env.get("PATH")}`, SLURM_ARRAY_TASK_ID: "1", SLURM_ARRAY_JOB_ID: "7" },
    }).spawn();
    await until("the call", () => Deno.readTextFile(`${folder}/called`).catch(() => undefined), 10);
    await pause(300);
    child.kill("SIGUSR1");
    equal((await child.status).code, 130);
    equal((await Deno.readTextFile(`${folder}/saved`)).trim(), "saved");
    equal((await Deno.readTextFile(`${folder}/requeued`)).trim(), "requeue 7_1");
    match(
      await Deno.readTextFile(`${folder}/called`),
      /study job .* cafe --executor slurm --executor-id 7_1/,
    );
    ok((await Deno.stat(`${job}/timeout`)).isFile);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
