/**
 * The CPU device itself: its kernels, memory, threads, errors and end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { WasmDevice } from "../../../src/engine/devices/wasm/device.ts";
import { copyCall, fillKernel } from "../../../src/engine/ops/shape/box_wasm.ts";
import { DeviceError, type Slice } from "../../../src/engine/devices/device.ts";

const whole = (device: WasmDevice, words: number): Slice => ({
  buffer: device.allocate(4 * words, "test"),
  byteOffset: 0,
  bytes: 4 * words,
});

const fill = (out: Slice, value: number, words = out.bytes / 4) => fillKernel({ out, words, value });

Deno.test("both builds of the module have the same kernels", async () => {
  const names = await Promise.all([false, "auto" as const].map(async (relaxed) => {
    const device = await WasmDevice.create({ threads: 1, relaxed });
    await device.dispose();
    return device.kernels;
  }));
  assert.ok(names[0].includes("conv_direct"));
  assert.deepEqual(names[0], names[1]);
});

Deno.test("memory is zeroed, copied in and out by value, and given back", async () => {
  const device = await WasmDevice.create({ threads: 1 });
  const slice = whole(device, 1000);
  assert.equal(device.liveBytes, 4000);
  assert.ok((await device.read(slice)).every((v) => v === 0));
  const data = Float32Array.from({ length: 1000 }, (_, i) => i);
  device.write(slice, data);
  data.fill(-1);
  const part = { ...slice, byteOffset: 256, bytes: 8 };
  assert.deepEqual([...await device.read(part)], [64, 65]);
  device.release(slice.buffer);
  assert.equal(device.liveBytes, 0);
  const again = whole(device, 1000);
  assert.ok((await device.read(again)).every((v) => v === 0));
  await device.dispose();
  assert.equal(device.liveBytes, 0);
});

Deno.test("a thousand runs on three threads see each other's results in order", async () => {
  const device = await WasmDevice.create({ threads: 3 });
  const [a, b] = [whole(device, 5000), whole(device, 5000)];
  const layout = { dims: [5000], fromStrides: [1], toStrides: [1], fromOffset: 0, toOffset: 0, words: 1 };
  const copy = copyCall({ from: a, to: b, ...layout });
  const first = await device.prepare([fill(a, 1), copy, fill(a, 2)]);
  const second = await device.prepare([copy, fill(a, 3)]);
  for (let i = 0; i < 1000; i++) {
    device.run(first);
    device.run(second);
  }
  assert.ok((await device.read(b)).every((v) => v === 2));
  assert.ok((await device.read(a)).every((v) => v === 3));
  await device.dispose();
});

Deno.test("more memory than there is gives a clear error, and the device lives on", async () => {
  const device = await WasmDevice.create({ threads: 1, memoryBytes: 64 * 2 ** 20 });
  const held: Slice["buffer"][] = [];
  assert.throws(
    () => device.allocate(2 ** 31, "too large"),
    /too large: a buffer has 0 to .* use a smaller batch/,
  );
  const tooMuch = () => {
    for (let i = 0; i < 5; i++) held.push(device.allocate(2 ** 24, "a quarter"));
  };
  assert.throws(
    tooMuch,
    (error) => error instanceof DeviceError && /no memory for a quarter.*smaller batch/.test(error.message),
  );
  held.forEach((buffer) => device.release(buffer));
  assert.equal(device.liveBytes, 0);
  whole(device, 10);
  await device.dispose();
});

Deno.test("what was released or disposed of is refused", async () => {
  const device = await WasmDevice.create({ threads: 2 });
  const slice = whole(device, 64);
  const prepared = await device.prepare([fill(slice, 1)]);
  prepared.dispose();
  assert.throws(() => device.run(prepared), DeviceError);
  device.release(slice.buffer);
  assert.throws(() => device.write(slice, new Float32Array(1)), DeviceError);
  assert.throws(() => device.release(slice.buffer), DeviceError);
  await assert.rejects(device.read(slice), DeviceError);
  const other = whole(device, 64);
  await assert.rejects(device.prepare([fill({ ...other, bytes: 512 }, 1)]), DeviceError);
  await device.dispose();
  await device.dispose();
  assert.throws(() => device.allocate(4, "late"), /disposed/);
  await assert.rejects(device.prepare([]), /disposed/);
});

Deno.test("a thread that stops in the middle of a kernel is an error, not a hang", async () => {
  const device = await WasmDevice.create({ threads: 2 });
  // Of 24 MiB the first thread's half lies in the buffer, the second one's runs past the end of the 16 MiB there are.
  const slice = whole(device, 3 * 2 ** 20);
  const wild = await device.prepare([fill(slice, 1, 6 * 2 ** 20)]);
  assert.throws(() => device.run(wild), /stopped.*make a new device/);
  assert.throws(() => device.run(wild), /make a new device/);
  await device.dispose();
});

Deno.test("threads, memory and signals are checked", async () => {
  for (const threads of [0, 1.5, 1000]) {
    await assert.rejects(WasmDevice.create({ threads }), /threads is a whole number from 1 to 256/);
  }
  await assert.rejects(WasmDevice.create({ memoryBytes: 1000 }), /memoryBytes is from/);
  await assert.rejects(WasmDevice.create({ threads: 2, signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
});

Deno.test("the device works when its code is imported over HTTP, workers included", async () => {
  const root = new URL("../../..", import.meta.url);
  const types: Record<string, string> = { ts: "application/typescript", wasm: "application/wasm" };
  const server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    const file = await Deno.readFile(new URL(path, root)).catch(() => undefined);
    if (!file) return new Response(null, { status: 404 });
    return new Response(file, {
      headers: { "content-type": types[path.split(".").pop() ?? ""] ?? "text/plain" },
    });
  });
  const source = `
    const engine = "http://localhost:${server.addr.port}/src/engine/";
    const { WasmDevice } = await import(engine + "devices/wasm/device.ts");
    const { cKernel } = await import(engine + "devices/wasm/c_struct.ts");
    const fill = cKernel("fill", { out: "pointer", words: "int", value: "float" });
    const device = await WasmDevice.create({ threads: 2 });
    const slice = { buffer: device.allocate(40000, "x"), byteOffset: 0, bytes: 40000 };
    device.run(await device.prepare([fill({ out: slice, words: 10000, value: 7 })]));
    console.log((await device.read(slice)).every((v) => v === 7) ? "good" : "bad");
    await device.dispose();`;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", "--no-check", "--quiet", source],
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  const { stdout, stderr } = await command.output();
  await server.shutdown();
  assert.equal(new TextDecoder().decode(stdout).trim(), "good", new TextDecoder().decode(stderr));
});
