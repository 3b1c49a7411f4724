/**
 * Runs one op on a GPU, exactly as a program would place it, against the op's float64 meaning.
 *
 * @module
 */
import { type Slice, SLICE_ALIGNMENT } from "../../src/engine/devices/device.ts";
import { WebGpuDevice } from "../../src/engine/devices/webgpu/device.ts";
import type { Op } from "../../src/engine/graph/graph.ts";
import { bytesOf, type TensorType, wordsOf } from "../../src/engine/graph/types.ts";
import { missingReason, relativeError } from "./devices.ts";

/** One input: its type, and its values in float32 words. */
export interface OpInput extends TensorType {
  readonly data: Float32Array;
}

/** A test on a GPU, software ones included; ignored, with a name that says so, where there is none. */
export function testOnGpu(name: string, run: (device: WebGpuDevice) => Promise<void>): void {
  const reason = missingReason("webgpu");
  const title = `${name}${reason ? ` (skipped: ${reason})` : ""}`;
  Deno.test({ name: title, ignore: reason !== undefined }, async () => {
    const device = await WebGpuDevice.create({ software: true });
    try {
      await run(device);
      if (device.liveBytes !== 0) throw new Error(`${device.liveBytes} bytes were not given back`);
    } finally {
      await device.dispose();
    }
  });
}

/** Repeatable values in [-1, 1), coarse enough that maxima tie now and then where `levels` is small. */
export function noise(words: number, { seed = 1, levels = 2 ** 20 } = {}): Float32Array {
  let state = seed * 2654435761 >>> 0 || 1;
  return Float32Array.from({ length: words }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.floor((state >>> 0) / 2 ** 32 * levels) / levels) * 2 - 1;
  });
}

/** An input of repeatable noise. */
export function noiseOf(
  shape: readonly number[],
  options: { dtype?: "f32" | "c64"; seed?: number; levels?: number } = {},
): OpInput {
  const type: TensorType = { shape, dtype: options.dtype ?? "f32" };
  return { ...type, data: noise(wordsOf(type), options) };
}

function align(bytes: number): number {
  return Math.ceil(bytes / SLICE_ALIGNMENT) * SLICE_ALIGNMENT;
}

/** Slices of the given sizes one after the other in one buffer, as an arena places them. */
function arena(device: WebGpuDevice, sizes: readonly number[]): Slice[] {
  let total = 0;
  const offsets = sizes.map((bytes) => {
    const offset = total;
    total += align(bytes);
    return offset;
  });
  const buffer = device.allocate(total, "arena");
  return sizes.map((bytes, k) => ({ buffer, byteOffset: offsets[k], bytes }));
}

/** Output (and, after it, the inputs that the op writes) of one op on the device. */
export async function runOp<A>(
  device: WebGpuDevice,
  { op, attrs, inputs, sameMemory }: {
    readonly op: Op<A>;
    readonly attrs: A;
    readonly inputs: readonly OpInput[];
    /** Inputs that are the same memory as an earlier one: [later, earlier]. */
    readonly sameMemory?: readonly [number, number];
  },
): Promise<Float32Array[]> {
  const output = op.infer(inputs, attrs);
  const node = { attrs, inputs, output };

  const { scratchBytes = 0, packedBytes = 0, calls } = op.lower.webgpu(node, device.info.limits);
  const sizes = [...inputs.map(bytesOf), bytesOf(output), scratchBytes, packedBytes];
  const slices = arena(device, sizes);
  const places = slices.slice(0, inputs.length);
  if (sameMemory) places[sameMemory[0]] = places[sameMemory[1]];
  for (const [k, { data }] of inputs.entries()) device.write(places[k], data);
  const [, scratch, packed] = slices.slice(inputs.length);
  const out = op.writes ? places[op.writes[0]] : slices[inputs.length];
  try {
    const prepared = await device.prepare(calls({ in: places, out, scratch, packed }));
    device.run(prepared);
    const written = op.writes?.map((k) => places[k]) ?? [out];
    const results = await Promise.all(written.map((slice) => device.read(slice)));
    prepared.dispose();
    return results;
  } finally {
    device.release(slices[0].buffer);
  }
}

/** Output (or the inputs that the op writes) by its float64 meaning. */
export function referenceOp<A>(op: Op<A>, attrs: A, inputs: readonly OpInput[]): Float64Array[] {
  const type = op.infer(inputs, attrs);
  const output = new Float64Array(wordsOf(type));
  const values = inputs.map(({ data }) => Float64Array.from(data));
  op.reference(values, output, { attrs, inputs, output: type });
  return op.writes?.map((k) => values[k]) ?? [output];
}

/** Largest relative error of an op on the device. */
export async function opError<A>(
  device: WebGpuDevice,
  { op, attrs, inputs }: {
    readonly op: Op<A>;
    readonly attrs: A;
    readonly inputs: readonly OpInput[];
  },
): Promise<number> {
  const found = await runOp(device, { op, attrs, inputs });
  const expected = referenceOp(op, attrs, inputs);
  return Math.max(...found.map((values, k) => relativeError(values, expected[k])));
}
