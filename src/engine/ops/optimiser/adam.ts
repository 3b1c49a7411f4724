/**
 * `adam`: one step of Adam or AdamW on a whole space of weights.
 *
 * @module
 */
import { adamWasm } from "./optimiser_wasm.ts";
import { adamWebgpu } from "./optimiser_webgpu.ts";
import type { Op } from "../../graph/op.ts";
import { check, noGradient, sizeOf } from "../../graph/types.ts";

/** The hyper-parameters in the order in which the kernel takes them. */
export const ADAM_HYPER = [
  "learningRate",
  "beta1",
  "beta2",
  "epsilon",
  "weightDecay",
  "decoupled",
  "biasCorrection1",
  "biasCorrection2",
] as const;

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
  lower: { wasm: adamWasm, webgpu: adamWebgpu },
};
