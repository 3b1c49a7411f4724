/**
 * `crop`: a box cut out of a tensor.
 *
 * @module
 */
import type { Op } from "../../graph/graph.ts";
import { check, describe } from "../../graph/types.ts";
import { forEachBoxRow } from "./box_reference.ts";
import { boxCopy } from "./box_wasm.ts";
import { cutBox } from "./box_webgpu.ts";

/** Attributes of `crop`. */
export interface CropAttrs {
  readonly start: readonly number[];
  readonly shape: readonly number[];
}

/** A box cut out; its adjoint is `pad`. */
export const crop: Op<CropAttrs> = {
  name: "crop",
  infer([x], { start, shape }) {
    const fits = shape.length === x.shape.length &&
      shape.every((n, axis) => start[axis] >= 0 && start[axis] + n <= x.shape[axis]);
    check(fits, `crop: a box [${shape}] at [${start}] does not lie in ${describe(x)}`);
    return { shape, dtype: x.dtype };
  },
  gradient: (
    { inputs: [x], attrs: { start } },
    upstream,
    f,
  ) => [f.pad(upstream, { before: start, shape: x.shape })],
  reference([x], output, { inputs: [large], output: small, attrs: { start } }) {
    forEachBoxRow(
      { small, large, start },
      (to, from, words) => output.set(x.subarray(from, from + words), to),
    );
  },
  flops: () => 0,
  lower: {
    wasm: ({ inputs: [large], output: small, attrs: { start } }) => ({
      calls: ({ in: [from], out: to }) => [boxCopy({ small, large, start }, { from, to, inward: false })],
    }),
    webgpu: ({ inputs: [from], output: to, attrs: { start } }) => ({
      calls: ({ in: [input], out: output }) => [cutBox({ from, to, start }, { input, output })],
    }),
  },
};
