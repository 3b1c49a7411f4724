/**
 * A part of the patterns of a scan: they and their positions are those of the whole.
 */
import { deepEqual, match, rejects } from "node:assert/strict";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { openScan } from "../../src/scan/scan.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { smallScan } from "../support/small_scan.ts";
import { runPlica } from "../app/fake_session.ts";

const simulated = smallScan(3), file = await encodeNpz(scanArrays(simulated));

Deno.test("every second pattern from the second on, with its position", async () => {
  await using whole = await openScan(file),
    part = await openScan(file, {
      reading: { patterns: { start: 1, stop: Infinity, step: 2 } },
    });
  deepEqual(part.n, 4);
  deepEqual([...part.positionsPx.x], [1, 3, 5, 7].map((i) => whole.positionsPx.x[i]));
  deepEqual(await part.readCounts([0, 3]), await whole.readCounts([1, 7]));
});

Deno.test("a part without a pattern is refused, and so is a text that is none", async () => {
  const reading = { patterns: { start: 9, stop: 20, step: 1 } };
  await rejects(openScan(file, { reading }), /--patterns: found 9:20:1 of 9 patterns.*0 to 8/);
  const { code, err } = await runPlica("inspect", "x.npz", "--patterns", "first");
  deepEqual(code, 2);
  match(err, /--patterns: found first, expected START:STOP:STEP/);
});
