import { deepEqual, equal, ok } from "node:assert/strict";
import { runPlica } from "../app/fake_session.ts";
import { SOLVER_STUDY, study, withStudy } from "./tiny_study.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;
const PYTHON = Deno.env.get("PLICA_PYTHON") ?? "python3";

const hasPtychi = await (async () => {
  const find = "import importlib.util, sys; sys.exit(importlib.util.find_spec('ptychi') is None)";
  try {
    return (await new Deno.Command(PYTHON, { args: ["-c", find], stderr: "null" }).output()).success;
  } catch {
    return false;
  }
})();

Deno.test("the example on a simulated object is a study of 181 jobs", async () => {
  const { code, err, summary } = await study("run", `${EXAMPLES}synthetic_dose_overlap.yaml`, "--dry-run");
  equal(code, 0, err);
  const phases = {
    simulate: 6,
    view: 12,
    train: 18,
    infer: 48,
    reconstruct: 48,
    command: 24,
    compare: 24,
    report: 1,
  };
  deepEqual(summary.phases, phases);
});

Deno.test("the fly64 study takes object, probe and positions of the file beside it", () =>
  withStudy("", async ({ folder }) => {
    const file = `${folder}/fly64_dose_overlap.yaml`;
    await Deno.copyFile(`${EXAMPLES}fly64_dose_overlap.yaml`, file);
    const missing = await study("run", file, "--dry-run");
    equal(missing.code, 2);
    ok(missing.err.includes("fly64.npz"), missing.err);
    const flags = ["--positions", "100", "--step", "6", "--accelerator", "wasm", "--threads", "1"];
    const scan = await runPlica("simulate", "--output-file", `${folder}/fly64.npz`, ...flags);
    equal(scan.code, 0, scan.err);
    const dir = `${folder}/out`;
    const args = ["--output-dir", dir, "--executor", "inline", "--only", "dose=1e3", "--until", "simulate"];
    const ran = await study("run", file, ...args);
    equal(ran.code, 0, ran.err);
    equal(ran.summary.n_success, 1);
    equal((await study("run", file, "--dry-run")).summary.n_jobs, 3 + 6 + 9 + 24 + 12 + 12 + 12 + 1);
  }));

Deno.test({
  name: `pty-chi reconstructs the scans of a study beside Plica's LSQML${
    hasPtychi ? "" : ` (skipped: ${PYTHON} has no ptychi)`
  }`,
  ignore: !hasPtychi,
  fn: () => {
    const call =
      `[${PYTHON}, "${EXAMPLES}ptychi_lsqml.py", "--input-npz={input}", "--output-dir={output}", --num-epochs=60]`;
    const text = SOLVER_STUDY.replace("[1e4, 1e5]", "[1e5]").replace("num-epochs: 3", "num-epochs: 60")
      .replace("positions: 36, step: 10", "positions: 144, step: 5")
      .replace(/rpie: .*/, `ptychi: { command: ${call}, result: ptychi_reconstruction.npz }`);
    return withStudy(text, async ({ file, dir }) => {
      const ran = await study("run", file, "--output-dir", dir, "--executor", "inline");
      equal(ran.code, 0, ran.err);
      const { rows } = JSON.parse(await Deno.readTextFile(`${dir}/report/metrics.json`));
      const ssim = (method: string): number =>
        rows.find((row: { method: string; metric: string; part: string; split: string }) =>
          row.method === method && row.metric === "ssim" && row.part === "phase" && row.split === "test"
        ).value;
      ok(ssim("ptychi") > 0.8, `SSIM ${ssim("ptychi")}`);
      ok(Math.abs(ssim("ptychi") - ssim("lsqml")) < 0.05, `${ssim("ptychi")} and ${ssim("lsqml")}`);
    });
  },
});
