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
    (await runPlica("doctor", "--accelerator", "cpu")).out,
    /^wasm +wasm .* 3 of 3 passed$/m,
  );
});

Deno.test("doctor names a limit of open files that is too tight", async () => {
  const script = 'ulimit -n 40; exec "$0" run -A --quiet cli.ts doctor --accelerator reference';
  const command = new Deno.Command("sh", { args: ["-c", script, Deno.execPath()], stdout: "piped" });
  const { stdout } = await command.output();
  match(
    new TextDecoder().decode(stdout),
    /open files are limited to 40: .*expected 64 or more; raise ulimit -n/,
  );
});

Deno.test("doctor --plan shows every operation with algorithm, arithmetic, traffic, time and share", async () => {
  const config = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(config, JSON.stringify({ model: { gridsize: 2, nFiltersScale: 1 } }));
    const sizes = ["--pattern-size", "16", "--batch-size", "1", "--inference-batch-size", "2"];
    const flags = ["--plan", config, "--accelerator", "wasm", ...sizes];
    const { code, out, err } = await runPlica("doctor", ...flags, "--json");
    equal(code, 0, err);
    const { training, inference, peak, device } = JSON.parse(out);
    match(device, /^wasm/);
    ok(peak.gigaflopsPerSecond > 0 && peak.gigabytesPerSecond > 0);
    deepEqual([training.groups, training.channels, training.size], [1, 4, 16]);
    deepEqual([inference.groups, inference.channels], [2, 1]);
    for (const { ms, rows } of [training, inference]) {
      ok(ms > 0);
      const total = rows.reduce((sum: number, { share }: { share: number }) => sum + share, 0);
      ok(Math.abs(total - 1) < 1e-9);
      const convolutions = rows.filter(({ op }: { op: string }) => op === "conv2d");
      equal(convolutions[0].algorithm, "direct");
      equal(convolutions[1].algorithm, "winograd4");
      // 32 to 32 channels, 9 taps, 16 x 16 pixels, 4 or 2 patterns
      equal(convolutions[1].flops, 2 * 32 * 32 * 9 * 256 * (rows === training.rows ? 4 : 2));
      ok(convolutions.every(({ ms, of_peak }: { ms: number; of_peak: number }) => ms > 0 && of_peak > 0));
    }
    ok(training.rows.some(({ op }: { op: string }) => op === "adam"));
    const text = await runPlica("doctor", ...flags);
    equal(text.code, 0, text.err);
    match(text.out, /^op +result +algorithm +Mflop +MB +ms +share +GFLOP\/s +GB\/s +of peak$/m);
    match(text.out, /^inference, 2 patterns of 16 x 16$/m);
  } finally {
    await Deno.remove(config);
  }
});

Deno.test("doctor takes sizes for a plan alone, and no plan of the reference", async () => {
  const sizes = await runPlica("doctor", "--pattern-size", "32");
  equal(sizes.code, 2);
  match(sizes.err, /add --plan CONFIG/);
  const config = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(config, "{}");
    const reference = await runPlica("doctor", "--plan", config, "--accelerator", "reference");
    equal(reference.code, 2);
    match(reference.err, /--plan takes webgpu or wasm/);
  } finally {
    await Deno.remove(config);
  }
});
