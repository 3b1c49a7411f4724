/**
 * Index spaces that several operands walk together: broadcast axes, and axes that are walked as one.
 *
 * @module
 */
import { check, stridesOf } from "../graph/types.ts";

/** Most axes that a kernel walks: `MAX_RANK` of `wasm/elementwise/vm.h`, the arrays `axes` of the WGSL kernels. */
export const MAX_AXES = 5;

/** One axis of an index space, with the step that each operand takes along it, in elements. */
export interface Axis {
  readonly size: number;
  readonly strides: readonly number[];
  readonly reduced: boolean;
}

/** Strides, in elements, by which an operand is read over a shape that it broadcasts to: 0 where it repeats. */
export function broadcastStrides(shape: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(shape);
  return to.map((_, axis) => {
    const mine = axis - to.length + shape.length;
    return mine < 0 || shape[mine] === 1 ? 0 : own[mine];
  });
}

/** Returns the strides of the result of a reduction over the shape that is reduced: 0 along the reduced axes. */
export function reducedStrides(shape: readonly number[], axes: readonly number[]): number[] {
  return broadcastStrides(shape.map((n, axis) => axes.includes(axis) ? 1 : n), shape);
}

/** Returns the index space of operands that broadcast to a shape, outermost axis first. */
export function axesOf(
  operands: readonly (readonly number[])[],
  shape: readonly number[],
  reduced: readonly number[] = [],
): Axis[] {
  const strides = operands.map((operand) => broadcastStrides(operand, shape));
  return shape.map((size, axis) => ({
    size,
    strides: strides.map((s) => s[axis]),
    reduced: reduced.includes(axis),
  }));
}

/** Leaves out axes of size 1 and joins neighbours that every operand steps through evenly. */
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
  check(
    result.length <= MAX_AXES,
    `kernels walk at most ${MAX_AXES} axes that do not join, not ${result.length}`,
  );
  return result;
}

/** Returns the values, followed by zeros up to a length. */
export function padded(values: readonly number[], length: number): number[] {
  return [...values, ...new Array<number>(length - values.length).fill(0)];
}
