import { lockStudy } from "../../src/study/run/lock.ts";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { SOLVER_STUDY, study, type StudyAnswer, withStudy } from "./tiny_study.ts";

const states = ({ summary }: StudyAnswer, kind: string) =>
  summary.jobs.filter((job) => job.kind === kind).map(({ state }) => state);

Deno.test("a view with too few patterns is skipped with the number, and is a gap in the report", () => {
  const sparse = SOLVER_STUDY.replace("{ all: {} }", "{ dense: { overlap: 0.1 }, sparse: { overlap: 0 } }")
    .replace("select: all, least: 4", "select: spacing-greedy, least: 2");
  // 64 px apart on 50 px: one pattern is left
  return withStudy(sparse.replace("overlap: 0.1", "overlap: 0.9"), async ({ file, dir }) => {
    const ran = await study("run", file, "--output-dir", dir, "--executor", "inline");
    equal(ran.code, 0, ran.err);
    equal(ran.summary.n_skipped, 2 + 2 * 2 * 2 + 2 * 2, "views, images, comparisons of the sparse view");
    const view = ran.summary.jobs.find(({ kind, name }) => kind === "view" && name.includes("sparse"));
    equal(view?.reason?.code, "too-few");
    match(view?.reason?.text ?? "", /sparse, train: 1 of 18 patterns kept, expected at least 2/);
    const { holes } = JSON.parse(await Deno.readTextFile(`${dir}/report/metrics.json`));
    const gaps = holes.filter((hole: { view: string; code: string }) =>
      hole.view === "sparse" && hole.code === "too-few"
    );
    equal(gaps.length, 8);
    match(await Deno.readTextFile(`${dir}/report/summary.md`), /1 of 18 patterns kept/);
    // a looser limit runs them alone
    await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace("least: 2", "least: 1"));
    const looser = await study("run", file, "--output-dir", dir, "--executor", "inline", "--until", "view");
    equal(looser.summary.n_success, 4);
  });
});

Deno.test("a damaged result is found, blocks what follows from it, and is made again when asked for", () =>
  withStudy(SOLVER_STUDY, async ({ file, dir }) => {
    const run = (...args: string[]) =>
      study("run", file, "--output-dir", dir, "--executor", "inline", ...args);
    const first = await run();
    equal(first.code, 0, first.err);
    const table = await Deno.readTextFile(`${dir}/report/metrics.csv`);
    const job = first.summary.jobs.find(({ kind }) => kind === "reconstruct");
    const image = `${dir}/jobs/${job?.hash}/out/reconstruction.npz`;
    const bytes = await Deno.readFile(image);
    bytes[bytes.length >> 1] ^= 1;
    await Deno.writeFile(image, bytes);

    const verified = await study("verify", dir);
    equal(verified.code, 1);
    match(verified.out, /input-damaged: reconstruction\.npz: found SHA-256/);

    // another method is left in the comparison, so that it goes on without this image
    const second = await run();
    equal(second.code, 1);
    deepEqual(second.summary.jobs.filter(({ state }) => state === "failed").map(({ hash }) => hash), [
      job?.hash,
    ]);
    equal(second.summary.jobs.find(({ hash }) => hash === job?.hash)?.reason?.code, "input-damaged");
    const { holes } = JSON.parse(await Deno.readTextFile(`${dir}/report/metrics.json`));
    ok(
      holes.some((hole: { code: string; method: string }) =>
        hole.code === "input-damaged" && hole.method === "lsqml"
      ),
    );

    const third = await run("--retry", "failed");
    equal(third.code, 0, third.err);
    equal(await Deno.readTextFile(`${dir}/report/metrics.csv`), table);
    equal((await study("verify", dir)).code, 0);

    // without a second image there is nothing to compare
    const data = third.summary.jobs.find(({ kind }) => kind === "simulate");
    await Deno.truncate(`${dir}/jobs/${data?.hash}/out/scan_train.npz`, 0);
    const fourth = await run();
    equal(fourth.code, 1);
    equal(fourth.summary.n_failed, 1);
    const blocked = (await run()).summary;
    equal(blocked.n_failed, 1);
  }));

Deno.test("a failing method fails alone; its points are holes with the reason", () => {
  const broken = SOLVER_STUDY.replace(
    /rpie: .*/,
    'rpie: { command: [sh, -c, "echo cannot do this >&2; exit 7"], result: x.npz }',
  );
  return withStudy(broken, async ({ file, dir }) => {
    const ran = await study("run", file, "--output-dir", dir, "--executor", "inline");
    equal(ran.code, 1);
    deepEqual(states(ran, "command"), ["failed", "failed", "failed", "failed"]);
    deepEqual(new Set(states(ran, "compare")), new Set(["success"]));
    const { reason } = ran.summary.jobs.find(({ kind }) => kind === "command") ?? {};
    deepEqual(reason, { code: "exit", text: "exit code 7: cannot do this" });
    equal(ran.summary.n_success + ran.summary.n_failed, ran.summary.n_executed);
    match(await Deno.readTextFile(`${dir}/report/summary.md`), /exit code 7: cannot do this/);
  });
});

Deno.test("images of one value or of no values are failures, whatever the exit code", () => {
  const make = (value: string) =>
    `rpie: { command: [${
      JSON.stringify(Deno.execPath())
    }, run, -A, make.ts, "{output}", "${value}"], result: x.npz }`;
  return withStudy(SOLVER_STUDY.replace(/rpie: .*/, make("1")), async ({ file, dir, folder }) => {
    const npz = new URL("../../src/formats/mod.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${folder}/make.ts`,
      `import { writeNpz } from "${npz}";
       const data = new Float32Array(2 * 64 * 64).fill(Number(Deno.args[1]));
       await writeNpz(Deno.args[0] + "/x.npz", { object: { dtype: "complex64", shape: [64, 64], data } });`,
    );
    const run = () =>
      study(
        "run",
        file,
        "--output-dir",
        dir,
        "--executor",
        "inline",
        "--only",
        "method=rpie",
        "--until",
        "command",
      );
    const constant = await run();
    equal(constant.summary.jobs.find(({ kind }) => kind === "command")?.reason?.code, "constant-image");
    await Deno.writeTextFile(file, SOLVER_STUDY.replace(/rpie: .*/, make("NaN")));
    const nan = await run();
    equal(nan.summary.jobs.find(({ kind }) => kind === "command")?.reason?.code, "not-finite");
  });
});

Deno.test("a second run beside the first is refused by the name of the first", () =>
  withStudy(SOLVER_STUDY, async ({ file, dir }) => {
    const run = () => study("run", file, "--output-dir", dir, "--executor", "inline", "--until", "simulate");
    await Deno.mkdir(dir);
    {
      await using _first = await lockStudy(dir); // what a run does before it writes anything else
      const second = await run();
      equal(second.code, 2);
      match(second.err, new RegExp(`found the study run by process ${Deno.pid} on `));
    }
    const alone = await run();
    equal(alone.code, 0, alone.err);
  }));

Deno.test("finished jobs are shared between studies by a cache", () =>
  withStudy(`${SOLVER_STUDY}cache: shared-cache\n`, async ({ file, dir, folder }) => {
    await Deno.mkdir(`${folder}/shared-cache`);
    const first = await study("run", file, "--output-dir", dir, "--executor", "inline");
    equal(first.code, 0, first.err);
    const second = await study("run", file, "--output-dir", `${folder}/other`, "--executor", "inline");
    equal(second.code, 0, second.err);
    equal(second.summary.n_executed, 0);
    equal(second.summary.n_cached, first.summary.n_jobs);
    equal(
      await Deno.readTextFile(`${folder}/other/report/metrics.csv`),
      await Deno.readTextFile(`${dir}/report/metrics.csv`),
    );
  }));
