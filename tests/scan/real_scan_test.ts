import { deepEqual, equal, ok } from "node:assert/strict";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import { findShared } from "../support/arrays.ts";

for (const size of [64, 128]) {
  const path = `data/siemens_star_${size}.npz`;
  const url = findShared(path);
  Deno.test({
    name: `the real scan of ${size} x ${size} patterns is opened${url ? "" : ` (skipped: no ${path})`}`,
    ignore: !url,
    fn: async () => {
      if (!url) return;
      const notes: string[] = [];
      await using scan = await openScan(url, { onNote: (line) => notes.push(line) });
      deepEqual([scan.n, scan.size, scan.measurement, notes], [516, size, "amplitude", []]);
      deepEqual([scan.probe.modes, scan.probe.size], [1, size]);
      const counts = await scan.readCounts([0, 515]);
      ok(
        counts.every((value) => Math.abs(value - Math.round(value)) < 1e-3 * (1 + value)),
        "counts are whole",
      );
      // the probe as it came is scaled to the mean photon count
      await using raw = await openScan(url, { probeKey: "probeGuessRaw" });
      const total = raw.probe.data.reduce((sum, value) => sum + value * value, 0);
      ok(Math.abs(total / raw.meanCounts - 1) < 0.01, `probe ${total}, patterns ${raw.meanCounts}`);
      equal((await inspectScan(url, { probeKey: "probeGuessRaw" })).problems.length, 0);
    },
  });
}
