/**
 * `conv2d`: stride-1 convolution with zero padding, bias and activation.
 *
 * @module
 */
import type { Op } from "../../graph/graph.ts";
import { check, describe, sizeOf } from "../../graph/types.ts";
import type { Conv2dAttrs } from "./conv2d_attributes.ts";
import { conv2dInputGradient } from "./conv2d_input_gradient.ts";
import { conv2dWasm } from "./conv2d_wasm.ts";
import { conv2dWebgpu } from "./conv2d_webgpu.ts";
import { conv2dWeightGradient } from "./conv2d_weight_gradient.ts";
import { convShape, forEachConvRun } from "./conv_reference.ts";

const ACTIVATE: Record<Conv2dAttrs["activation"], (v: number) => number> = {
  none: (v) => v,
  relu: (v) => v > 0 ? v : 0,
  silu: (v) => v / (1 + Math.exp(-v)),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  tanh: Math.tanh,
};

/** Inputs x [B,C,H,W], w [O,C,kh,kw] and optionally a bias [O]. */
export const conv2d: Op<Conv2dAttrs> = {
  name: "conv2d",
  infer([x, w, bias]) {
    check(
      x.shape.length === 4 && w.shape.length === 4,
      `conv2d takes [B,C,H,W] and [O,C,kh,kw], not ${describe(x)}`,
    );
    const [batch, channels, height, width] = x.shape;
    const [outputs, inputs, kh, kw] = w.shape;
    check(inputs === channels, `conv2d: ${describe(w)} does not take ${channels} channels`);
    check(kh % 2 === 1 && kw % 2 === 1, `conv2d: kernel sides are odd, not ${kh} x ${kw}`);
    check(!bias || sizeOf(bias.shape) === outputs, `conv2d: the bias has ${outputs} values`);
    return { shape: [batch, outputs, height, width], dtype: "f32" };
  },
  gradient({ inputs: [x, w, bias], needs, attrs }, upstream, f) {
    check(attrs.activation === "none", "gradients are taken before activations are folded in");
    const apply = x.graph.apply.bind(x.graph);
    return [
      needs[0] ? apply(conv2dInputGradient, [upstream, w], {}) : undefined,
      needs[1] ? apply(conv2dWeightGradient, [x, upstream], { kernel: [w.shape[2], w.shape[3]] }) : undefined,
      bias && needs[2] ? f.reshape(f.sum(upstream, [0, 2, 3]), bias.shape) : undefined,
    ];
  },
  reference([x, w, bias], output, { inputs: [xType, wType], attrs }) {
    const shape = convShape(xType.shape, wType.shape);
    const plane = shape.height * shape.width;
    if (bias) {
      for (let i = 0; i < output.length; i++) output[i] = bias[Math.floor(i / plane) % shape.outputs];
    }
    forEachConvRun(shape, (run) => {
      const weight = w[run.w];
      for (let i = 0; i < run.count; i++) output[run.y + i] += weight * x[run.x + i];
    });
    const activate = ACTIVATE[attrs.activation];
    for (let i = 0; i < output.length; i++) output[i] = activate(output[i]);
  },
  flops: ({ inputs: [, w], output }) => 2 * sizeOf(output.shape) * sizeOf(w.shape.slice(1)),
  lower: { wasm: conv2dWasm, webgpu: conv2dWebgpu },
};
