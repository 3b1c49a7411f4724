/**
 * `pad`: a tensor set into a larger one of zeros.
 *
 * @module
 */
import { forEachBoxRow } from "../../graph/box.ts";
import { padWasm } from "../structure_wasm.ts";
import { padWebgpu } from "../structure_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { check, describe } from "../../graph/types.ts";

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
  lower: { wasm: padWasm, webgpu: padWebgpu },
};
