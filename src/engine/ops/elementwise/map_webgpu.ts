/**
 * `map`, `reduce` and `max_gradient` on WebGPU.
 *
 * @module
 */
import type { GpuCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { MAP_MAX_INPUTS, MAP_OPCODES, type MapInstruction } from "./map_program.ts";
import type { NodeTypes } from "../../graph/op.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";
import {
  type Axis,
  broadcastStrides,
  collapse,
  elementGrid,
  gridOf,
  MAX_AXES,
  powerOfTwo,
  type WebgpuLowering,
} from "../lowering_webgpu.ts";

/** Attributes that lowering reads. */
interface MapAttrs {
  readonly program: readonly MapInstruction[];
  readonly shape: readonly number[];
}

interface ReduceAttrs extends MapAttrs {
  readonly kind: "sum" | "max";
  readonly axes: readonly number[];
}

const INPUT_FILES = [
  "map_inputs1",
  "map_inputs2",
  "map_inputs3",
  "map_inputs4",
  "map_inputs5",
  "map_inputs6",
] as const;

/** Distinct slices among inputs, and which of them each input is. */
function distinct(inputs: readonly Slice[]): { buffers: Slice[]; slots: number[] } {
  const buffers: Slice[] = [];
  const slots = inputs.map((input) => {
    const same = (b: Slice) =>
      b.buffer === input.buffer && b.byteOffset === input.byteOffset && b.bytes === input.bytes;
    const slot = buffers.findIndex(same);
    return slot >= 0 ? slot : buffers.push(input) - 1;
  });
  return { buffers, slots };
}

/** Override constants that spell a program out. Inputs are registers 0..5, results follow from 6. */
function programConstants(
  program: readonly MapInstruction[],
  inputs: readonly TensorType[],
): Record<string, number> {
  const register = (r: number) => r < inputs.length ? r : r - inputs.length + MAP_MAX_INPUTS;
  const constants: Record<string, number> = {
    INPUTS: inputs.length,
    COUNT: program.length,
    RESULT: program.length === 0 ? 0 : MAP_MAX_INPUTS + program.length - 1,
    COMPLEX_INPUTS: inputs.reduce((bits, { dtype }, k) => dtype === "c64" ? bits | 1 << k : bits, 0),
  };
  for (const [k, { op, a, b, c }] of program.entries()) {
    constants[`OP${k}`] = MAP_OPCODES.indexOf(op);
    constants[`A${k}`] = register(a);
    constants[`B${k}`] = register(b);
    constants[`C${k}`] = c;
  }
  return constants;
}

/** Uniform words of axes.wgsl; the axes come outermost first. */
function axisWords(axes: readonly Axis[]): number[] {
  const words = new Array<number>(8 * MAX_AXES).fill(0);
  for (const [k, { size, strides }] of axes.toReversed().entries()) {
    words[8 * k] = size;
    for (const [input, stride] of strides.entries()) words[8 * k + 1 + input] = stride;
  }
  if (axes.length === 0) words[0] = 1;
  return words;
}

/** Axes of a program's index space, outermost first. */
function programAxes(
  inputs: readonly TensorType[],
  shape: readonly number[],
  reduced: readonly number[],
): Axis[] {
  const strides = inputs.map((input) => broadcastStrides(input.shape, shape));
  return shape.map((size, axis) => ({
    size,
    strides: strides.map((s) => s[axis]),
    reduced: reduced.includes(axis),
  }));
}

/** Shaders, constants and buffers of a program that writes `output`. */
function programCall(
  { inputs, slices, program, axes }: {
    readonly inputs: readonly TensorType[];
    readonly slices: readonly Slice[];
    readonly program: readonly MapInstruction[];
    readonly axes: readonly Axis[];
  },
  output: { readonly slice: Slice; readonly complex: boolean },
): Pick<GpuCall, "shaders" | "buffers"> & { constants: Record<string, number> } {
  const { buffers, slots } = distinct(slices);
  return {
    shaders: ["elementary", INPUT_FILES[buffers.length - 1], "map_vm", "axes"],
    buffers: [output.slice, ...buffers],
    constants: {
      ...programConstants(program, inputs),
      ...Object.fromEntries(slots.map((slot, k) => [`SLOT${k}`, slot])),
      COMPLEX_OUTPUT: output.complex ? 1 : 0,
      RANK: Math.max(1, axes.length),
    },
  };
}

/** An invocation for each element of the output. */
export const mapWebgpu: WebgpuLowering<MapAttrs> = {
  calls({ attrs, inputs, output, in: slices, out }) {
    const axes = collapse(programAxes(inputs, attrs.shape, []));
    const call = programCall({ inputs, slices, program: attrs.program, axes }, {
      slice: out,
      complex: output.dtype === "c64",
    });
    const count = sizeOf(attrs.shape);
    const { width, workgroups } = elementGrid(count);
    return [{
      ...call,
      shaders: [...call.shaders, "map"],
      entry: "map",
      ints: [count, width, 0, 0, ...axisWords(axes)],
      workgroups,
    }];
  },
};

/** How a reduction is spread over the GPU. */
interface ReducePlan {
  readonly axes: readonly Axis[];
  readonly outputs: number;
  readonly reduced: number;
  /** An invocation for each output rather than a workgroup. */
  readonly loop: boolean;
  /** Partial results of each output. */
  readonly chunks: number;
}

/** Neighbouring invocations should read neighbouring memory: so a kept innermost axis wants the loop. */
function prefersLoop(axes: readonly Axis[], outputs: number, reduced: number): boolean {
  const innermostKept = axes.at(-1)?.reduced === false;
  return reduced <= 8 || innermostKept && (outputs >= 2048 || reduced <= 64);
}

function planReduce({ attrs, inputs }: NodeTypes<ReduceAttrs>): ReducePlan {
  const all = collapse(programAxes(inputs, attrs.shape, attrs.axes));
  const kept = all.filter((axis) => !axis.reduced);
  const dropped = all.filter((axis) => axis.reduced);
  const outputs = sizeOf(kept.map((axis) => axis.size));
  const reduced = sizeOf(dropped.map((axis) => axis.size));
  const loop = prefersLoop(all, outputs, reduced);
  const wanted = Math.min(Math.ceil(reduced / 4096), Math.ceil(1024 / outputs));
  return {
    axes: collapse([...kept, ...dropped]),
    outputs,
    reduced,
    loop,
    chunks: loop ? 1 : Math.max(1, wanted),
  };
}

/** Constants and words of one pass of reduce.wgsl. */
function reducePass(
  plan: ReducePlan,
  call: ReturnType<typeof programCall>,
  kind: ReduceAttrs["kind"],
): GpuCall {
  const { axes, outputs, reduced, loop, chunks } = plan;
  const span = Math.ceil(reduced / chunks);
  const { width, workgroups } = loop ? elementGrid(outputs) : gridOf(outputs * chunks);
  return {
    ...call,
    shaders: [...call.shaders, "reduce"],
    entry: loop ? "reduce_loop" : "reduce_tree",
    constants: {
      ...call.constants,
      MAXIMUM: kind === "max" ? 1 : 0,
      SIZE: Math.min(256, Math.max(32, powerOfTwo(span))),
    },
    ints: [outputs, reduced, chunks, span, width, 0, 0, 0, ...axisWords(axes)],
    workgroups,
  };
}

/** A workgroup or an invocation for each output; large sums in two passes, always in the same order. */
export const reduceWebgpu: WebgpuLowering<ReduceAttrs> = {
  scratchBytes(node) {
    const { outputs, chunks } = planReduce(node);
    return chunks === 1 ? 0 : outputs * chunks * (node.output.dtype === "c64" ? 8 : 4);
  },
  calls(node) {
    const { attrs: { kind, program }, inputs, in: slices, out, scratch } = node;
    const plan = planReduce(node);
    const complex = node.output.dtype === "c64";
    const { outputs, chunks } = plan;
    const twice = chunks > 1;
    const target = { slice: twice ? scratch : out, complex };
    const first = reducePass(plan, programCall({ inputs, slices, program, axes: plan.axes }, target), kind);
    if (!twice) return [first];
    const partial: TensorType = { shape: [outputs, chunks], dtype: node.output.dtype };
    const axes = collapse(programAxes([partial], partial.shape, []));
    const rest: ReducePlan = { axes, outputs, reduced: chunks, loop: false, chunks: 1 };
    const call = programCall({ inputs: [partial], slices: [scratch], program: [], axes }, {
      slice: out,
      complex,
    });
    return [first, reducePass(rest, call, kind)];
  },
};

/** A workgroup or an invocation for each maximum. */
export const maxGradientWebgpu: WebgpuLowering<{ readonly axes: readonly number[] }> = {
  calls({ attrs, inputs: [x, y], in: [xSlice, ySlice, gSlice], out }) {
    const all = collapse(programAxes([x, y], x.shape, attrs.axes));
    const kept = all.filter((axis) => !axis.reduced);
    const dropped = all.filter((axis) => axis.reduced);
    const outputs = sizeOf(kept.map((axis) => axis.size));
    const reduced = sizeOf(dropped.map((axis) => axis.size));
    const loop = prefersLoop(all, outputs, reduced);
    const { width, workgroups } = loop ? elementGrid(outputs) : gridOf(outputs);
    const axes = [...kept, ...dropped];
    const words = new Array<number>(4 * MAX_AXES).fill(0);
    for (const [k, { size, strides }] of axes.toReversed().entries()) {
      words.splice(4 * k, 3, size, ...strides);
    }
    return [{
      shaders: ["max_gradient"],
      entry: loop ? "first_loop" : "first_tree",
      constants: { SIZE: Math.min(256, Math.max(32, powerOfTwo(reduced))) },
      buffers: [out, xSlice, ySlice, gSlice],
      ints: [outputs, reduced, axes.length, width, ...words],
      workgroups,
    }];
  },
};
