/**
 * What the WebGPU device promises besides right numbers: order, accounting, and errors that say what to do.
 *
 * @module
 */
import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import type { GpuCall } from "../../../src/engine/devices/calls.ts";
import { DeviceError, type Slice } from "../../../src/engine/devices/device.ts";
import { isSoftware } from "../../../src/engine/devices/webgpu/adapter.ts";
import { WebGpuDevice } from "../../../src/engine/devices/webgpu/device.ts";
import { compileModule } from "../../../src/engine/devices/webgpu/shader_module.ts";
import type { TensorType } from "../../../src/engine/graph/types.ts";
import { copyBox } from "../../../src/engine/ops/shape/box_webgpu.ts";
import { poolCall } from "../../../src/engine/ops/pool/pool_webgpu.ts";
import { missingReason } from "../../support/devices.ts";
import { testOnGpu } from "../../support/webgpu_op.ts";

/** A call that copies `input` to `output` one element later, 0 first. */
function shiftCall(output: Slice, input: Slice): GpuCall {
  const size = output.bytes / 4;
  const axis = { size, start: -1, sourceSize: size, sourceStride: 1, targetStride: 1 };
  return copyBox([axis], { base: 0, output, input });
}

testOnGpu("memory arrives zeroed, is counted, and is released once", async (device) => {
  const buffer = device.allocate(1000, "zeros");
  equal(device.liveBytes, 1000);
  const values = await device.read({ buffer, byteOffset: 0, bytes: 1000 });
  ok(values.length === 250 && values.every((v) => v === 0));
  device.release(buffer);
  equal(device.liveBytes, 0);
  throws(() => device.release(buffer), /zeros is not live/);
  throws(() => device.write({ buffer, byteOffset: 0, bytes: 4 }, new Float32Array(1)), DeviceError);
});

testOnGpu("writes, runs and reads take effect in the order of the calls", async (device) => {
  const buffer = device.allocate(512, "values");
  const a = { buffer, byteOffset: 0, bytes: 16 };
  const b = { buffer, byteOffset: 256, bytes: 16 };
  const prepared = await device.prepare([shiftCall(b, a), shiftCall(a, b)]);
  equal(prepared.calls, 2);
  const data = new Float32Array([1, 2, 3, 4]);
  device.write(a, data);
  data.fill(9);
  device.run(prepared);
  const once = device.read(a);
  device.run(prepared);
  const twice = device.read(a);
  device.write(a, new Float32Array([5, 6, 7, 8]));
  deepEqual([...await once], [0, 0, 1, 2]);
  deepEqual([...await twice], [0, 0, 0, 0]);
  deepEqual([...await device.read(a)], [5, 6, 7, 8]);
  await device.finish();
  prepared.dispose();
  throws(() => device.run(prepared), /prepare them again/);
  device.release(buffer);
});

testOnGpu("calls with many uniform words may come before calls with few", async (device) => {
  const buffer = device.allocate(512, "values");
  const a = { buffer, byteOffset: 0, bytes: 16 };
  const b = { buffer, byteOffset: 256, bytes: 16 };
  const [large, small] = [2, 1].map((n): TensorType => ({ shape: [1, 1, n, n], dtype: "f32" }));
  const none = { ...a, bytes: 0 };
  const operands = { out: a, in: [b], scratch: none, packed: none };
  const up = poolCall("upsample", { output: large, large, small }, operands);
  device.write(a, new Float32Array([1, 2, 3, 4]));
  device.write(b, new Float32Array([5, 6, 7, 8]));
  const prepared = await device.prepare([shiftCall(b, a), up]);
  device.run(prepared);
  deepEqual([...await device.read(b)], [0, 1, 2, 3]);
  deepEqual([...await device.read(a)], [0, 0, 0, 0]);
  prepared.dispose();
  device.release(buffer);
});

testOnGpu("data shared between threads, and parts of arrays, are written as they are", async (device) => {
  const buffer = device.allocate(16, "values");
  const slice = { buffer, byteOffset: 0, bytes: 16 };
  device.write(slice, new Float32Array([0, 1, 2, 3, 4, 5]).subarray(1, 5));
  deepEqual([...await device.read(slice)], [1, 2, 3, 4]);
  const shared = new Float32Array(new SharedArrayBuffer(16));
  shared.set([6, 7, 8, 9]);
  device.write(slice, shared);
  deepEqual([...await device.read(slice)], [6, 7, 8, 9]);
  throws(() => device.write(slice, new Float32Array(5)), /20 bytes do not fit a slice of 16/);
  device.release(buffer);
});

testOnGpu("calls that cannot work are refused with the reason", async (device) => {
  const buffer = device.allocate(1024, "values");
  const slice = (byteOffset: number, bytes: number) => ({ buffer, byteOffset, bytes });
  const call = shiftCall(slice(0, 16), slice(256, 16));
  await rejects(device.prepare([{ ...call, entry: "nothing" }]), /nothing of shape\/box cannot be built/);
  await rejects(device.prepare([shiftCall(slice(0, 16), slice(4, 16))]), /byte 4, not at a multiple of 256/);
  await rejects(device.prepare([shiftCall(slice(0, 16), slice(768, 512))]), /does not lie in values/);
  await rejects(device.prepare([{ ...call, workgroups: [70000, 1, 1] }]), /exceed 65535/);
  throws(() => device.allocate(2 ** 50, "a mountain"), /a mountain needs .* use a smaller batch/);
  const other = await WebGpuDevice.create({ software: true });
  await rejects(other.prepare([call]), /another's/);
  await other.dispose();
  device.release(buffer);
});

testOnGpu("after dispose every use throws, also a second device's memory is gone", async () => {
  const device = await WebGpuDevice.create({ software: true });
  const buffer = device.allocate(64, "left over");
  await device.dispose();
  await device.dispose();
  equal(device.liveBytes, 0);
  throws(() => device.allocate(4, "more"), /disposed of/);
  throws(() => device.write({ buffer, byteOffset: 0, bytes: 4 }, new Float32Array(1)), /disposed of/);
  await rejects(device.finish(), /disposed of/);
  await rejects(device.read({ buffer, byteOffset: 0, bytes: 4 }), /disposed of/);
});

testOnGpu("the device says what it is", (device) => {
  const { kind, name, limits } = device.info;
  equal(kind, "webgpu");
  ok(name.length > 0);
  ok(
    limits.maxSliceBytes >= 2 ** 27 &&
      limits.threads === 1,
  );
  return Promise.resolve();
});

const noAdapter = missingReason("webgpu");
Deno.test({
  name: `a kernel that does not compile shows its numbered source${
    noAdapter ? ` (skipped: ${noAdapter})` : ""
  }`,
  ignore: noAdapter !== undefined,
}, async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const gpu = await adapter?.requestDevice();
  if (!gpu) throw new Error("the adapter went away");
  const source = "fn first() {}\nfn second() -> f32 {\n  return nothing;\n}\n";
  await rejects(compileModule(gpu, "broken", source), (error) => {
    ok(error instanceof DeviceError);
    match(error.message, /broken does not compile[^]*line 3[^]*> +3 +return nothing;[^]*4 \}/);
    return true;
  });
  gpu.destroy();
});

Deno.test("software adapters are known by name or flag", () => {
  const info = (description: string, isFallbackAdapter = false) => {
    const empty = { vendor: "", architecture: "", device: "", subgroupMinSize: 4, subgroupMaxSize: 4 };
    return { ...empty, description, isFallbackAdapter };
  };
  ok(isSoftware(info("llvmpipe (LLVM 15.0.6, 256 bits)")));
  ok(isSoftware(info("SwiftShader Device (Subzero)")));
  ok(isSoftware(info("anything", true)));
  ok(!isSoftware(info("NVIDIA GeForce RTX 4090")));
});
