import { deepEqual, equal, ok } from "node:assert/strict";
import { ConfigError } from "../../src/common/mod.ts";
import fc from "../../src/deps/fast_check.ts";
import { fuzz, isClean } from "./fuzz.ts";
import { edits } from "./mutate.ts";
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

Deno.test("damage falls on all parts of a file", () => {
  const places = fc.sample(edits, { numRuns: 200, seed: 1 }).flat().map(({ at }) => Math.floor(at * 4));
  for (const quarter of [0, 1, 2, 3]) {
    ok(places.filter((place) => place === quarter).length > places.length / 8, `${quarter}`);
  }
});

Deno.test("a damaged name of a megabyte does not make a message of a megabyte", () => {
  const { message } = new ConfigError(`run.yaml: unknown setting ${"x".repeat(1e6)}; see the reference`);
  ok(message.length < 2000 && message.endsWith("; see the reference"), message.slice(-100));
});

Deno.test("only errors for people are clean refusals", () => {
  ok(!isClean(new TypeError("x is undefined")));
  ok(!isClean(new RangeError("Maximum call stack size exceeded")));
});
