import { deepEqual, equal, match, ok } from "node:assert/strict";
import { SOLVER_STUDY, study, withStudy } from "./tiny_study.ts";

function run(...command: string[]): boolean {
  const [program, ...args] = command;
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A small file system needs the right to mount one. */
const why = Deno.build.os !== "linux" ? "no tmpfs here" : await (async () => {
  const folder = await Deno.makeTempDir({ prefix: "plica-mount-" });
  const mounted = run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
  if (mounted) run("umount", folder);
  await Deno.remove(folder);
  return mounted ? undefined : "no right to mount";
})();

Deno.test({
  name: `a full disk fails its jobs with what is free, begins no others, and leaves nothing half${
    why ? ` (skipped: ${why})` : ""
  }`,
  ignore: why !== undefined,
  fn: () =>
    withStudy(SOLVER_STUDY, async ({ file, folder }) => {
      const small = `${folder}/small`;
      await Deno.mkdir(small);
      ok(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small));
      try {
        const dir = `${small}/out`;
        const full = await study("run", file, "--output-dir", dir, "--executor", "local");
        equal(full.code, 1, full.err);
        const failed = full.summary.jobs.filter(({ state }) => state === "failed");
        deepEqual(new Set(failed.map(({ reason }) => reason?.code)), new Set(["disk-full"]));
        match(
          failed[0].reason?.text ?? "",
          /No space left on device.*; the job had written \d+ bytes, \d+ bytes are free$/,
        );
        ok(full.summary.n_open > 0, "no further job was begun");
        equal(full.summary.n_success + full.summary.n_failed, full.summary.n_executed);
        JSON.parse(await Deno.readTextFile(`${dir}/summary.json`));
        for (const { hash } of failed) {
          const left = await Array.fromAsync(Deno.readDir(`${dir}/jobs/${hash}`), ({ name }) => name);
          equal(left.some((name) => name.startsWith("out")), false, left.join());
        }

        ok(run("mount", "-o", "remount,size=200m", small));
        const again = await study(
          "run",
          file,
          "--output-dir",
          dir,
          "--executor",
          "local",
          "--retry",
          "failed",
        );
        equal(again.code, 0, again.err);
        equal((await study("verify", dir)).code, 0);
      } finally {
        run("umount", small);
      }
    }),
});
