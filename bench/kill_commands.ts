/**
 * Kills `infer` (with a trained model, and without), `reconstruct` and `merge` with SIGKILL at random moments and calls
 * them again: each must end with the object of a call that nobody disturbed, and no file may ever be half written.
 * `kill_and_resume.ts` does so with training runs.
 *
 * usage: deno run -A bench/kill_commands.ts [KILLS_OF_EACH=34] [SEED=1]
 */
import { scanArrays } from "../src/simulation/scan_file.ts";
import { writeNpz } from "../src/formats/npy/npz_write.ts";
import { killCommand, type KilledCommand } from "../tests/support/killed_commands.ts";
import { smallScan } from "../tests/support/small_scan.ts";

const [kills = "34", seed = "1"] = Deno.args;
const folder = await Deno.makeTempDir();
const quiet = ["--accelerator", "wasm", "--threads", "1", "--quiet"];

async function plica(...args: string[]): Promise<void> {
  const cli = new URL("../cli.ts", import.meta.url).href;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", cli, ...args],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

try {
  const scan = `${folder}/scan.npz`, model = `${folder}/model`;
  await writeNpz(scan, scanArrays(smallScan(5)));
  await plica(
    "train",
    "--train-data-file",
    scan,
    "--output-dir",
    model,
    "--nepochs",
    "1",
    "--gridsize",
    "1",
    ...quiet,
  );
  const parts = ["1/2", "2/2"];
  for (const [k, part] of parts.entries()) {
    const out = ["--output-dir", `${folder}/part${k}`, "--shard", part];
    await plica("infer", "--model-path", model, "--test-data-file", scan, ...out, ...quiet);
  }
  const commands: KilledCommand[] = [
    {
      name: "infer",
      args: ["infer", "--model-path", model, "--test-data-file", scan, ...quiet],
      again: ["--resume"],
    },
    { name: "infer-image", args: ["infer", "--test-data-file", scan, ...quiet], again: ["--resume"] },
    {
      name: "reconstruct",
      args: ["reconstruct", "--data-file", scan, "--num-epochs", "20", ...quiet],
      again: ["--resume"],
    },
    {
      name: "merge",
      args: ["merge", `${folder}/part0`, `${folder}/part1`, "--quiet"],
      again: ["--overwrite"],
    },
  ];
  for (const command of commands) {
    console.log(
      JSON.stringify(await killCommand(command, { folder, kills: Number(kills), seed: Number(seed) })),
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
