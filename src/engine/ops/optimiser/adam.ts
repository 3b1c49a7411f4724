/**
 * `adam`: one step of Adam or AdamW on a whole space of weights.
 *
 * @module
 */
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { Op } from "../../graph/graph.ts";
import { check, noGradient, sizeOf, wordsOf } from "../../graph/types.ts";
import { updateCall } from "./optimiser_webgpu.ts";

/** Works on four words at a time and may run into a slice's padding. */
const kernel = cKernel("adam", {
  p: "pointer",
  g: "pointer",
  m: "pointer",
  v: "pointer",
  hyper: "pointer",
  words: "int",
});

/**
 * Inputs p, g, m, v (flat, one size) and hyper [8] = learning rate, beta1, beta2, epsilon, weight decay, 1 where the
 * decay is decoupled (AdamW), 1 - beta1^t, 1 - beta2^t. Updates p, m, v in place. Kingma and Ba 2015, Algorithm 1;
 * Loshchilov and Hutter 2019, Algorithm 2.
 */
export const adam: Op<Record<never, never>> = {
  name: "adam",
  writes: [0, 2, 3],
  infer(inputs) {
    const sizes = inputs.map((t) => sizeOf(t.shape));
    check(
      sizes.slice(1, 4).every((n) => n === sizes[0]) && sizes[4] === 8,
      `adam: sizes [${sizes}] do not fit`,
    );
    return inputs[0];
  },
  gradient: noGradient("adam"),
  reference([p, g, m, v, hyper]) {
    const [rate, beta1, beta2, epsilon, decay, decoupled, correction1, correction2] = hyper;
    for (let i = 0; i < p.length; i++) {
      if (decoupled) p[i] *= 1 - rate * decay;
      const gradient = decoupled ? g[i] : g[i] + decay * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * gradient;
      v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient;
      p[i] -= rate / correction1 * m[i] / (Math.sqrt(v[i] / correction2) + epsilon);
    }
  },
  flops: ({ inputs: [p] }) => 14 * sizeOf(p.shape),
  lower: {
    wasm: ({ inputs: [weights] }) => ({
      calls: ({ in: [p, g, m, v, hyper] }) => [kernel({ p, g, m, v, hyper, words: wordsOf(weights) })],
    }),
    webgpu: ({ inputs: [weights] }) => ({
      calls: ({ in: [p, g, m, v, hyper] }) => [updateCall("adam", { weights, buffers: [p, g, m, hyper, v] })],
    }),
  },
};
