/**
 * The JavaScript heap does not grow with training steps: measured in a process of its own, with garbage collection on demand.
 */
import assert from "node:assert/strict";

const PROGRAM = `
import { resolveConfig } from ${
  JSON.stringify(new URL("../../../src/config/resolve.ts", import.meta.url).href)
};
import { openDevice } from ${
  JSON.stringify(new URL("../../../src/engine/devices/open.ts", import.meta.url).href)
};
import { train } from ${
  JSON.stringify(new URL("../../../src/network/training/train.ts", import.meta.url).href)
};
import { openSmallScan } from ${JSON.stringify(new URL("../../support/small_scan.ts", import.meta.url).href)};
const device = await openDevice({ accelerator: "wasm", threads: 2 });
const scan = await openSmallScan(4);
const values = { model: { gridsize: 1, nFiltersScale: 1 }, data: { valFraction: 0 }, training: { nepochs: 1000, batchSize: 1 } };
const controller = new AbortController();
const marks = [];
let steps = 0;
await train(scan, {
  config: resolveConfig([{ layer: "program", values }]), device, signal: controller.signal,
  onProgress() {
    steps++;
    if (steps % 64 !== 0) return;
    globalThis.gc();
    marks.push(Deno.memoryUsage().heapUsed);
    if (marks.length === 5) controller.abort();
  },
});
await device.dispose();
await scan.close();
console.log(JSON.stringify(marks));
`;

Deno.test("the heap is as large after 320 steps as after 128", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--v8-flags=--expose-gc", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(PROGRAM));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const marks: number[] = JSON.parse(new TextDecoder().decode(stdout));
  const growth = (marks[4] - marks[1]) / 192;
  assert(growth < 256, `${growth} bytes for each step: ${marks}`);
});
