/**
 * Kills training runs with SIGKILL at random moments and goes on with them: each must resume from its last checkpoint and
 * end with the weights of a run that nobody disturbed, and no file may ever be half written under its final name.
 *
 * usage: deno run -A bench/kill_and_resume.ts [N=200] [SEED=1]
 */
import { scanArrays } from "../src/simulation/scan_file.ts";
import { writeNpz } from "../src/formats/npy/npz_write.ts";
import { killAndResume } from "../tests/support/killed_runs.ts";
import { smallScan } from "../tests/support/small_scan.ts";

const [kills = "200", seed = "1"] = Deno.args;
const folder = await Deno.makeTempDir();
try {
  const scan = `${folder}/scan.npz`;
  await writeNpz(scan, scanArrays(smallScan(3)));
  const report = await killAndResume({
    scan,
    folder,
    kills: Number(kills),
    seed: Number(seed),
    largestDelayMs: 120,
    onKill: (line) => console.error(line),
  });
  console.log(JSON.stringify(report));
} finally {
  await Deno.remove(folder, { recursive: true });
}
