import { deepEqual, equal, match, ok } from "node:assert/strict";
import { missingReason } from "../support/devices.ts";
import { runPlica } from "./fake_session.ts";

Deno.test("doctor shows the device that is asked for, with its threads and measured speed", async () => {
  const { code, out, err } = await runPlica("doctor", "--accelerator", "wasm", "--threads", "1", "--json");
  equal(code, 0, err);
  const { devices, cores, auto } = JSON.parse(out);
  equal(devices.length, 1);
  equal(devices[0].info.limits.threads, 1);
  ok(devices[0].speed.gigabytesPerSecond > 0 && devices[0].speed.gigaflopsPerSecond > 0);
  ok(devices[0].checks.length > 0);
  ok(devices[0].checks.every(({ passed }: { passed: boolean }) => passed));
  equal(cores, navigator.hardwareConcurrency);
  equal(auto, "wasm");
});

Deno.test("doctor shows all devices and says what auto takes; a device that is not there says why", async () => {
  const { code, out } = await runPlica("doctor", "--json");
  equal(code, 0);
  const { devices, auto } = JSON.parse(out);
  deepEqual(devices.map(({ kind }: { kind: string }) => kind), ["webgpu", "wasm", "reference"]);
  const [gpu] = devices;
  equal(gpu.info === undefined, missingReason("webgpu") !== undefined);
  ok(gpu.info ?? gpu.problem);
  equal(auto, gpu.info && !gpu.info.software ? "webgpu" : "wasm");
  match(
    (await runPlica("doctor", "--accelerator", "wasm")).out,
    /^wasm +wasm .* 3 of 3 passed$/m,
  );
});
