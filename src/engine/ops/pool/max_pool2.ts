/**
 * `max_pool2`: 2 x 2 maximum with stride 2.
 *
 * @module
 */
import { maxPool2Wasm } from "../structure_wasm.ts";
import { maxPool2Webgpu } from "../structure_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { check, describe, sizeOf } from "../../graph/types.ts";
import { maxPool2Gradient } from "./max_pool2_gradient.ts";

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
  lower: { wasm: maxPool2Wasm, webgpu: maxPool2Webgpu },
};
