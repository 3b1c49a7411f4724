/**
 * `crop`: a box cut out of a tensor.
 *
 * @module
 */
import { forEachBoxRow } from "../../graph/box.ts";
import { cropWasm } from "../structure_wasm.ts";
import { cropWebgpu } from "../structure_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { check, describe } from "../../graph/types.ts";

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
  lower: { wasm: cropWasm, webgpu: cropWebgpu },
};
