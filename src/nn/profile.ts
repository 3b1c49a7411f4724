/**
 * What a training profile is: how measured counts become the network's input, how its output becomes an object, and
 * what it is judged by.
 *
 * @module
 */
import type { Graph, Tensor } from "../tensor/graph.ts";
import type { Scope } from "./parameters.ts";

/** Sizes of a batch. */
export interface BatchShape {
  /** Groups, B. */
  readonly groups: number;
  /** Patches of a group, C = gridsize^2. */
  readonly channels: number;
  /** Side of a pattern, N. */
  readonly size: number;
  /** Incoherent probe modes, P. */
  readonly modes: number;
  /** Side of a merged region, M; used where C > 1. */
  readonly regionSize: number;
}

/** The measured batch as graph inputs. */
export interface Measured {
  /** Photon counts [B C, N, N]. */
  readonly counts: Tensor;
  /** -(position - mean of the group), (x, y) in pixels, [B C, 2]. */
  readonly relative: Tensor;
}

/** A frozen quantity of a trained model: a probe, a mean pattern, a scale. */
export interface Statistic {
  readonly shape: readonly number[];
  readonly dtype: "f32" | "c64";
  readonly data: Float32Array;
}

/** Frozen quantities by name. */
export type Statistics = ReadonlyMap<string, Statistic>;

/** Reads a frozen quantity in a graph. */
export type Frozen = (name: string, shape: readonly number[], dtype?: "f32" | "c64") => Tensor;

/** Everything that a profile traces with. */
export interface TraceContext {
  readonly scope: Scope;
  readonly shape: BatchShape;
  readonly counts: Tensor;
  readonly frozen: Frozen;
}

/** One training profile. */
export interface Profile {
  readonly name: "calibrated" | "amplitude" | "counts";
  /** The network needs whole groups, because the patterns of a group are its channels. */
  readonly groupedInput: boolean;
  /** Predicted patches, complex [B C, N, N]. */
  patches(context: TraceContext): Tensor;
  /** The loss of each group, [B], from its patches. */
  losses(context: TraceContext & { readonly relative: Tensor; readonly patches: Tensor }): Tensor;
}

/** Frozen quantities as inputs of a graph, one input for each name. */
export function frozenInputs(graph: Graph): Frozen & { readonly names: ReadonlySet<string> } {
  const tensors = new Map<string, Tensor>();
  const names = new Set<string>();
  const frozen: Frozen = (name, shape, dtype = "f32") => {
    const known = tensors.get(name);
    if (known) return known;
    const tensor = graph.input(name, shape, dtype);
    tensors.set(name, tensor);
    names.add(name);
    return tensor;
  };
  return Object.assign(frozen, { names });
}
