/**
 * The update of the weights as a program: gradients of the loss of `step.ts`, their sum over several batches, clipping,
 * optimiser.
 *
 * @module
 */
import type { Weights } from "../nn/parameters.ts";
import * as f from "../tensor/functions.ts";
import { gradients } from "../tensor/gradients.ts";
import { Graph, type Tensor } from "../tensor/graph.ts";
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
export function trainingSpaces({ space }: Weights): TrainingSpaces {
  const beside = (name: string): Space => ({ name: spaceName(space, name), layout: space.layout });
  return {
    weights: space,
    gradients: beside("gradients"),
    moment1: beside("moment1"),
    moment2: beside("moment2"),
  };
}

/** Where the gradients of several batches are added up. */
export function gradientSumSpace({ space }: Weights): Space {
  return { name: spaceName(space, "gradientSum"), layout: space.layout };
}

/** What belongs to the network's weights has the plain name, what belongs to others theirs in front. */
function spaceName({ name }: Space, what: string): string {
  return name === "weights" ? what : `${name}.${what}`;
}

/** The name of the input that holds the optimiser's numbers for these weights. */
export function hyperInput({ space }: Weights): string {
  return spaceName(space, "hyper");
}

/** How gradients are kept small. */
export interface ClipOptions {
  /**
   * - `norm`: the whole gradient is scaled down to this norm (PyTorch's clip_grad_norm_).
   * - `value`: every value is cut off at plus and minus this.
   * - `agc`: the gradient of every unit (row of a weight: output channel of a convolution; a whole bias) is scaled down to
   *   this part of the norm of its weights, which count as 1e-3 at least. Brock et al. 2021, equation 3; here for all
   *   layers, the last ones too.
   */
  readonly algorithm: "norm" | "value" | "agc";
  readonly value: number;
}

/** How the weights are updated. */
export interface UpdateOptions {
  readonly optimizer: "adam" | "adamw" | "sgd";
  /** Default: gradients are taken as they are. */
  readonly clip?: ClipOptions;
}

/** Weights with an update of their own beside those of the network: their rate may differ, and so may what they must obey. */
export interface FurtherWeights {
  readonly weights: Weights;
  /** Called after the update of these weights, to add what keeps them within their bounds. */
  readonly constrain?: (graph: Graph) => void;
}

/** What is traced. */
export interface StepOptions extends TraceOptions {
  readonly update: UpdateOptions;
  /** Updated as well. The loss must depend on them. */
  readonly further?: readonly FurtherWeights[];
  /** Names of weights that stay as they are. Default: none. */
  readonly isFixed?: (name: string) => boolean;
}

/**
 * Loss, gradients and update of one batch. Beside the inputs of `traceLoss`: `hyper`, as the optimiser's op takes it, for
 * the network's weights, and `NAME.hyper` for further ones. Outputs `loss` [1] and `gradientNorm` [1], the norm of the
 * network's gradient before clipping.
 */
export function traceStep(options: StepOptions): TracedGraph {
  const { graph, outputs, frozen, scans } = traceLoss(options);
  assignGradients(outputs.loss, options);
  const norms = groupsOf(options).map((group) => {
    const spaces = trainingSpaces(group.weights);
    return updateGroup(graph, { ...options, group, gradient: spaces.gradients });
  });
  return { graph, outputs: { ...outputs, gradientNorm: norms[0] }, frozen, scans };
}

/**
 * Loss and gradients of one of several batches that share an update. Beside the inputs of `traceLoss`: `keep` [1], 0 for
 * the first of them and 1 for the others. The shares of all their groups add up to 1, so that `loss` [1] is this batch's
 * part of the mean over all of them.
 */
export function traceGradient(options: StepOptions): TracedGraph {
  const { graph, outputs, frozen, scans } = traceLoss(options);
  assignGradients(outputs.loss, options);
  const keep = graph.input("keep", [1]);
  for (const { weights } of groupsOf(options)) {
    const sum = graph.whole(gradientSumSpace(weights));
    const part = graph.whole(trainingSpaces(weights).gradients);
    graph.assign(sum, f.add(f.multiply(sum, keep), part));
  }
  return { graph, outputs, frozen, scans };
}

/** The update by the gradients that {@linkcode traceGradient} has added up. Output `gradientNorm` [1]. */
export function traceUpdate(
  options: Pick<StepOptions, "weights" | "update" | "further" | "isFixed">,
): TracedGraph {
  const graph = new Graph();
  const norms = groupsOf(options).map((group) =>
    updateGroup(graph, { ...options, group, gradient: gradientSumSpace(group.weights) })
  );
  return { graph, outputs: { gradientNorm: norms[0] }, frozen: new Set() };
}

function groupsOf({ weights, further = [] }: Pick<StepOptions, "weights" | "further">): FurtherWeights[] {
  return [{ weights }, ...further];
}

function assignGradients(loss: Tensor, { isFixed = () => false, ...options }: StepOptions): void {
  const { graph } = loss;
  const targets = groupsOf(options).flatMap(({ weights }) => {
    const spaces = trainingSpaces(weights);
    return weights.entries.filter(({ name }) => !isFixed(name)).map(({ name }) => ({ name, spaces }));
  });
  const wrt = targets.map(({ name, spaces }) => graph.variable(spaces.weights, name));
  const found = gradients(loss, { wrt });
  targets.forEach(({ name, spaces }, k) => graph.assign(graph.variable(spaces.gradients, name), found[k]));
}

interface GroupUpdate extends Pick<StepOptions, "update" | "isFixed"> {
  readonly group: FurtherWeights;
  /** Where the gradient is; clipping changes it there. */
  readonly gradient: Space;
}

/** Clips and updates; returns the norm before clipping. */
function updateGroup(graph: Graph, { group, gradient, update, isFixed }: GroupUpdate): Tensor {
  const { weights, constrain } = group;
  const { optimizer, clip } = update;
  const all = graph.whole(gradient);
  const norm = f.sqrt(f.sum(f.square(all)));
  if (clip?.algorithm === "agc") clipUnits(graph, { weights, gradient, clip, isFixed });
  const used = clip ? clipped(graph.whole(gradient), { norm, clip }) : all;
  const spaces = trainingSpaces(weights);
  const moments = optimizer === "sgd" ? [spaces.moment1] : [spaces.moment1, spaces.moment2];
  const hyper = graph.input(hyperInput(weights), [optimizer === "sgd" ? 4 : 8]);
  const apply = (w: Tensor, g: Tensor, state: Tensor[]) =>
    optimizer === "sgd"
      ? graph.apply(sgd, [w, g, ...state, hyper], {})
      : graph.apply(adam, [w, g, ...state, hyper], {});
  const trained = weights.entries.filter(({ name }) => !isFixed?.(name));
  if (trained.length === weights.entries.length) {
    apply(graph.whole(spaces.weights), used, moments.map((space) => graph.whole(space)));
  } else {
    // one call for each tensor, so that decay does not reach the weights that stay
    for (const { name } of trained) {
      const { offset, type: { shape } } = weights.space.layout.entry(name);
      const count = shape.reduce((product, n) => product * n, 1);
      const part = f.reshape(f.slice(used, { axis: 0, start: offset, count }), shape);
      apply(graph.variable(spaces.weights, name), part, moments.map((space) => graph.variable(space, name)));
    }
  }
  constrain?.(graph);
  return norm;
}

/** The whole gradient, smaller where `norm` or `value` say so. */
function clipped(
  all: Tensor,
  { norm, clip: { algorithm, value } }: { norm: Tensor; clip: ClipOptions },
): Tensor {
  if (algorithm === "agc") return all;
  if (algorithm === "value") {
    return f.maximum(f.minimum(all, constant(norm, value)), constant(norm, -value));
  }
  // min(1, clip / (norm + 1e-6))
  const factor = f.divide(constant(norm, value), f.offset(norm, 1e-6));
  return f.multiply(all, f.minimum(constant(norm, 1), factor));
}

/** Norms of weights count as this at least, so that weights that start at 0 can move. */
const LEAST_WEIGHT_NORM = 1e-3;
const LEAST_GRADIENT_NORM = 1e-6;

/** Scales the gradient of every unit down to `clip.value` times the norm of its weights, in its place. */
function clipUnits(
  graph: Graph,
  { weights, gradient, clip, isFixed }: Pick<StepOptions, "isFixed"> & {
    weights: Weights;
    gradient: Space;
    clip: ClipOptions;
  },
): void {
  for (const { name, shape } of weights.entries) {
    if (isFixed?.(name)) continue;
    const w = graph.variable(weights.space, name);
    const g = graph.variable(gradient, name);
    const axes = shape.map((_, axis) => axis).slice(shape.length > 1 ? 1 : 0);
    const norm = (x: Tensor) => f.sqrt(f.sum(f.square(x), axes));
    const [ofWeights, ofGradient] = [norm(w), norm(g)];
    const largest = f.scale(f.maximum(ofWeights, constant(ofWeights, LEAST_WEIGHT_NORM)), clip.value);
    const factor = f.divide(largest, f.maximum(ofGradient, constant(ofGradient, LEAST_GRADIENT_NORM)));
    graph.assign(g, f.multiply(g, f.minimum(factor, constant(factor, 1))));
  }
}

/** One value in the shape of a tensor. */
const constant = (like: Tensor, value: number): Tensor => f.offset(f.scale(like, 0), value);
