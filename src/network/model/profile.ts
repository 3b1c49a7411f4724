/**
 * What a training profile is: how measured counts become the network's input, how its output becomes an object, and
 * what it is judged by.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import type { Graph, Tensor } from "../../engine/mod.ts";
import { type Objective, objectiveLosses, UNSUPERVISED } from "./objective.ts";
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
  /** Scans that the patterns come from, S, each with its own frozen quantities. Default 1. */
  readonly scans?: number;
  /** Bad pixels of the detector do not count: there is a statistic `detectorMask`. Default false. */
  readonly masked?: boolean;
}

/** A frozen quantity of a trained model: a probe, a mean pattern, a scale. */
export interface Statistic {
  readonly shape: readonly number[];
  readonly dtype: "f32" | "c64";
  readonly data: Float32Array;
}

/** Frozen quantities by name. Those of a further scan k = 1, 2, ... are named `scan<k>.<name>`. */
export type Statistics = ReadonlyMap<string, Statistic>;

/** The name of a quantity of scan 0, 1, ... */
export function scanStatistic(name: string, scan: number): string {
  return scan === 0 ? name : `scan${scan}.${name}`;
}

/** Scans that statistics were measured on. */
export function scansOf(statistics: Statistics): number {
  let scans = 1;
  while (statistics.has(scanStatistic("probe", scans))) scans++;
  return scans;
}

/** The values of a quantity for `scans` scans, one after the other. Throws `RangeError` where one is missing. */
export function stackedStatistic(
  statistics: Statistics,
  { name, scans }: { name: string; scans: number },
): Float32Array {
  const parts = Array.from({ length: scans }, (_, scan) => {
    const statistic = statistics.get(scanStatistic(name, scan));
    if (!statistic) throw new RangeError(`the model has no statistic ${scanStatistic(name, scan)}`);
    return statistic.data;
  });
  if (parts.length === 1) return parts[0];
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
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

/** What a network predicts for each pattern. */
export interface PatchMaps {
  /** Complex patches [B C, N, N]. */
  readonly patches: Tensor;
  /** Their moduli. */
  readonly amplitude: Tensor;
  /** Their phases in radians, where the network gives phases rather than real and imaginary parts. */
  readonly phase?: Tensor;
}

/** What a loss is computed from. */
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
  /** What the likelihood of a group is divided by, [1] or [B C, 1]. */
  divisor(): Tensor;
  /** Whether a group counts as the mean or the sum of its patterns. */
  readonly group: "mean" | "sum";
}

/** How counts become patches, and patches intensities. */
export interface Recipe {
  readonly name: "calibrated" | "amplitude" | "counts";
  /** The network needs whole groups, because the patterns of a group are its channels. */
  readonly groupedInput: boolean;
  /** Predicted patches of [B C] patterns. */
  maps(context: TraceContext): PatchMaps;
  /** What the patches would measure. */
  rates(context: LossContext): Rates;
}

/** One training profile: a recipe and what it is judged by. */
export interface Profile extends Recipe {
  readonly objective: Objective;
  /** Predicted patches, complex [B C, N, N]. */
  patches(context: TraceContext): Tensor;
  /** The loss of each group, [B]. */
  losses(context: LossContext): Tensor;
}

/** A recipe with its objective; by default the Poisson likelihood alone. */
export function profileOf(recipe: Recipe, objective: Objective = UNSUPERVISED): Profile {
  return {
    ...recipe,
    objective,
    patches: (context) => recipe.maps(context).patches,
    losses: (context) => objectiveLosses(context, { objective, rates: () => recipe.rates(context) }),
  };
}

/** Frozen quantities as inputs of a graph, one input for each name. */
export interface FrozenInputs extends Frozen {
  readonly names: ReadonlySet<string>;
  /** With several scans: [S, ...] -> [B C, ...], to each pattern that of its scan. */
  readonly gather: ((perScan: Tensor) => Tensor) | undefined;
  /** The quantity as the input has it: with several scans [S, ...shape]. */
  readonly perScan: Frozen;
}

/** The name of the input that says which scan a pattern is from: [B C, S], 1 for its scan, else 0. */
export const SCAN_INPUT = "scan";

/**
 * Frozen quantities as inputs. With several scans the input of a name is [S, ...shape], and each pattern is given that
 * of its scan by the input {@linkcode SCAN_INPUT}.
 */
export function frozenInputs(graph: Graph, options: { shape?: BatchShape } = {}): FrozenInputs {
  const { shape: { scans = 1, groups, channels } = { groups: 1, channels: 1 } } = options;
  const tensors = new Map<string, Tensor>();
  const names = new Set<string>();
  const gather = scans > 1 ? gatherer(graph.input(SCAN_INPUT, [groups * channels, scans])) : undefined;
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
