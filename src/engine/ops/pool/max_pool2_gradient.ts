/**
 * `max_pool2_gradient`: to the first maximum of each window.
 *
 * @module
 */
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { Op } from "../../graph/graph.ts";
import { noGradient, planesOf } from "../../graph/types.ts";
import { poolCall } from "./pool_webgpu.ts";

const kernel = cKernel("max_pool2_gradient", {
  out: "pointer",
  x: "pointer",
  y: "pointer",
  g: "pointer",
  planes: "int",
  height: "int",
  width: "int",
});

/** Inputs x [B,C,2h,2w], y = max_pool2(x) and the gradient g of y. */
export const maxPool2Gradient: Op<Record<never, never>> = {
  name: "max_pool2_gradient",
  infer: ([x]) => x,
  gradient: noGradient("max_pool2_gradient"),
  reference([x, y, g], output, { inputs: [, { shape }] }) {
    const width = shape[3];
    for (let i = 0; i < y.length; i++) {
      const at = Math.floor(i / width) * 4 * width + (i % width) * 2;
      const first = [at, at + 1, at + 2 * width, at + 2 * width + 1].find((k) => x[k] === y[i]);
      if (first !== undefined) output[first] = g[i];
    }
  },
  flops: () => 0,
  lower: {
    wasm: ({ inputs: [from] }) => ({
      calls({ in: [x, y, g], out }) {
        const [planes, height, width] = planesOf(from.shape);
        return [kernel({ out, x, y, g, planes, height, width })];
      },
    }),
    webgpu: ({ inputs: [, small], output }) => ({
      calls: (operands) => [poolCall("max_pool_gradient", { output, large: output, small }, operands)],
    }),
  },
};
