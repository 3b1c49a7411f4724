/**
 * `max_pool2`: 2 x 2 maximum with stride 2.
 *
 * @module
 */
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { Op } from "../../graph/graph.ts";
import { check, describe, planesOf, sizeOf } from "../../graph/types.ts";
import { maxPool2Gradient } from "./max_pool2_gradient.ts";
import { poolCall } from "./pool_webgpu.ts";

const kernel = cKernel("max_pool2", {
  out: "pointer",
  x: "pointer",
  planes: "int",
  height: "int",
  width: "int",
});

/** Input [B,C,H,W] with even H and W. */
export const maxPool2: Op<Record<never, never>> = {
  name: "max_pool2",
  infer([x]) {
    const [b, c, h, w] = x.shape;
    check(
      x.shape.length === 4 && h % 2 === 0 && w % 2 === 0,
      `max_pool2 takes [B,C,even,even], not ${describe(x)}`,
    );
    return { shape: [b, c, h / 2, w / 2], dtype: "f32" };
  },
  gradient: (node, upstream) => [
    upstream.graph.apply(maxPool2Gradient, [node.inputs[0], node.output, upstream], {}),
  ],
  reference([x], output, { output: { shape } }) {
    const width = shape[3];
    for (let i = 0; i < output.length; i++) {
      const at = Math.floor(i / width) * 4 * width + (i % width) * 2;
      output[i] = Math.max(x[at], x[at + 1], x[at + 2 * width], x[at + 2 * width + 1]);
    }
  },
  flops: ({ output }) => 3 * sizeOf(output.shape),
  lower: {
    wasm: ({ inputs: [from] }) => ({
      calls({ in: [x], out }) {
        const [planes, height, width] = planesOf(from.shape);
        return [kernel({ out, x, planes, height, width })];
      },
    }),
    webgpu: ({ inputs: [large], output }) => ({
      calls: (operands) => [poolCall("max_pool", { output, large, small: output }, operands)],
    }),
  },
};
