/**
 * `map` on the CPU, and the elementwise programs that reductions run as well.
 *
 * @module
 */
import { cKernel, type CValues } from "../../devices/wasm/c_struct.ts";
import type { Slice } from "../../devices/device.ts";
import type { LowerWasm } from "../../graph/lowering.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";
import { axesOf, type Axis, collapse, MAX_AXES, padded } from "../index_space.ts";
import {
  complexRegisters,
  MAP_MAX_INPUTS,
  MAP_MAX_INSTRUCTIONS,
  MAP_OPCODES,
  type MapAttrs,
  type MapInstruction,
  takesTwo,
} from "./map_program.ts";

/** `Space` of `wasm/elementwise/vm.h`; the strides are those of one input after another. */
export const SPACE = {
  rank: "int",
  dims: ["int", MAX_AXES],
  strides: ["int", MAP_MAX_INPUTS * MAX_AXES],
} as const;

/** `Program` of `wasm/elementwise/vm.h`. */
export const PROGRAM = {
  inputs: "int",
  instructions: "int",
  complex_inputs: "int",
  code: ["int", MAP_MAX_INSTRUCTIONS],
} as const;

const mapKernel = cKernel("map", {
  out: "pointer",
  in: ["pointer", MAP_MAX_INPUTS],
  elements: "int",
  complex_out: "int",
  space: SPACE,
  program: PROGRAM,
  constants: ["float", MAP_MAX_INSTRUCTIONS],
});

/** Returns the sizes and strides of an index space whose axes are joined where they can be. */
export function walk(axes: readonly Axis[], operands: number): { dims: number[]; strides: number[][] } {
  const collapsed = collapse(axes);
  // the kernels walk at least one axis
  const one = { size: 1, strides: new Array<number>(operands).fill(1), reduced: false };
  const joined = collapsed.length > 0 ? collapsed : [one];
  return {
    dims: joined.map(({ size }) => size),
    strides: Array.from({ length: operands }, (_, k) => joined.map(({ strides }) => strides[k])),
  };
}

/** Returns the index space as the kernels take it. */
export function spaceOf(axes: readonly Axis[], operands: number): CValues<typeof SPACE> {
  const { dims, strides } = walk(axes, operands);
  return {
    rank: dims.length,
    dims: padded(dims, MAX_AXES),
    strides: padded(strides.flatMap((s) => padded(s, MAX_AXES)), MAP_MAX_INPUTS * MAX_AXES),
  };
}

/** Returns a program as the kernels take it: instructions, constants, and whether the result is complex. */
export function programOf(program: readonly MapInstruction[], inputs: readonly TensorType[]): {
  program: CValues<typeof PROGRAM>;
  constants: number[];
  complex: boolean;
} {
  const isComplex = inputs.map((t) => t.dtype === "c64");
  const complex = complexRegisters(program, isComplex);
  const code = program.map(({ op, a, b }, k) => {
    const flags = (op !== "constant" && complex[a] ? 1 : 0) + (!takesTwo(op) || complex[b] ? 2 : 0) +
      (complex[inputs.length + k] ? 4 : 0);
    return MAP_OPCODES.indexOf(op) | a << 8 | b << 13 | flags << 18;
  });
  return {
    program: {
      inputs: inputs.length,
      instructions: program.length,
      complex_inputs: isComplex.reduce((bits, is, i) => bits | Number(is) << i, 0),
      code: padded(code, MAP_MAX_INSTRUCTIONS),
    },
    constants: padded(program.map(({ c }) => c), MAP_MAX_INSTRUCTIONS),
    complex: complex[complex.length - 1],
  };
}

/** Returns the inputs as the kernels take them: six, of which the last ones are not read. */
export function inputsOf(slices: readonly Slice[], out: Slice): Slice[] {
  return [...slices, ...new Array<Slice>(MAP_MAX_INPUTS - slices.length).fill(out)];
}

/** One pass over the whole shape. */
export const mapWasm: LowerWasm<MapAttrs> = ({ attrs: { program, shape }, inputs }) => ({
  calls({ in: slices, out }) {
    const { complex, ...code } = programOf(program, inputs);
    return [mapKernel({
      out,
      in: inputsOf(slices, out),
      elements: sizeOf(shape),
      complex_out: Number(complex),
      space: spaceOf(axesOf(inputs.map((type) => type.shape), shape), inputs.length),
      ...code,
    })];
  },
});
