/**
 * How fast this machine follows a scan: latency from arrival to image, and patterns per second.
 *
 *     deno run -A bench/follow.ts [seconds] [n_filters_scale]
 *
 * The network has its initial weights; speed does not depend on them. Patterns of 64 x 64 come as fast as they are taken,
 * then at half of that speed.
 */
import { openDevice } from "../src/engine/devices/open.ts";
import { encodeNpz } from "../src/formats/npy/npz_write.ts";
import { scanArrays } from "../src/simulation/scan_file.ts";
import type { Arrival } from "../src/scan/arriving.ts";
import { openScan } from "../src/scan/scan.ts";

import { followArrivals } from "../src/network/inference/follow.ts";
import { openLiveReconstruction } from "../src/network/inference/live.ts";

import { diskScan } from "../tests/support/disk_scan.ts";
import { untrainedModel } from "../tests/support/untrained_model.ts";

const seconds = Number(Deno.args[0] ?? 8);
const filters = Deno.args[1] === undefined ? [1, 2] : [Number(Deno.args[1])];
await using scan = await openScan(await encodeNpz(scanArrays(diskScan({ across: 25 }))));
const device = await openDevice({ accelerator: "auto" });
const counts = await scan.readCounts(Int32Array.from({ length: scan.n }, (_, i) => i));
console.log(device.info.name);

/** `perArrival` patterns at a time, `rate` patterns per second, one scan after another beside the last. */
async function* arrivals(rate: number, perArrival: number): AsyncGenerator<Arrival> {
  const pixels = scan.size ** 2, { x, y } = scan.positionsPx;
  const begun = performance.now();
  for (let sent = 0; performance.now() - begun < 1000 * seconds; sent += perArrival) {
    const due = begun + 1000 * sent / rate;
    if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const first = sent % (scan.n - perArrival + 1);
    yield {
      source: `${sent}`,
      counts: counts.subarray(first * pixels, (first + perArrival) * pixels),
      xcoords: x.slice(first, first + perArrival),
      ycoords: y.slice(first, first + perArrival),
    };
  }
}

for (const nFiltersScale of filters) {
  const model = await untrainedModel(scan, { device, nFiltersScale });
  const run = async (rate: number, perArrival: number) => {
    using live = await openLiveReconstruction({ model, device });
    const report = await followArrivals(arrivals(rate, perArrival), { live });
    const { patterns, patternsPerSecond, latencyMs: { median, p95 } } = report;
    const begun = performance.now();
    live.finish();
    console.log(
      `n_filters_scale ${nFiltersScale}, ${
        Number.isFinite(rate) ? rate.toFixed(0) : "all that go"
      } per second in ` +
        `arrivals of ${perArrival}: ${patterns} patterns, ${
          patternsPerSecond.toFixed(0)
        } per second, latency median ` +
        `${median.toFixed(1)} ms, 95 % ${p95.toFixed(1)} ms; all phases together at the end ` +
        `${((performance.now() - begun) / 1000).toFixed(2)} s`,
    );
    return patternsPerSecond;
  };
  const most = await run(Infinity, 16);
  await run(most / 2, 1);
}
await device.dispose();
