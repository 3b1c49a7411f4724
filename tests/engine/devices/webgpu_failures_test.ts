/**
 * What happens when a GPU has too little memory, goes away, or lacks a feature; and how work is handed to it.
 *
 * @module
 */
import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { DeviceError, DeviceLostError, DeviceMemoryError } from "../../../src/engine/devices/device.ts";
import { WebGpuDevice, type WebGpuOptions } from "../../../src/engine/devices/webgpu/device.ts";
import * as f from "../../../src/engine/graph/functions.ts";
import { Graph } from "../../../src/engine/graph/graph.ts";
import { compile } from "../../../src/engine/plan/program.ts";
import { missingReason } from "../../support/devices.ts";
import { noise, testOnGpu } from "../../support/webgpu_op.ts";

const reason = missingReason("webgpu");

/** A test that opens its devices itself. */
function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name: `${name}${reason ? ` (skipped: ${reason})` : ""}`, ignore: reason !== undefined }, run);
}

/** The machine's adapter, whose devices pass through `change` before they are handed out. */
async function adapterWith(change: (device: GPUDevice) => void): Promise<GPUAdapter> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("the adapter went away");
  const request = adapter.requestDevice.bind(adapter);
  Object.defineProperty(adapter, "requestDevice", {
    value: async (descriptor: GPUDeviceDescriptor) => {
      const device = await request(descriptor);
      change(device);
      return device;
    },
  });
  return adapter;
}

/** Makes a device refuse buffers beyond a size, as a full GPU does: an error that the scope reports. */
function withoutMemory(device: GPUDevice, most: number): void {
  let refused = false;
  const create = device.createBuffer.bind(device);
  const pop = device.popErrorScope.bind(device);
  Object.defineProperty(device, "createBuffer", {
    value: (descriptor: GPUBufferDescriptor) => {
      refused ||= descriptor.size > most;
      return create({ ...descriptor, size: Math.min(descriptor.size, most) });
    },
  });
  Object.defineProperty(device, "popErrorScope", {
    value: async () => {
      const error = refused ? new GPUOutOfMemoryError("full") : null;
      refused = false;
      return await pop() ?? error;
    },
  });
}

async function withDevice(
  options: WebGpuOptions,
  run: (device: WebGpuDevice) => Promise<void>,
): Promise<void> {
  const device = await WebGpuDevice.create({ software: true, ...options });
  try {
    await run(device);
  } finally {
    await device.dispose();
  }
}

/** sum(relu(conv(x))) and its inputs, small but with several intermediates. */
function network(): {
  graph: Graph;
  outputs: { y: ReturnType<typeof f.relu> };
  x: Float32Array;
  weight: Float32Array;
} {
  const graph = new Graph();
  const x = graph.input("x", [2, 4, 16, 16]);
  const weight = graph.input("weight", [4, 4, 3, 3]);
  let y = x;
  for (let k = 0; k < 3; k++) y = f.add(f.relu(f.conv2d(y, { weight })), y);
  return { graph, outputs: { y }, x: noise(2048), weight: noise(144, { seed: 2 }) };
}

test("an allocation that the GPU refuses is an error of memory, and says what to do", async () => {
  const adapter = await adapterWith((device) => withoutMemory(device, 2 ** 20));
  await withDevice({ adapter }, async (device) => {
    const buffer = device.allocate(2 ** 22, "an arena");
    await rejects(device.prepare([]), (error) => {
      ok(error instanceof DeviceMemoryError);
      match(error.message, /no memory left for an arena of 4194304 bytes.*--batch-size.*--accelerator wasm/);
      return true;
    });
    device.release(buffer);
    const small = device.allocate(1024, "something small");
    (await device.prepare([])).dispose();
    device.release(small);
    equal(device.liveBytes, 0);
  });
});

test("a program that does not fit gives back what it took", async () => {
  const adapter = await adapterWith((device) => withoutMemory(device, 4096));
  await withDevice({ adapter }, async (device) => {
    await rejects(compile(device, network()), DeviceMemoryError);
    equal(device.liveBytes, 0);
  });
});

test("a lost device is told apart, in every call, with the way to go on", async () => {
  let handle: GPUDevice | undefined;
  const adapter = await adapterWith((device) => handle = device);
  await withDevice({ adapter }, async (device) => {
    const work = network();
    const program = await compile(device, work);
    program.write("x", work.x);
    handle?.destroy();
    await handle?.lost;
    const lost = (error: unknown) =>
      error instanceof DeviceLostError && /was lost.*plica train --resume.*--batch-size/.test(error.message);
    throws(() => program.run(), lost);
    throws(() => program.write("x", work.x), lost);
    await rejects(program.read("y"), lost);
    await rejects(device.finish(), lost);
    await rejects(device.ready(), lost);
    throws(() => device.allocate(4, "more"), lost);
  });
});

test("results that are under way when a device is lost are refused as such", async () => {
  let handle: GPUDevice | undefined;
  const adapter = await adapterWith((device) => handle = device);
  await withDevice({ adapter }, async (device) => {
    const buffer = device.allocate(1024, "values");
    const read = device.read({ buffer, byteOffset: 0, bytes: 1024 });
    handle?.destroy();
    await rejects(read, DeviceLostError);
  });
});

test("intermediates are spread over as many buffers as the largest buffer asks for", async () => {
  const work = network();
  const results: Float32Array[] = [];
  for (const maxBufferBytes of [2 ** 27, 2 ** 14]) {
    await withDevice({ limits: { maxBufferBytes } }, async (device) => {
      using program = await compile(device, work);
      program.write("x", work.x);
      program.write("weight", work.weight);
      program.run();
      results.push(await program.read("y"));
      if (maxBufferBytes < 2 ** 20) ok(program.arenaBytes > maxBufferBytes, `${program.arenaBytes}`);
    });
  }
  ok(results[0].some((value) => value !== 0));
  deepEqual(results[1], results[0]);
});

test("a value larger than a kernel may bind is refused before anything runs", async () => {
  await withDevice({ limits: { maxSliceBytes: 4096 } }, async (device) => {
    await rejects(compile(device, network()), /8192 bytes is larger than one kernel may bind \(4096\)/);
    equal(device.liveBytes, 0);
  });
});

testOnGpu("a step is one submission, its loss included; writes start another", async (device) => {
  const work = network();
  using program = await compile(device, work);
  program.write("x", work.x);
  program.write("weight", work.weight);
  await device.finish();
  const before = device.submissions;
  program.run();
  const [first, second] = await Promise.all([program.read("y"), program.read("y")]);
  equal(device.submissions, before + 1);
  deepEqual(first, second);
  program.run();
  program.write("x", new Float32Array(2048));
  program.run();
  const zero = program.read("y");
  equal((await zero).some((value) => value !== 0), false);
  equal(device.submissions, before + 3);
});

test("no more than two runs are unfinished when another is due", async () => {
  const finished: (() => void)[] = [];
  const adapter = await adapterWith((device) => {
    Object.defineProperty(device.queue, "onSubmittedWorkDone", {
      value: () => new Promise<void>((resolve) => finished.push(resolve)),
    });
  });
  await withDevice({ adapter }, async (device) => {
    const buffer = device.allocate(1024, "values");
    const prepared = await device.prepare([]);
    let passed = 0;
    const loop = (async () => {
      for (let k = 0; k < 5; k++) {
        device.run(prepared);
        await device.ready();
        passed++;
      }
    })();
    const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
    await settle();
    equal(passed, 2);
    finished[0]();
    await settle();
    equal(passed, 3);
    for (let k = 1; k < 5; k++) {
      finished[k]?.();
      await settle();
    }
    await loop;
    device.release(buffer);
  });
});

test("half precision is refused in one line where the adapter has none", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("the adapter went away");
  Object.defineProperty(adapter, "features", { value: new Set() });
  await rejects(WebGpuDevice.create({ software: true, adapter, precision: "f16" }), (error) => {
    ok(error instanceof DeviceError);
    match(error.message, /^[^\n]*has no shader-f16: use --precision f32[^\n]*$/);
    return true;
  });
});
