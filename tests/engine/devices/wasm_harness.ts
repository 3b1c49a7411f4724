/**
 * Runs one operation's lowering on the CPU device and compares it with its float64 reference.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Slice } from "../../../src/engine/devices/device.ts";
import type { WasmDevice } from "../../../src/engine/devices/wasm/device.ts";
import type { Op } from "../../../src/engine/graph/graph.ts";
import { bytesOf, type TensorType, wordsOf } from "../../../src/engine/graph/types.ts";

/** Numbers in [-1, 1), the same every time. */
export function randomWords(count: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 12345 >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}

/** `f32[shape]`. */
export const real = (...shape: number[]): TensorType => ({ shape, dtype: "f32" });
/** `c64[shape]`. */
export const complex = (...shape: number[]): TensorType => ({ shape, dtype: "c64" });

/** One case: an operation, its attributes, and its inputs, random unless given. */
export interface Case<A> {
  readonly op: Op<A>;
  readonly attrs: A;
  readonly inputs: readonly TensorType[];
  readonly values?: readonly (Float32Array | undefined)[];
}

/** Outputs of the device and of the reference; for ops that write their inputs, those inputs instead. */
export interface Results {
  readonly actual: Float32Array[];
  readonly expected: Float64Array[];
}

/** Runs a case on the device and by the reference. */
export async function runCase<A>(
  device: WasmDevice,
  { op, attrs, inputs, values = [] }: Case<A>,
): Promise<Results> {
  const output = op.infer(inputs, attrs);
  const types = { attrs, inputs, output };
  const data = inputs.map((type, i) => values[i] ?? randomWords(wordsOf(type), i + 1));
  const limits = device.info.limits;
  const slice = (bytes: number, label: string): Slice => {
    const padded = Math.max(256, Math.ceil(bytes / 256) * 256);
    return { buffer: device.allocate(padded, label), byteOffset: 0, bytes };
  };
  const slices = inputs.map((type, i) => slice(bytesOf(type), `input ${i}`));
  slices.forEach((s, i) => device.write(s, data[i]));
  const writes = op.writes ?? [];
  const out = writes.length > 0 ? slices[writes[0]] : slice(bytesOf(output), "output");
  if (writes.length === 0) device.write(out, new Float32Array(out.bytes / 4).fill(NaN));
  const { scratchBytes = 0, packedBytes = 0, calls } = op.lower.wasm(types, limits);
  const scratch = slice(scratchBytes, "scratch");
  const packed = slice(packedBytes, "packed");
  const prepared = await device.prepare(calls({ in: slices, out, scratch, packed }));
  device.run(prepared);
  const actual = await Promise.all(
    (writes.length > 0 ? writes.map((i) => slices[i]) : [out]).map((s) => device.read(s)),
  );
  prepared.dispose();
  for (const s of new Set([...slices, out, scratch, packed])) device.release(s.buffer);
  const exact = data.map((d) => Float64Array.from(d));
  const result = new Float64Array(wordsOf(output));
  op.reference(exact, result, types);
  return { actual, expected: writes.length > 0 ? writes.map((i) => exact[i]) : [result] };
}

/** Asserts agreement within `tolerance` of the largest magnitude. */
export async function assertMatches<A>(
  device: WasmDevice,
  test: Case<A>,
  tolerance = 1e-6,
): Promise<Results> {
  const results = await runCase(device, test);
  results.expected.forEach((expected, k) => {
    const actual = results.actual[k];
    let largest = 0;
    for (const v of expected) if (Number.isFinite(v)) largest = Math.max(largest, Math.abs(v));
    for (let i = 0; i < expected.length; i++) {
      const close = Object.is(actual[i], Math.fround(expected[i])) ||
        Math.abs(actual[i] - expected[i]) <= tolerance * Math.max(largest, 1e-30);
      const where = `${test.op.name}(${test.inputs.map((t) => `[${t.shape}]`)}; ${
        JSON.stringify(test.attrs)
      })`;
      assert.ok(close, `${where}: word ${i} is ${actual[i]}, not ${expected[i]} (largest ${largest})`);
    }
  });
  return results;
}
