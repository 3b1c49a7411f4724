/**
 * `conv2d_weight_gradient`: the adjoint of a convolution with respect to its weights.
 *
 * @module
 */
import { convShape, forEachConvRun } from "./conv_reference.ts";
import { conv2dWeightGradientWasm } from "./conv2d_wasm.ts";
import { conv2dWeightGradientWebgpu } from "./conv2d_weight_gradient_webgpu.ts";
import type { Op } from "../../graph/graph.ts";
import { noGradient, sizeOf } from "../../graph/types.ts";

/** Attributes of `conv2d_weight_gradient`: kernel height and width. */
export interface Conv2dWeightGradientAttrs {
  readonly kernel: readonly [number, number];
}

/** Inputs x [B,C,H,W] and g [B,O,H,W]; result [O,C,kh,kw]. */
export const conv2dWeightGradient: Op<Conv2dWeightGradientAttrs> = {
  name: "conv2d_weight_gradient",
  infer: ([x, g], { kernel }) => ({ shape: [g.shape[1], x.shape[1], ...kernel], dtype: "f32" }),
  gradient: noGradient("conv2d_weight_gradient"),
  reference([x, g], output, { inputs: [xType], output: wType }) {
    forEachConvRun(convShape(xType.shape, wType.shape), (run) => {
      let sum = 0;
      for (let i = 0; i < run.count; i++) sum += x[run.x + i] * g[run.y + i];
      output[run.w] += sum;
    });
  },
  flops: ({ inputs: [, g], output }) => 2 * sizeOf(g.shape) * sizeOf(output.shape.slice(1)),
  lower: { wasm: conv2dWeightGradientWasm, webgpu: conv2dWeightGradientWebgpu },
};
