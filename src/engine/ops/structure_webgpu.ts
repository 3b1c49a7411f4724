/**
 * Ops that move values on WebGPU: `concat`, `crop`, `pad`, `translate`, windows of two by two; and `matmul`.
 *
 * @module
 */
import type { GpuCall } from "../devices/calls.ts";
import type { Slice } from "../devices/device.ts";
import type { Placed } from "../graph/op.ts";
import { check, sizeOf, stridesOf, type TensorType, wordsOf } from "../graph/types.ts";
import { elementGrid, MAX_AXES, type WebgpuLowering } from "./lowering_webgpu.ts";

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

/** A copy of a box from `input` to `output`, whose first word goes to `base`. */
function copyBox(
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
    shaders: ["box"],
    entry: "box",
    buffers: [output, input],
    ints: [count, width, joined.length, base, ...words],
    workgroups,
  };
}

/** A shape in float32 words: complex values have one more axis. */
function wordShape({ shape, dtype }: TensorType): number[] {
  return dtype === "c64" ? [...shape, 2] : [...shape];
}

/** Copies the box of the output's size that starts at `start` in the input, zeros where it leaves it. */
function cutBox(
  { inputs: [from], output: to, in: [input], out }: Placed<unknown>,
  start: readonly number[],
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
  return copyBox(axes, { base: 0, output: out, input });
}

/** One copy. */
export const cropWebgpu: WebgpuLowering<{ readonly start: readonly number[] }> = {
  calls: (node) => [cutBox(node, node.attrs.start)],
};

/** One copy that reads zeros outside its input. */
export const padWebgpu: WebgpuLowering<{ readonly before: readonly number[] }> = {
  calls: (node) => [cutBox(node, node.attrs.before.map((n) => -n))],
};

/** A strided copy for each input. */
export const concatWebgpu: WebgpuLowering<{ readonly axis: number }> = {
  calls({ attrs: { axis }, inputs, output, in: slices, out }) {
    const outer = sizeOf(output.shape.slice(0, axis));
    const total = wordsOf(output) / outer;
    let base = 0;
    return inputs.map((input, k) => {
      const run = wordsOf(input) / outer;
      const axes = [
        { size: outer, start: 0, sourceSize: outer, sourceStride: run, targetStride: total },
        { size: run, start: 0, sourceSize: run, sourceStride: 1, targetStride: 1 },
      ];
      const call = copyBox(axes, { base, output: out, input: slices[k] });
      base += run;
      return call;
    });
  },
};

/** A call of pool.wgsl: the output, then the inputs; `large` and `small` are the two image sizes. */
function poolCall(
  { output, out, in: slices }: Placed<unknown>,
  { entry, large, small }: { readonly entry: string; readonly large: TensorType; readonly small: TensorType },
): GpuCall {
  const count = sizeOf(output.shape);
  const { width, workgroups } = elementGrid(count);
  return {
    shaders: ["pool"],
    entry,
    buffers: [out, ...slices],
    ints: [count, width, ...large.shape.slice(-2), ...small.shape.slice(-2)],
    workgroups,
  };
}

/** An invocation for each window. */
export const maxPool2Webgpu: WebgpuLowering<Record<never, never>> = {
  calls: (node) => [poolCall(node, { entry: "max_pool", large: node.inputs[0], small: node.output })],
};

/** An invocation for each element of the large image. */
export const maxPool2GradientWebgpu: WebgpuLowering<Record<never, never>> = {
  calls: (
    node,
  ) => [poolCall(node, { entry: "max_pool_gradient", large: node.output, small: node.inputs[1] })],
};

/** An invocation for each element of the large image. */
export const upsample2Webgpu: WebgpuLowering<Record<never, never>> = {
  calls: (node) => [poolCall(node, { entry: "upsample", large: node.output, small: node.inputs[0] })],
};

/** An invocation for each window. */
export const upsample2GradientWebgpu: WebgpuLowering<Record<never, never>> = {
  calls: (
    node,
  ) => [poolCall(node, { entry: "upsample_gradient", large: node.inputs[0], small: node.output })],
};

interface TranslateAttrs {
  readonly sign: 1 | -1;
  readonly height: number;
  readonly width: number;
}

/** An invocation for each element of the output gathers four pixels. */
export const translateWebgpu: WebgpuLowering<TranslateAttrs> = {
  calls({ attrs, inputs: [image], output, in: [imageSlice, offsets], out }) {
    const count = sizeOf(output.shape);
    const { width, workgroups } = elementGrid(count);
    const [images, rows, columns] = image.shape;
    return [{
      shaders: ["translate"],
      entry: "translate",
      constants: { WORDS: image.dtype === "c64" ? 2 : 1 },
      buffers: [out, imageSlice, offsets],
      ints: [count, width, attrs.height, attrs.width, rows, columns, images === 1 ? 0 : rows * columns],
      floats: [attrs.sign],
      workgroups,
    }];
  },
};

interface MatmulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Side of the tiles of matmul.wgsl. */
const MATMUL_TILE = 16;

/** Square tiles in workgroup memory. */
export const matmulWebgpu: WebgpuLowering<MatmulAttrs> = {
  calls({ attrs: { transposeA, transposeB }, inputs: [a, b], output, in: slices, out }) {
    const [rows, columns] = output.shape;
    const inner = transposeA ? a.shape[0] : a.shape[1];
    const stridesA = transposeA ? [1, a.shape[1]] : [a.shape[1], 1];
    const stridesB = transposeB ? [1, b.shape[1]] : [b.shape[1], 1];
    return [{
      shaders: ["matmul"],
      entry: "matmul",
      buffers: [out, ...slices],
      ints: [rows, columns, inner, ...stridesA, ...stridesB],
      workgroups: [Math.ceil(columns / MATMUL_TILE), Math.ceil(rows / MATMUL_TILE), 1],
    }];
  },
};
