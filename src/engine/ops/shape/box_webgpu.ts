/**
 * Copies of boxes on WebGPU, which implement `concat`, `crop` and `pad`.
 *
 * @module
 */
import code from "../../../../kernels/shape/box.wgsl" with { type: "text" };
import type { GpuCall, Shader } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { elementGrid } from "../../devices/webgpu/grid.ts";
import { check, sizeOf, stridesOf, type TensorType } from "../../graph/types.ts";
import { MAX_AXES } from "../index_space.ts";

const BOX: Shader = { name: "shape/box", code };

/** One axis of a copied box, in float32 words. */
interface BoxAxis {
  readonly size: number;
  /** First coordinate of the source; negative where zeros come first. */
  readonly start: number;
  readonly sourceSize: number;
  readonly sourceStride: number;
  readonly targetStride: number;
}

/** Joins axes that are copied whole to their outer neighbours. Outermost first. */
function joinWhole(axes: readonly BoxAxis[]): BoxAxis[] {
  const result: BoxAxis[] = [];
  for (const axis of axes) {
    const outer = result.at(-1);
    const whole = axis.start === 0 && axis.size === axis.sourceSize;
    const even = outer?.sourceStride === axis.sourceStride * axis.size &&
      outer.targetStride === axis.targetStride * axis.size;
    if (!outer || !whole || !even) {
      result.push(axis);
      continue;
    }
    result[result.length - 1] = {
      size: outer.size * axis.size,
      start: outer.start * axis.size,
      sourceSize: outer.sourceSize * axis.size,
      sourceStride: axis.sourceStride,
      targetStride: axis.targetStride,
    };
  }
  check(result.length <= MAX_AXES, `the GPU kernels take at most ${MAX_AXES} axes, not ${result.length}`);
  return result;
}

/** Copies a box from `input` to `output`, whose first word goes to `base`. */
export function copyBox(
  axes: readonly BoxAxis[],
  { base, output, input }: { readonly base: number; readonly output: Slice; readonly input: Slice },
): GpuCall {
  const joined = joinWhole(axes);
  const count = sizeOf(joined.map((axis) => axis.size));
  const { width, workgroups } = elementGrid(count);
  const words = new Array<number>(8 * MAX_AXES).fill(0);
  for (const [k, axis] of joined.toReversed().entries()) {
    words.splice(8 * k, 5, axis.size, axis.start, axis.sourceSize, axis.sourceStride, axis.targetStride);
  }
  return {
    shaders: [BOX],
    entry: "box",
    buffers: [output, input],
    params: { count, width, rank: joined.length, base, axes: words },
    workgroups,
  };
}

/** A shape in float32 words: complex values have one more axis. */
function wordShape({ shape, dtype }: TensorType): number[] {
  return dtype === "c64" ? [...shape, 2] : [...shape];
}

/** Copies the box of the target's size that starts at `start` in the source, zeros where it leaves it. */
export function cutBox(
  { from, to, start }: { from: TensorType; to: TensorType; start: readonly number[] },
  { input, output }: { input: Slice; output: Slice },
): GpuCall {
  const source = wordShape(from);
  const target = wordShape(to);
  const sourceStrides = stridesOf(source);
  const targetStrides = stridesOf(target);
  const axes = target.map((size, axis) => ({
    size,
    start: start[axis] ?? 0,
    sourceSize: source[axis],
    sourceStride: sourceStrides[axis],
    targetStride: targetStrides[axis],
  }));
  return copyBox(axes, { base: 0, output, input });
}
