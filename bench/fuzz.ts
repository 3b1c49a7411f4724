/**
 * `deno task fuzz`: damaged files by the thousand, and files made to do harm, for as long as you like.
 *
 * `deno task fuzz --cases 100000 --seed 7`. Ends with 1 where a file gives a stack trace, takes over 5 s, or is accepted
 * although it is damaged, and where refusing takes over 300 MB.
 *
 * @module
 */
import { fuzz } from "../tests/fuzz/fuzz.ts";
import { springTraps } from "../tests/fuzz/spring_traps.ts";
import { makeTargets } from "../tests/fuzz/targets.ts";

const MOST_MS = 5000;
const MOST_BYTES = 300e6;
const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);

const flags = new Map(Deno.args.flatMap((arg, i) => arg.startsWith("--") ? [[arg, Deno.args[i + 1]]] : []));
const cases = Number(flags.get("--cases") ?? 10_000);
const seed = Number(flags.get("--seed") ?? 1);
const folder = await Deno.makeTempDir();
try {
  const traps = await springTraps(folder);
  for (const fault of traps.faults) console.error(fault);
  console.log(
    `${traps.refusals.length} traps, ${traps.faults.length} faults, peak memory ${
      mebibytes(traps.peakBytes)
    } MiB`,
  );
  const began = performance.now();
  const onCase = (done: number) => {
    if (done % 1000 === 0) console.error(`${done} of ${cases}`);
  };
  const report = await fuzz(await makeTargets(folder), { cases, seed, onCase });
  for (const fault of report.faults.slice(0, 20)) console.error(JSON.stringify(fault, null, 1));
  const { refused, accepted, faults, slowestMs, slowest, peakBytes } = report;
  console.log(`seed ${seed}: ${report.cases} files in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  console.log(`${refused} refused, ${accepted} accepted, ${faults.length} faults`);
  console.log(
    `slowest ${slowestMs.toFixed(0)} ms (${slowest}), peak memory ${mebibytes(peakBytes)} MiB`,
  );
  if (traps.faults.length > 0 || traps.peakBytes > MOST_BYTES || faults.length > 0 || slowestMs > MOST_MS) {
    Deno.exitCode = 1;
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
