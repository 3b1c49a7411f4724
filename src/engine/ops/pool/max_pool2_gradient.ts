/**
 * `max_pool2_gradient`: to the first maximum of each window.
 *
 * @module
 */
import { maxPool2GradientWasm } from "../structure_wasm.ts";
import { maxPool2GradientWebgpu } from "../structure_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { noGradient } from "../../graph/types.ts";

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
  lower: { wasm: maxPool2GradientWasm, webgpu: maxPool2GradientWebgpu },
};
