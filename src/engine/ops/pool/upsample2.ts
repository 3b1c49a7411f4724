/**
 * `upsample2`: nearest-neighbour x2.
 *
 * @module
 */
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { Op } from "../../graph/graph.ts";
import { check, describe } from "../../graph/types.ts";
import { poolCall } from "./pool_webgpu.ts";
import { upsample2Gradient } from "./upsample2_gradient.ts";
import { smallRows, UPSAMPLE2 } from "./upsample2_wasm.ts";

const kernel = cKernel("upsample2", UPSAMPLE2);

/** Input [B,C,H,W], result [B,C,2H,2W]. */
export const upsample2: Op<Record<never, never>> = {
  name: "upsample2",
  infer([x]) {
    check(x.shape.length === 4, `upsample2 takes [B,C,H,W], not ${describe(x)}`);
    const [b, c, h, w] = x.shape;
    return { shape: [b, c, 2 * h, 2 * w], dtype: "f32" };
  },
  gradient: (_node, upstream) => [upstream.graph.apply(upsample2Gradient, [upstream], {})],
  reference([x], output, { output: { shape } }) {
    const width = shape[3];
    for (let i = 0; i < output.length; i++) {
      const [row, column] = [Math.floor(i / width), i % width];
      output[i] = x[Math.floor(row / 2) * (width / 2) + (column >> 1)];
    }
  },
  flops: () => 0,
  lower: {
    wasm: ({ inputs: [small] }) => ({
      calls: ({ in: [x], out }) => [kernel({ out, x, ...smallRows(small.shape) })],
    }),
    webgpu: ({ inputs: [small], output }) => ({
      calls: (operands) => [poolCall("upsample", { output, large: output, small }, operands)],
    }),
  },
};
