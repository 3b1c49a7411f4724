/**
 * Starts pairs of processes that claim one output folder at the same time: there must never be two winners.
 *
 * usage: deno run -A bench/claim_pairs.ts [PAIRS=50]
 */
import { claimAsPair } from "../tests/support/claiming_pairs.ts";

const [pairs = "50"] = Deno.args;
const folder = await Deno.makeTempDir();
const winners = { none: 0, one: 0, two: 0 };
try {
  for (let pair = 0; pair < Number(pairs); pair++) {
    const said = await claimAsPair(`${folder}/${pair}`, 1500);
    const won = said.filter((line) => line === "won").length;
    winners[(["none", "one", "two"] as const)[won]]++;
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log(JSON.stringify({ pairs: Number(pairs), winners }));
if (winners.one !== Number(pairs)) Deno.exit(1);
