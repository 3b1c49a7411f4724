/**
 * One training step as one program: forward model, loss, gradients, clipping and optimiser.
 *
 * @module
 */
import { type BatchShape, frozenInputs, type Profile } from "../nn/profile.ts";
import { Scope, type Weights } from "../nn/parameters.ts";
import * as f from "../tensor/functions.ts";
import { gradients } from "../tensor/gradients.ts";
import { Graph, type Tensor } from "../tensor/graph.ts";
import { adam } from "../tensor/ops/adam.ts";
import { sgd } from "../tensor/ops/sgd.ts";
import type { Space } from "../tensor/space.ts";

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

/** A traced graph with the names of the frozen quantities that it reads. */
export interface TracedGraph {
  readonly graph: Graph;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly frozen: ReadonlySet<string>;
}

/** What is traced. */
export interface TraceOptions {
  readonly profile: Profile;
  readonly weights: Weights;
  readonly shape: BatchShape;
}

/**
 * The loss of a batch. Inputs `counts` [B C, N, N], `relative` [B C, 2], `share` [B]: the share of each group in the
 * mean, 0 for groups that only fill the batch up. Output `loss` [1].
 */
export function traceLoss({ profile, weights, shape }: TraceOptions): TracedGraph {
  const graph = new Graph();
  const { groups, channels, size } = shape;
  const frozen = frozenInputs(graph);
  const counts = graph.input("counts", [groups * channels, size, size]);
  const relative = graph.input("relative", [groups * channels, 2]);
  const share = graph.input("share", [groups]);
  const context = { scope: new Scope(graph, weights), shape, counts, frozen };
  const patches = profile.patches(context);
  const losses = profile.losses({ ...context, relative, patches });
  return { graph, outputs: { loss: f.sum(f.multiply(losses, share)) }, frozen: frozen.names };
}

/** The patches of a batch. Input `counts` [B C, N, N]; output `patches`, complex [B C, N, N]. */
export function tracePatches({ profile, weights, shape }: TraceOptions): TracedGraph {
  const graph = new Graph();
  const { groups, channels, size } = shape;
  const frozen = frozenInputs(graph);
  const counts = graph.input("counts", [groups * channels, size, size]);
  const patches = profile.patches({ scope: new Scope(graph, weights), shape, counts, frozen });
  return { graph, outputs: { patches }, frozen: frozen.names };
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
