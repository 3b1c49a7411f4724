/**
 * `map`: an elementwise program over broadcast inputs.
 *
 * @module
 */
import { mapGradient } from "./map_gradient.ts";
import { complexRegisters, MAP_MAX_INPUTS, MAP_MAX_INSTRUCTIONS, type MapAttrs } from "./map_program.ts";
import { evaluateMap } from "./map_reference.ts";
import { mapWasm } from "./map_wasm.ts";
import { mapWebgpu } from "./map_webgpu.ts";
import type { Op } from "../../graph/graph.ts";
import { broadcastShapes, check, describe, sizeOf, type TensorType } from "../../graph/types.ts";

/** Checks that inputs suit a program and a shape; returns true if the result is complex. */
export function checkProgram(inputs: readonly TensorType[], { program, shape }: MapAttrs): boolean {
  check(inputs.length > 0 && inputs.length <= MAP_MAX_INPUTS, `map takes 1 to ${MAP_MAX_INPUTS} inputs`);
  check(program.length <= MAP_MAX_INSTRUCTIONS, `map takes at most ${MAP_MAX_INSTRUCTIONS} instructions`);
  for (const input of inputs) {
    const fits = sizeOf(broadcastShapes(input.shape, shape)) === sizeOf(shape);
    check(fits, `map: ${describe(input)} does not broadcast to [${shape}]`);
  }
  const complex = complexRegisters(program, inputs.map((t) => t.dtype === "c64"));
  return complex[complex.length - 1];
}

/** Elementwise program. */
export const map: Op<MapAttrs> = {
  name: "map",
  infer: (inputs, attrs) => ({ shape: attrs.shape, dtype: checkProgram(inputs, attrs) ? "c64" : "f32" }),
  gradient: mapGradient,
  reference(inputs, output, node) {
    const complex = node.output.dtype === "c64";
    evaluateMap(inputs, {
      types: node.inputs,
      ...node.attrs,
      emit(index, re, im) {
        if (!complex) output[index] = re;
        else [output[2 * index], output[2 * index + 1]] = [re, im];
      },
    });
  },
  flops: ({ attrs, output }) => attrs.program.length * sizeOf(output.shape),
  lower: { wasm: mapWasm, webgpu: mapWebgpu },
};
