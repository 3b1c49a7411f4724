/**
 * The data path: start-up, grouping, placing, and scans larger than memory. Each figure comes from a process of its own,
 * with the largest resident set that the system saw.
 *
 * usage: deno run -A bench/data_path.ts start SCAN.npz | group | place | stream [GIGABYTES] | stitch [PATCHES]
 *   start   `--help`, and the time from `train` to its first step
 *   group   1,000,000 positions, gridsize 2, K 7
 *   place   100,000 patches of 64 x 64
 *   stream  makes a scan of that size (default 8) in the temporary folder and deletes it afterwards; checks it, trains
 *           and infers from it, and from 2,048 of its patterns that fit into memory
 *   stitch  phases and canvas of so many patches (default 500,000), which wait in a file
 */
import { median } from "./support/median.ts";
import { PART_NAMES, type PartName } from "./support/data_path_parts.ts";

const [command = "", ...rest] = Deno.args;

/** Runs a part in a process of its own; prints and returns what it measured. */
async function part(name: PartName, ...args: string[]): Promise<Record<string, number>> {
  const script = new URL("./support/data_path_parts.ts", import.meta.url).href;
  const { stdout, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, name, ...args],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  const text = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  console.log(`${name} ${args.join(" ")}: ${text}`);
  return JSON.parse(text);
}

async function start(scan: string): Promise<void> {
  const cli = new URL("../cli.ts", import.meta.url).href;
  const help: number[] = [], first: number[] = [];
  for (let round = 0; round < 7; round++) {
    const begun = performance.now();
    await new Deno.Command(Deno.execPath(), { args: ["run", "-A", cli, "--help"], stdout: "null" }).output();
    help.push((performance.now() - begun) / 1000);
  }
  for (let round = 0; round < 5; round++) {
    first.push((await part("first-step", scan, String(Date.now()))).seconds);
  }
  console.log(`--help ${median(help).toFixed(3)} s, first step ${median(first).toFixed(2)} s (medians)`);
}

async function stream(gigabytes: number): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "plica-bench-" });
  try {
    const [large, small] = [`${folder}/large.npz`, `${folder}/small.npz`];
    await part("make", large, String(Math.round(gigabytes * 1e9 / 16384)));
    await part("make", small, "2048");
    for (const name of ["train", "infer"] as const) {
      const [memory, disk] = [await part(name, small), await part(name, large)];
      const ratio = disk.patternsPerSecond / memory.patternsPerSecond;
      console.log(`${name}: ${ratio.toFixed(3)} of the speed from memory, ${disk.peakMiB} MiB`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

switch (command) {
  case "start":
    await start(rest[0]);
    break;
  case "stream":
    await stream(Number(rest[0] ?? 8));
    break;
  default:
    if (!PART_NAMES.some((name) => name === command)) throw new Error(`no bench ${command}`);
    await part(command as PartName, ...rest);
}
