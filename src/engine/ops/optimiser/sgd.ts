/**
 * `sgd`: one step of stochastic gradient descent with momentum on a whole space of weights.
 *
 * @module
 */
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { Op } from "../../graph/graph.ts";
import { check, noGradient, sizeOf, wordsOf } from "../../graph/types.ts";
import { updateCall } from "./optimiser_webgpu.ts";

/** Works on four words at a time and may run into a slice's padding. */
const kernel = cKernel("sgd", { p: "pointer", g: "pointer", m: "pointer", hyper: "pointer", words: "int" });

/**
 * Inputs p, g, m (flat, one size) and hyper [4] = learning rate, momentum, weight decay, 1 for Nesterov's form.
 * Updates p and m in place. Sutskever et al. 2013, in the form without the rate in the momentum.
 */
export const sgd: Op<Record<never, never>> = {
  name: "sgd",
  writes: [0, 2],
  infer(inputs) {
    const sizes = inputs.map((t) => sizeOf(t.shape));
    check(
      sizes[1] === sizes[0] && sizes[2] === sizes[0] && sizes[3] === 4,
      `sgd: sizes [${sizes}] do not fit`,
    );
    return inputs[0];
  },
  gradient: noGradient("sgd"),
  reference([p, g, m, hyper]) {
    const [rate, momentum, decay, nesterov] = hyper;
    for (let i = 0; i < p.length; i++) {
      const gradient = g[i] + decay * p[i];
      m[i] = momentum * m[i] + gradient;
      p[i] -= rate * (nesterov ? gradient + momentum * m[i] : m[i]);
    }
  },
  flops: ({ inputs: [p] }) => 6 * sizeOf(p.shape),
  lower: {
    wasm: ({ inputs: [weights] }) => ({
      calls: ({ in: [p, g, m, hyper] }) => [kernel({ p, g, m, hyper, words: wordsOf(weights) })],
    }),
    webgpu: ({ inputs: [weights] }) => ({
      calls: ({ in: buffers }) => [updateCall("sgd", { weights, buffers })],
    }),
  },
};
