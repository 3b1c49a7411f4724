/**
 * `upsample2_gradient`: the sum over each 2 x 2 window.
 *
 * @module
 */
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { Op } from "../../graph/graph.ts";
import { noGradient, sizeOf } from "../../graph/types.ts";
import { poolCall } from "./pool_webgpu.ts";
import { smallRows, UPSAMPLE2 } from "./upsample2_wasm.ts";

const kernel = cKernel("upsample2_gradient", UPSAMPLE2);

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
  lower: {
    wasm: ({ output }) => ({
      calls: ({ in: [x], out }) => [kernel({ out, x, ...smallRows(output.shape) })],
    }),
    webgpu: ({ inputs: [large], output }) => ({
      calls: (operands) => [poolCall("upsample_gradient", { output, large, small: output }, operands)],
    }),
  },
};
