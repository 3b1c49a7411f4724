/**
 * `concat`: tensors joined along an axis.
 *
 * @module
 */
import type { Op } from "../../graph/graph.ts";
import type { LowerWasm, LowerWebgpu } from "../../graph/lowering.ts";
import { check, describe, sizeOf, type TensorType, wordsOf } from "../../graph/types.ts";
import { copyCall } from "./box_wasm.ts";
import { copyBox } from "./box_webgpu.ts";

/** Attributes of `concat`. */
export interface ConcatAttrs {
  readonly axis: number;
}

/** Length in float32 words of one contiguous run of an input along the axis and everything inside it. */
function runWords({ shape, dtype }: TensorType, axis: number): number {
  return wordsOf({ shape: shape.slice(axis), dtype });
}

/** One copy for each input. */
const wasm: LowerWasm<ConcatAttrs> = ({ inputs, output, attrs: { axis } }) => ({
  calls({ in: slices, out }) {
    const whole = runWords(output, axis);
    const outer = sizeOf(output.shape.slice(0, axis));
    let start = 0;
    return slices.map((from, k) => {
      const run = runWords(inputs[k], axis);
      const toOffset = start;
      start += run;
      return copyCall({
        from,
        to: out,
        dims: [outer, run],
        fromStrides: [run, 1],
        toStrides: [whole, 1],
        fromOffset: 0,
        toOffset,
        words: 1,
      });
    });
  },
});

/** A strided copy for each input. */
const webgpu: LowerWebgpu<ConcatAttrs> = ({ inputs, output, attrs: { axis } }) => ({
  calls({ in: slices, out }) {
    const outer = sizeOf(output.shape.slice(0, axis));
    const total = wordsOf(output) / outer;
    let base = 0;
    return inputs.map((input, k) => {
      const run = wordsOf(input) / outer;
      const axes = [
        { size: outer, start: 0, sourceSize: outer, sourceStride: run, targetStride: total },
        { size: run, start: 0, sourceSize: run, sourceStride: 1, targetStride: 1 },
      ];
      const call = copyBox(axes, { base, output: out, input: slices[k] });
      base += run;
      return call;
    });
  },
});

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
  lower: { wasm, webgpu },
};
