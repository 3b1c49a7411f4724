/**
 * `conv2d_input_gradient`: the adjoint of a convolution with respect to its input.
 *
 * @module
 */
import { convShape, forEachConvRun } from "./conv_reference.ts";
import { conv2dInputGradientWasm } from "./conv2d_wasm.ts";
import { conv2dInputGradientWebgpu } from "./conv2d_webgpu.ts";
import type { Op } from "../../graph/graph.ts";
import { noGradient, sizeOf } from "../../graph/types.ts";

/** Inputs g [B,O,H,W] and w [O,C,kh,kw]; result [B,C,H,W]. */
export const conv2dInputGradient: Op<Record<never, never>> = {
  name: "conv2d_input_gradient",
  infer: ([g, w]) => ({ shape: [g.shape[0], w.shape[1], g.shape[2], g.shape[3]], dtype: "f32" }),
  gradient: noGradient("conv2d_input_gradient"),
  reference([g, w], output, { inputs: [, wType], output: xType }) {
    forEachConvRun(convShape(xType.shape, wType.shape), (run) => {
      const weight = w[run.w];
      for (let i = 0; i < run.count; i++) output[run.x + i] += weight * g[run.y + i];
    });
  },
  flops: ({ inputs: [g, w] }) => 2 * sizeOf(g.shape) * sizeOf(w.shape.slice(1)),
  lower: { wasm: conv2dInputGradientWasm, webgpu: conv2dInputGradientWebgpu },
};
