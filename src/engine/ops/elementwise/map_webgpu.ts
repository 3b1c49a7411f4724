/**
 * `map` on WebGPU, and the elementwise programs that reductions run as well.
 *
 * @module
 */
import axes from "../../../../kernels/elementwise/axes.wgsl" with { type: "text" };
import map from "../../../../kernels/elementwise/map.wgsl" with { type: "text" };
import inputs1 from "../../../../kernels/elementwise/map_inputs1.wgsl" with { type: "text" };
import inputs2 from "../../../../kernels/elementwise/map_inputs2.wgsl" with { type: "text" };
import inputs3 from "../../../../kernels/elementwise/map_inputs3.wgsl" with { type: "text" };
import inputs4 from "../../../../kernels/elementwise/map_inputs4.wgsl" with { type: "text" };
import inputs5 from "../../../../kernels/elementwise/map_inputs5.wgsl" with { type: "text" };
import inputs6 from "../../../../kernels/elementwise/map_inputs6.wgsl" with { type: "text" };
import vm from "../../../../kernels/elementwise/map_vm.wgsl" with { type: "text" };
import type { GpuCall, Shader } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { elementGrid } from "../../devices/webgpu/grid.ts";
import type { LowerWebgpu } from "../../graph/lowering.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";
import { axesOf, type Axis, collapse, MAX_AXES } from "../index_space.ts";
import { ELEMENTARY } from "./elementary_webgpu.ts";
import { MAP_MAX_INPUTS, MAP_OPCODES, type MapAttrs, type MapInstruction } from "./map_program.ts";

const MAP: Shader = { name: "elementwise/map", code: map };
const VM: Shader = { name: "elementwise/map_vm", code: vm };
const AXES: Shader = { name: "elementwise/axes", code: axes };
const INPUTS = [inputs1, inputs2, inputs3, inputs4, inputs5, inputs6].map((code, k): Shader => ({
  name: `elementwise/map_inputs${k + 1}`,
  code,
}));

/** Distinct slices among inputs, and the index among them of each input. */
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

/** Returns the parameter `axes` of `axes.wgsl`; the axes come outermost first. */
export function axesParam(axes: readonly Axis[]): number[] {
  const words = new Array<number>(8 * MAX_AXES).fill(0);
  for (const [k, { size, strides }] of axes.toReversed().entries()) {
    words[8 * k] = size;
    for (const [input, stride] of strides.entries()) words[8 * k + 1 + input] = stride;
  }
  if (axes.length === 0) words[0] = 1;
  return words;
}

/** Shaders, constants and buffers of a program that writes `output`. */
export function programCall(
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
    shaders: [ELEMENTARY, INPUTS[buffers.length - 1], VM, AXES],
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
export const mapWebgpu: LowerWebgpu<MapAttrs> = ({ attrs: { program, shape }, inputs, output }) => ({
  calls({ in: slices, out }) {
    const axes = collapse(axesOf(inputs.map((type) => type.shape), shape));
    const call = programCall({ inputs, slices, program, axes }, {
      slice: out,
      complex: output.dtype === "c64",
    });
    const count = sizeOf(shape);
    const { width, workgroups } = elementGrid(count);
    return [{
      ...call,
      shaders: [...call.shaders, MAP],
      entry: "map",
      params: { count, width, axes: axesParam(axes) },
      workgroups,
    }];
  },
});
