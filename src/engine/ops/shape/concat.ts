/**
 * `concat`: tensors joined along an axis.
 *
 * @module
 */
import { concatWasm } from "../structure_wasm.ts";
import { concatWebgpu } from "../structure_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { check, describe, sizeOf, type TensorType } from "../../graph/types.ts";

/** Attributes of `concat`. */
export interface ConcatAttrs {
  readonly axis: number;
}

/** Length in float32 words of one contiguous run of an input along the axis and everything inside it. */
export function runWords(type: TensorType, axis: number): number {
  return sizeOf(type.shape.slice(axis)) * (type.dtype === "c64" ? 2 : 1);
}

/** Tensors joined along an axis. */
export const concat: Op<ConcatAttrs> = {
  name: "concat",
  infer(inputs, { axis }) {
    const [first] = inputs;
    for (const input of inputs) {
      const fits = input.dtype === first.dtype && input.shape.length === first.shape.length &&
        input.shape.every((n, i) => i === axis || n === first.shape[i]);
      check(fits, `concat along axis ${axis}: ${describe(input)} does not continue ${describe(first)}`);
    }
    const joined = inputs.reduce((total, input) => total + input.shape[axis], 0);
    return { shape: first.shape.map((n, i) => i === axis ? joined : n), dtype: first.dtype };
  },
  gradient({ inputs, attrs: { axis } }, upstream, f) {
    let start = 0;
    return inputs.map((input) => {
      const part = f.slice(upstream, { axis, start, count: input.shape[axis] });
      start += input.shape[axis];
      return part;
    });
  },
  reference(inputs, output, { inputs: types, output: type, attrs: { axis } }) {
    const whole = runWords(type, axis);
    let start = 0;
    for (const [k, input] of inputs.entries()) {
      const run = runWords(types[k], axis);
      for (let outer = 0; outer * run < input.length; outer++) {
        output.set(input.subarray(outer * run, (outer + 1) * run), outer * whole + start);
      }
      start += run;
    }
  },
  flops: () => 0,
  lower: { wasm: concatWasm, webgpu: concatWebgpu },
};
