/**
 * Grids of workgroups.
 *
 * @module
 */

/** Most workgroups along one axis of a dispatch. */
export const MAX_WORKGROUPS = 65535;

/** Invocations of a workgroup in kernels that take one element each. */
const LANES = 256;

/** A grid of workgroups. Kernels number them by y * width + x and find `width` in their parameters. */
export interface Grid {
  readonly width: number;
  readonly workgroups: readonly [number, number, number];
}

/** Returns a grid of at least that many workgroups, folded where one axis cannot hold them. */
export function gridOf(workgroups: number): Grid {
  const height = Math.max(1, Math.ceil(workgroups / MAX_WORKGROUPS));
  const width = Math.max(1, Math.ceil(workgroups / height));
  return { width, workgroups: [width, height, 1] };
}

/** Returns a grid with an invocation for each element. */
export function elementGrid(elements: number): Grid {
  return gridOf(Math.ceil(elements / LANES));
}

/** Returns the smallest power of two that is not smaller. */
export function powerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)));
}
