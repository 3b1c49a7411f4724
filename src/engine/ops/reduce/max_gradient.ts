/**
 * `max_gradient`: the gradient of a maximum over axes, which goes to the first maximum in row-major order.
 *
 * @module
 */
import { reducedStrides } from "../elementwise/map_reference.ts";
import { maxGradientWasm } from "../elementwise/map_wasm.ts";
import { maxGradientWebgpu } from "../elementwise/map_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { noGradient, stridesOf } from "../../graph/types.ts";

/** Attributes of `max_gradient`: the reduced axes. */
export interface MaxGradientAttrs {
  readonly axes: readonly number[];
}

/** Inputs x, its maximum y over the axes, the gradient g of y. */
export const maxGradient: Op<MaxGradientAttrs> = {
  name: "max_gradient",
  infer: ([x]) => ({ shape: x.shape, dtype: "f32" }),
  gradient: noGradient("max_gradient"),
  reference([x, y, g], output, node) {
    const { shape } = node.output;
    const strides = reducedStrides(shape, node.attrs.axes);
    const own = stridesOf(shape);
    const taken = new Uint8Array(y.length);
    for (let index = 0; index < x.length; index++) {
      let from = 0;
      for (let axis = 0; axis < shape.length; axis++) {
        from += Math.floor(index / own[axis]) % shape[axis] * strides[axis];
      }
      if (taken[from] || x[index] !== y[from]) continue;
      taken[from] = 1;
      output[index] = g[from];
    }
  },
  flops: () => 0,
  lower: { wasm: maxGradientWasm, webgpu: maxGradientWebgpu },
};
