import { ok } from "node:assert/strict";
import { LatencyHistogram } from "../../../src/network/inference/latency.ts";

Deno.test("no percentile of times is above the largest time", () => {
  for (const ms of [0.1, 0.37, 12, 98.03, 5000]) {
    const latency = new LatencyHistogram();
    for (let k = 0; k < 20; k++) latency.add(ms);
    for (const percent of [50, 95, 100]) {
      ok(latency.percentile(percent) <= latency.largest, `${percent} of ${ms}`);
    }
  }
});
