import { deepEqual, equal, ok } from "node:assert/strict";
import { fuzz, isClean } from "./fuzz.ts";
import { makeTargets } from "./targets.ts";
import { springTraps } from "./spring_traps.ts";
import { TRAPS } from "./traps.ts";
import { withFolder } from "../formats/support.ts";

/** Most memory that a process may hold that refuses a file; an idle one holds a third of it. */
const MOST_BYTES = 300e6;

Deno.test("traps are refused by name, all of them within 300 MB", async () => {
  await withFolder(async (folder) => {
    const { faults, refusals, peakBytes } = await springTraps(folder);
    deepEqual(faults, []);
    equal(refusals.length, TRAPS.length);
    ok(peakBytes < MOST_BYTES, `${peakBytes} bytes`);
  });
});

Deno.test("damaged files are refused on one line, or read as what they were: 6,500 of them", async () => {
  await withFolder(async (folder) => {
    const targets = await makeTargets(folder);
    const { faults, accepted, refused } = await fuzz(targets, { cases: 6500, seed: 20 });
    deepEqual(faults.slice(0, 5), []);
    equal(accepted + refused, 6500);
    // were all refused at the door, nothing behind it would be tried
    ok(accepted > 100 && refused > 1000, `${accepted} accepted, ${refused} refused`);
  });
});

Deno.test("only errors for people are clean refusals", () => {
  ok(!isClean(new TypeError("x is undefined")));
  ok(!isClean(new RangeError("Maximum call stack size exceeded")));
});
