/**
 * `pad`: a tensor set into a larger one of zeros.
 *
 * @module
 */
import type { Op } from "../../graph/graph.ts";
import { check, describe, wordsOf } from "../../graph/types.ts";
import { forEachBoxRow } from "./box_reference.ts";
import { boxCopy, fillKernel } from "./box_wasm.ts";
import { cutBox } from "./box_webgpu.ts";

/** Attributes of `pad`. */
export interface PadAttrs {
  readonly before: readonly number[];
  readonly shape: readonly number[];
}

/** Zeros around; its adjoint is `crop`. */
export const pad: Op<PadAttrs> = {
  name: "pad",
  infer([x], { before, shape }) {
    const fits = shape.length === x.shape.length &&
      shape.every((n, axis) => before[axis] >= 0 && before[axis] + x.shape[axis] <= n);
    check(fits, `pad: ${describe(x)} at [${before}] does not lie in [${shape}]`);
    return { shape, dtype: x.dtype };
  },
  gradient: (
    { inputs: [x], attrs: { before } },
    upstream,
    f,
  ) => [f.crop(upstream, { start: before, shape: x.shape })],
  reference([x], output, { inputs: [small], output: large, attrs: { before } }) {
    forEachBoxRow(
      { small, large, start: before },
      (from, to, words) => output.set(x.subarray(from, from + words), to),
    );
  },
  flops: () => 0,
  lower: {
    wasm: ({ inputs: [small], output: large, attrs: { before: start } }) => ({
      calls: ({ in: [from], out: to }) => [
        fillKernel({ out: to, words: wordsOf(large), value: 0 }),
        boxCopy({ small, large, start }, { from, to, inward: true }),
      ],
    }),
    // one copy that reads zeros outside its input
    webgpu: ({ inputs: [from], output: to, attrs: { before } }) => ({
      calls: ({ in: [input], out: output }) => [
        cutBox({ from, to, start: before.map((n) => -n) }, { input, output }),
      ],
    }),
  },
};
