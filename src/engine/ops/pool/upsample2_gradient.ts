/**
 * `upsample2_gradient`: the sum over each 2 x 2 window.
 *
 * @module
 */
import { upsample2GradientWasm } from "../structure_wasm.ts";
import { upsample2GradientWebgpu } from "../structure_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { noGradient, sizeOf } from "../../graph/types.ts";

/** Input g [B,C,2H,2W], result [B,C,H,W]. */
export const upsample2Gradient: Op<Record<never, never>> = {
  name: "upsample2_gradient",
  infer: ([g]) => ({ shape: [g.shape[0], g.shape[1], g.shape[2] / 2, g.shape[3] / 2], dtype: "f32" }),
  gradient: noGradient("upsample2_gradient"),
  reference([g], output, { output: { shape } }) {
    const width = shape[3];
    for (let i = 0; i < output.length; i++) {
      const at = Math.floor(i / width) * 4 * width + (i % width) * 2;
      output[i] = g[at] + g[at + 1] + g[at + 2 * width] + g[at + 2 * width + 1];
    }
  },
  flops: ({ output }) => 3 * sizeOf(output.shape),
  lower: { wasm: upsample2GradientWasm, webgpu: upsample2GradientWebgpu },
};
