/**
 * One training step as one program: the loss of `step.ts`, its gradients, clipping and optimiser.
 *
 * @module
 */
import type { Weights } from "../nn/parameters.ts";
import * as f from "../tensor/functions.ts";
import { gradients } from "../tensor/gradients.ts";
import type { Tensor } from "../tensor/graph.ts";
import { adam } from "../tensor/ops/adam.ts";
import { sgd } from "../tensor/ops/sgd.ts";
import type { Space } from "../tensor/space.ts";
import { type TracedGraph, traceLoss, type TraceOptions } from "./step.ts";

/** The spaces of a training run; all have the layout of the weights. */
export interface TrainingSpaces {
  readonly weights: Space;
  readonly gradients: Space;
  readonly moment1: Space;
  readonly moment2: Space;
}

/** Gradients and moments beside the weights. */
export function trainingSpaces(weights: Weights): TrainingSpaces {
  const beside = (name: string): Space => ({ name, layout: weights.space.layout });
  return {
    weights: weights.space,
    gradients: beside("gradients"),
    moment1: beside("moment1"),
    moment2: beside("moment2"),
  };
}

/** How the weights are updated. */
export interface UpdateOptions {
  readonly optimizer: "adam" | "adamw" | "sgd";
  /** Largest norm of the gradient of all weights; 0 or undefined leaves it. */
  readonly clipNorm?: number;
}

/**
 * Loss, gradients and update. Beside the inputs of {@linkcode traceLoss}: `hyper`, as the optimiser's op takes it.
 * Outputs `loss` [1] and `gradientNorm` [1], the norm before clipping.
 */
export function traceStep(options: TraceOptions & { readonly update: UpdateOptions }): TracedGraph {
  const { weights, update } = options;
  const { graph, outputs: { loss }, frozen } = traceLoss(options);
  const spaces = trainingSpaces(weights);
  const tensors = weights.entries.map(({ name }) => graph.variable(spaces.weights, name));
  const found = gradients(loss, { wrt: tensors });
  weights.entries.forEach(({ name }, k) => graph.assign(graph.variable(spaces.gradients, name), found[k]));
  const all = graph.whole(spaces.gradients);
  const gradientNorm = f.sqrt(f.sum(f.square(all)));
  const used = update.clipNorm ? f.multiply(all, clipFactor(gradientNorm, update.clipNorm)) : all;
  const whole = (space: Space) => graph.whole(space);
  if (update.optimizer === "sgd") {
    graph.apply(sgd, [whole(spaces.weights), used, whole(spaces.moment1), graph.input("hyper", [4])], {});
  } else {
    const moments = [whole(spaces.moment1), whole(spaces.moment2)];
    graph.apply(adam, [whole(spaces.weights), used, ...moments, graph.input("hyper", [8])], {});
  }
  return { graph, outputs: { loss, gradientNorm }, frozen };
}

/** min(1, clip / (norm + 1e-6)), PyTorch's clip_grad_norm_. */
function clipFactor(norm: Tensor, clip: number): Tensor {
  const one = f.offset(f.scale(norm, 0), 1);
  return f.minimum(one, f.divide(f.scale(one, clip), f.offset(norm, 1e-6)));
}
