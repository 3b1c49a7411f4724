/**
 * Reads the traps in a folder one after another, each a file named by its number, and prints the refusals and the most
 * memory that the process has held.
 *
 * @module
 */
import { messageOf } from "../../src/common/errors.ts";
import { residentPeak } from "./fuzz.ts";
import { TRAPS } from "./traps.ts";

const [folder] = Deno.args;
const refusals: string[] = [];
for (const [k, { read }] of TRAPS.entries()) {
  try {
    await read(await Deno.readFile(`${folder}/${k}`));
    refusals.push("accepted");
  } catch (error) {
    refusals.push(messageOf(error));
  }
}
console.log(JSON.stringify({ refusals, peakBytes: await residentPeak() }));
