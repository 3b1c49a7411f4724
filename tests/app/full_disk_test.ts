/**
 * A disk without room is named before the work begins.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runPlica } from "./fake_session.ts";
import { folderWithScan, SMALL_TRAINING } from "./small_scan.ts";

const { scan } = await folderWithScan();

function run(...command: string[]): boolean {
  const [program, ...args] = command;
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

const small = await Deno.makeTempDir({ prefix: "plica-small-" });
const mount = () => Deno.build.os === "linux" && run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small);
const mounts = mount();
if (mounts) run("umount", small);
globalThis.addEventListener("unload", () => Deno.removeSync(small));

Deno.test({
  name: `train and reconstruct name a full disk before the first epoch${
    mounts ? "" : " (skipped: no right to mount a small disk)"
  }`,
  ignore: !mounts,
  fn: async () => {
    ok(mount());
    try {
      await refuseBoth();
    } finally {
      run("umount", small);
    }
  },
});

async function refuseBoth(): Promise<void> {
  const device = ["--accelerator", "wasm", "--threads", "1"];
  for (
    const call of [
      ["train", "--train-data-file", scan, ...SMALL_TRAINING],
      ["reconstruct", "--data-file", scan, "--num-epochs", "3", ...device],
    ]
  ) {
    const { code, err } = await runPlica(...call, "--output-dir", `${small}/out`, "--quiet");
    equal(code, 2, err);
    match(err, /found .*out: [\d.]+ MB free, expected at least [\d.]+ MB, what .* take/);
    ok(!/epoch 1/.test(err));
    deepEqual([...Deno.readDirSync(small)], []);
  }
}
