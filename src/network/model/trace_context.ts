/**
 * The sizes and tensors that a profile traces with: patterns, frozen quantities, predicted patches, labels.
 *
 * @module
 */
import { functions as f, type Graph, type Tensor } from "../../engine/mod.ts";
import type { Scope } from "./parameters.ts";

/** Sizes of a batch. */
export interface BatchShape {
  /** Groups of a batch, B. */
  readonly batchSize: number;
  /** Patches of a group, C. */
  readonly channels: number;
  /** Side of a pattern, N. */
  readonly size: number;
  /** Incoherent probe modes, P. */
  readonly modes: number;
  /** Side of a merged region, M; used where C > 1. */
  readonly regionSize: number;
  /** Scans that the patterns come from, S, each with its own frozen quantities. Default 1. */
  readonly scans?: number;
  /** Bad pixels of the detector do not count: there is a statistic `detectorMask`. Default false. */
  readonly masked?: boolean;
}

/**
 * Reads a frozen quantity in a graph: of the given shape where all patterns come from one scan, with one axis of
 * patterns [B C] in front of it where they come from several.
 */
export type Frozen = (name: string, shape: readonly number[], dtype?: "f32" | "c64") => Tensor;

/** Everything that a profile traces with. */
export interface TraceContext {
  readonly scope: Scope;
  readonly shape: BatchShape;
  /** Photon counts [B C, N, N]. */
  readonly counts: Tensor;
  readonly frozen: Frozen;
}

/** Predictions of a network for each pattern. */
export interface PatchMaps {
  /** Complex patches [B C, N, N]. */
  readonly patches: Tensor;
  /** Their moduli. */
  readonly amplitude: Tensor;
  /** Their phases in radians, where the network gives phases rather than real and imaginary parts. */
  readonly phase?: Tensor;
}

/** Everything that a loss is computed from. */
export interface LossContext extends TraceContext {
  /** -(position - mean of the group), (x, y) in pixels, [B C, 2]. */
  readonly relative: Tensor;
  readonly maps: PatchMaps;
  /** A label of every pattern, [B C, N, N]: `labelAmp`, or `labelPhase` in radians. */
  label(name: LabelName): Tensor;
}

/** The labels of supervised training. */
export type LabelName = "labelAmp" | "labelPhase";

/** Predicted and measured intensities, [B C, N, N] each. */
export interface Rates {
  readonly rate: Tensor;
  readonly observed: Tensor;
  /** Divisor of the likelihood of a group, [1] or [B C, 1]. */
  divisor(): Tensor;
  /** A group counts as the mean or as the sum of its patterns. */
  readonly group: "mean" | "sum";
}

/** Frozen quantities as inputs of a graph, one input for each name. */
export interface FrozenInputs extends Frozen {
  readonly names: ReadonlySet<string>;
  /** With several scans: [S, ...] -> [B C, ...], to each pattern that of its scan. */
  readonly gather: ((perScan: Tensor) => Tensor) | undefined;
  /** The quantity as the input has it: with several scans [S, ...shape]. */
  readonly perScan: Frozen;
}

/** Name of the input that assigns patterns to scans: [B C, S], 1 for its scan, else 0. */
export const SCAN_INPUT = "scan";

/**
 * Frozen quantities as inputs. With several scans the input of a name is [S, ...shape], and each pattern is given that
 * of its scan by the input {@linkcode SCAN_INPUT}.
 */
export function frozenInputs(graph: Graph, options: { shape?: BatchShape } = {}): FrozenInputs {
  const { shape: { scans = 1, batchSize, channels } = { batchSize: 1, channels: 1 } } = options;
  const tensors = new Map<string, Tensor>();
  const names = new Set<string>();
  const gather = scans > 1 ? gatherer(graph.input(SCAN_INPUT, [batchSize * channels, scans])) : undefined;
  const gathered = new Map<string, Tensor>();
  const perScan: Frozen = (name, shape, dtype = "f32") => {
    const tensor = tensors.get(name) ?? graph.input(name, gather ? [scans, ...shape] : shape, dtype);
    tensors.set(name, tensor);
    names.add(name);
    return tensor;
  };
  const frozen: Frozen = (name, shape, dtype) => {
    const tensor = gathered.get(name) ?? (gather ?? ((same) => same))(perScan(name, shape, dtype));
    gathered.set(name, tensor);
    return tensor;
  };
  return Object.assign(frozen, { names, gather, perScan });
}

/** Gives each pattern the slice [...] of its scan, [S, ...] -> [n, ...], by a selector [n, S]. */
function gatherer(selector: Tensor): (perScan: Tensor) => Tensor {
  const [patterns, scans] = selector.shape;
  return (perScan) => {
    const [, ...shape] = perScan.shape;
    const ones = shape.map(() => 1);
    const chosen = f.multiply(
      f.reshape(selector, [patterns, scans, ...ones]),
      f.reshape(perScan, [1, scans, ...shape]),
    );
    return f.reshape(f.sum(chosen, [1]), [patterns, ...shape]);
  };
}
