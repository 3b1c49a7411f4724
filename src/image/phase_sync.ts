/**
 * Angular synchronisation: the constant phases that make overlapping patches agree.
 *
 * Source: A. Singer, "Angular synchronization by eigenvectors and semidefinite programming", Appl. Comput.
 * Harmon. Anal. 30 (2011) 20-36, with the normalisation D^-1/2 H D^-1/2, D = row sums of abs h.
 *
 * @module
 */
import { leadingEigenvector } from "../numeric/mod.ts";
import { PairGraph } from "./pair_graph.ts";
import type { PatchStore } from "./patch_store.ts";
import { overlapPairs, type PairOptions, type PhasePairs } from "./pairs.ts";

/** Options of {@linkcode syncPhases}. */
export interface SyncOptions extends PairOptions {
  /** Residual norm(M v - lambda v) at which the eigenvector is good enough. Default 1e-7. */
  readonly tolerance?: number;
  /** Most products with the matrix, for each component. Default 2000. */
  readonly maxProducts?: number;
}

/** Phases of patches, and how they were found. */
export interface PhaseSync {
  /** Radians to take out: patch j times exp(-i phases[j]). Their mean direction is zero in each component. */
  readonly phases: Float64Array;
  /** Pairs of patches that were compared. */
  readonly pairs: number;
  /** Sets of patches that no overlap connects; their constants stay undetermined against each other. */
  readonly components: number;
  /** The set that each patch is in, from 0. */
  readonly component: Int32Array;
  /** Products with the matrix, all components together. */
  readonly products: number;
  /** Largest residual of a component. */
  readonly residual: number;
  readonly converged: boolean;
}

/**
 * Finds the constant phases of patches (n, N, N), interleaved, from their overlaps.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * // Two patches of a transparent object at one place, the second turned by a quarter.
 * const patches = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? i % 2 === 0 : i % 2 === 1) ? 1 : 0);
 * const weight = new Float32Array(16).fill(1);
 * const { phases } = await syncPhases(patches, { side: 4, weight, xcoords: [5, 5], ycoords: [7, 7] });
 * assert.ok(Math.abs(phases[1] - phases[0] - Math.PI / 2) < 1e-6);
 * ```
 */
export async function syncPhases(
  patches: Float32Array | PatchStore,
  options: SyncOptions,
): Promise<PhaseSync> {
  return solvePhases(await overlapPairs(patches, options), options);
}

/** Returns the phases of the leading eigenvector of the normalised matrix of pairs. */
export function solvePhases(
  pairs: PhasePairs,
  { tolerance = 1e-7, maxProducts = 2000 }: { readonly tolerance?: number; readonly maxProducts?: number } =
    {},
): PhaseSync {
  const graph = new PairGraph(pairs);
  const phases = new Float64Array(pairs.patches);
  const components = graph.components();
  const component = new Int32Array(pairs.patches);
  components.forEach((members, k) => members.forEach((member) => component[member] = k));
  let products = 0, residual = 0;
  for (const members of components) {
    if (members.length === 1) continue;
    const matrix = graph.normalised(members);
    const found = leadingEigenvector(matrix.multiply, { start: matrix.start, tolerance, maxProducts });
    products += found.products;
    residual = Math.max(residual, found.residual);
    storePhases(found.vector, members, phases);
  }
  return {
    phases,
    pairs: pairs.first.length,
    components: components.length,
    component,
    products,
    residual,
    converged: residual <= tolerance,
  };
}

/** The phases of a vector, turned together so that they are zero on average. */
function storePhases(vector: Float64Array, members: Int32Array, phases: Float64Array): void {
  let re = 0, im = 0;
  members.forEach((_, i) => {
    const size = Math.hypot(vector[2 * i], vector[2 * i + 1]) || 1;
    re += vector[2 * i] / size;
    im += vector[2 * i + 1] / size;
  });
  const mean = Math.atan2(im, re), cos = Math.cos(mean), sin = Math.sin(mean);
  members.forEach((member, i) => {
    const a = vector[2 * i], b = vector[2 * i + 1];
    phases[member] = Math.atan2(b * cos - a * sin, a * cos + b * sin);
  });
}
