/**
 * Traces forward model and loss of a batch. The update of the weights is in `update.ts`.
 *
 * @module
 */
import { type BatchShape, frozenInputs, type LabelName } from "../model/trace_context.ts";
import type { Profile } from "../model/profile.ts";
import { type ProbeRefinement, refineProbe } from "../model/probe_refinement.ts";
import { Scope, type Weights } from "../model/parameters.ts";
import { functions as f, Graph, type Tensor } from "../../engine/mod.ts";

/** A traced graph with the names of the frozen quantities that it reads. */
export interface TracedGraph {
  readonly graph: Graph;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly frozen: ReadonlySet<string>;
  /** Scans that the frozen quantities are read of. Default 1. */
  readonly scans?: number;
}

/** Options of {@linkcode traceLoss} and {@linkcode tracePatches}. */
export interface TraceOptions {
  readonly profile: Profile;
  readonly weights: Weights;
  readonly shape: BatchShape;
  /** Parts of the probe that are trained as well. Default: none. */
  readonly refinement?: ProbeRefinement;
  /** Give out the patches too, as `patches`, complex [B C, N, N]. Default false. */
  readonly withPatches?: boolean;
}

/**
 * Traces the loss of a batch. Inputs `counts` [B C, N, N], `relative` [B C, 2], `share` [B]: the share of each group
 * in the mean, 0 for groups that only fill the batch up. Output `loss` [1].
 */
export function traceLoss(options: TraceOptions): TracedGraph {
  const { profile, weights, shape, refinement, withPatches } = options;
  const graph = new Graph();
  const { batchSize, channels, size } = shape;
  const scope = new Scope(graph, weights);
  const given = frozenInputs(graph, { shape });
  const frozen = refinement ? refineProbe(given, { scope, shape, refinement }) : given;
  const counts = graph.input("counts", [batchSize * channels, size, size]);
  const relative = graph.input("relative", [batchSize * channels, 2]);
  const share = graph.input("share", [batchSize]);
  const context = { scope, shape, counts, frozen };
  const maps = profile.maps(context);
  const losses = profile.losses({ ...context, relative, maps, label: labelInputs(graph, shape) });
  const loss = f.sum(f.multiply(losses, share));
  const outputs: Record<string, Tensor> = withPatches ? { loss, patches: maps.patches } : { loss };
  return { graph, outputs, frozen: frozen.names, scans: shape.scans ?? 1 };
}

/** Traces the patches of a batch. Input `counts` [B C, N, N]; output `patches`, complex [B C, N, N]. */
export function tracePatches({ profile, weights, shape }: TraceOptions): TracedGraph {
  const graph = new Graph();
  const { batchSize, channels, size } = shape;
  const frozen = frozenInputs(graph, { shape });
  const counts = graph.input("counts", [batchSize * channels, size, size]);
  const patches = profile.patches({ scope: new Scope(graph, weights), shape, counts, frozen });
  return { graph, outputs: { patches }, frozen: frozen.names, scans: shape.scans ?? 1 };
}

/** Labels as inputs of a graph, `labelAmp` and `labelPhase`, made when they are asked for. */
function labelInputs(graph: Graph, { batchSize, channels, size }: BatchShape): (name: LabelName) => Tensor {
  const inputs = new Map<LabelName, Tensor>();
  return (name) => {
    const input = inputs.get(name) ?? graph.input(name, [batchSize * channels, size, size]);
    inputs.set(name, input);
    return input;
  };
}
