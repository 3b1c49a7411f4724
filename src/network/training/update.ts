/**
 * The update of the weights as a program: gradients of the loss of `step.ts`, their sum over several batches, clipping,
 * optimiser.
 *
 * @module
 */
import type { Weights } from "../model/parameters.ts";
import {
  adam,
  functions as f,
  gradients,
  Graph,
  sgd,
  sizeOf,
  type Space,
  type Tensor,
} from "../../engine/mod.ts";

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
  const beside = (name: string): Space => ({ name, layout: space.layout });
  return {
    weights: space,
    gradients: beside("gradients"),
    moment1: beside("moment1"),
    moment2: beside("moment2"),
  };
}

/** Returns the space in which the gradients of several batches are added up. */
export function gradientSumSpace({ space }: Weights): Space {
  return { name: "gradientSum", layout: space.layout };
}

/** Clips gradients. */
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

/** Optimiser and clipping. */
export interface UpdateOptions {
  readonly optimizer: "adam" | "adamw" | "sgd";
  /** Default: gradients are taken as they are. */
  readonly clip?: ClipOptions;
}

/** Options of {@linkcode traceStep}. */
export interface StepOptions extends TraceOptions {
  readonly update: UpdateOptions;
  /** Names of weights that stay as they are. Default: none. */
  readonly isFixed?: (name: string) => boolean;
}

/**
 * Loss, gradients and update of one batch. Beside the inputs of `traceLoss`: `hyper`, as the optimiser's op takes it.
 * Outputs `loss` [1] and `gradientNorm` [1], the norm before clipping.
 */
export function traceStep(options: StepOptions): TracedGraph {
  const { graph, outputs, frozen, scans } = traceLoss(options);
  assignGradients(outputs.loss, options);
  const { weights, update, isFixed } = options;
  const gradientNorm = applyUpdate(graph, {
    weights,
    update,
    isFixed,
    gradient: trainingSpaces(weights).gradients,
  });
  return { graph, outputs: { ...outputs, gradientNorm }, frozen, scans };
}

/**
 * Loss and gradients of one of several batches that share an update. Beside the inputs of `traceLoss`: `keep` [1], 0 for
 * the first of them and 1 for the others. The shares of all their groups add up to 1, so that `loss` [1] is this batch's
 * part of the mean over all of them.
 */
export function traceGradient(options: StepOptions): TracedGraph {
  const { graph, outputs, frozen, scans } = traceLoss(options);
  assignGradients(outputs.loss, options);
  const sum = graph.whole(gradientSumSpace(options.weights));
  const part = graph.whole(trainingSpaces(options.weights).gradients);
  graph.assign(sum, f.add(f.multiply(sum, graph.input("keep", [1])), part));
  return { graph, outputs, frozen, scans };
}

/**
 * Traces the update by the gradients that {@linkcode traceGradient} has added up. Output `gradientNorm` [1].
 */
export function traceUpdate(
  { weights, update, isFixed }: Pick<StepOptions, "weights" | "update" | "isFixed">,
): TracedGraph {
  const graph = new Graph();
  const gradientNorm = applyUpdate(graph, { weights, update, isFixed, gradient: gradientSumSpace(weights) });
  return { graph, outputs: { gradientNorm }, frozen: new Set() };
}

function assignGradients(loss: Tensor, { weights, isFixed = () => false }: StepOptions): void {
  const { graph } = loss;
  const spaces = trainingSpaces(weights);
  const names = weights.entries.map(({ name }) => name).filter((name) => !isFixed(name));
  const found = gradients(loss, { wrt: names.map((name) => graph.variable(spaces.weights, name)) });
  names.forEach((name, k) => graph.assign(graph.variable(spaces.gradients, name), found[k]));
}

interface UpdateParts extends Pick<StepOptions, "weights" | "update" | "isFixed"> {
  /** Space of the gradient; clipping by unit writes to it. */
  readonly gradient: Space;
}

/** Clips and updates; returns the norm before clipping. */
function applyUpdate(graph: Graph, parts: UpdateParts): Tensor {
  const { weights, gradient, isFixed, update: { optimizer, clip } } = parts;
  const all = graph.whole(gradient);
  const norm = f.sqrt(f.sum(f.square(all)));
  if (clip?.algorithm === "agc") clipUnits(graph, { weights, gradient, clip, isFixed });
  const used = clip ? clipped(graph.whole(gradient), { norm, clip }) : all;
  const spaces = trainingSpaces(weights);
  const moments = optimizer === "sgd" ? [spaces.moment1] : [spaces.moment1, spaces.moment2];
  const hyper = graph.input("hyper", [optimizer === "sgd" ? 4 : 8]);
  const apply = (w: Tensor, g: Tensor, state: Tensor[]) =>
    optimizer === "sgd"
      ? graph.apply(sgd, [w, g, ...state, hyper], {})
      : graph.apply(adam, [w, g, ...state, hyper], {});
  const trained = weights.entries.filter(({ name }) => !isFixed?.(name));
  if (trained.length === weights.entries.length) {
    apply(graph.whole(spaces.weights), used, moments.map((space) => graph.whole(space)));
    return norm;
  }
  // one call for each tensor, so that decay does not reach the weights that stay
  for (const { name, shape } of trained) {
    const { offset } = weights.space.layout.entry(name);
    const part = f.slice(used, { axis: 0, start: offset, count: sizeOf(shape) });
    const state = moments.map((space) => graph.variable(space, name));
    apply(graph.variable(spaces.weights, name), f.reshape(part, shape), state);
  }
  return norm;
}

/** Clips the whole gradient by `norm` or `value`. */
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
