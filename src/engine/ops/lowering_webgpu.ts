/**
 * What the lowerings to WebGPU share: grids of workgroups, and loops over broadcast axes.
 *
 * @module
 */
import type { GpuCall } from "../devices/calls.ts";
import type { KernelLowering } from "../graph/op.ts";
import { check } from "../graph/types.ts";

/** How the GPU computes an op with attributes A. */
export type WebgpuLowering<A> = KernelLowering<A, GpuCall>;

/** Most workgroups along one axis of a dispatch. */
const MAX_WORKGROUPS = 65535;

/** Invocations of a workgroup in kernels that take one element each. */
const LANES = 256;

/** Most axes that a kernel's index loops over. */
export const MAX_AXES = 5;

/** A grid of workgroups. Kernels number them by y * width + x and find `width` in their uniform words. */
export interface Grid {
  readonly width: number;
  readonly workgroups: readonly [number, number, number];
}

/** A grid of at least that many workgroups, folded where one axis cannot hold them. */
export function gridOf(workgroups: number): Grid {
  const height = Math.max(1, Math.ceil(workgroups / MAX_WORKGROUPS));
  const width = Math.max(1, Math.ceil(workgroups / height));
  return { width, workgroups: [width, height, 1] };
}

/** A grid with an invocation for each element. */
export function elementGrid(elements: number): Grid {
  return gridOf(Math.ceil(elements / LANES));
}

/** Smallest power of two that is not smaller. */
export function powerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)));
}

/** The side of a tile, of two, that covers the size with less waste; the larger if they are alike. */
export function betterTile(size: number, large: number, small: number): number {
  const covered = (side: number) => Math.ceil(size / side) * side;
  return covered(large) > 1.1 * covered(small) ? small : large;
}

/** One axis of an index space, with the step that each operand takes along it, in elements. */
export interface Axis {
  readonly size: number;
  readonly strides: readonly number[];
  readonly reduced: boolean;
}

/** Strides by which an operand of that shape is read over a shape that it broadcasts to. */
export function broadcastStrides(shape: readonly number[], to: readonly number[]): number[] {
  const strides = new Array<number>(to.length).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const target = axis + to.length - shape.length;
    if (shape[axis] > 1) strides[target] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Leaves out axes of size 1 and joins neighbours that every operand steps through evenly. Outermost first. */
export function collapse(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = result.at(-1);
    const even = outer?.reduced === axis.reduced &&
      outer.strides.every((s, k) => s === axis.strides[k] * axis.size);
    if (outer && even) result[result.length - 1] = { ...axis, size: outer.size * axis.size };
    else result.push(axis);
  }
  check(result.length <= MAX_AXES, `the GPU kernels take at most ${MAX_AXES} axes, not ${result.length}`);
  return result;
}
