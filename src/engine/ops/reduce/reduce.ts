/**
 * `reduce`: sum or maximum over axes of an elementwise program.
 *
 * @module
 */
import type { Op } from "../../graph/graph.ts";
import { check, sizeOf, stridesOf } from "../../graph/types.ts";
import { checkProgram } from "../elementwise/map.ts";
import { evaluateMap } from "../elementwise/map_reference.ts";
import { reducedStrides } from "../index_space.ts";
import { maxGradient } from "./max_gradient.ts";
import type { ReduceAttrs } from "./reduce_attributes.ts";
import { reduceWasm } from "./reduce_wasm.ts";
import { reduceWebgpu } from "./reduce_webgpu.ts";

/** Sum or maximum over axes. */
export const reduce: Op<ReduceAttrs> = {
  name: "reduce",
  infer(inputs, attrs) {
    const complex = checkProgram(inputs, attrs);
    check(!complex || attrs.kind === "sum", "the maximum of complex values is not defined");
    const shape = attrs.shape.map((n, axis) => attrs.axes.includes(axis) ? 1 : n);
    return { shape, dtype: complex ? "c64" : "f32" };
  },
  gradient(node, upstream, f) {
    const [x] = node.inputs;
    if (node.attrs.kind === "sum") return [f.broadcastTo(upstream, x.shape)];
    return [x.graph.apply(maxGradient, [x, node.output, upstream], { axes: node.attrs.axes })];
  },
  reference(inputs, output, node) {
    const { shape, axes, kind, program } = node.attrs;
    const strides = reducedStrides(shape, axes);
    const own = stridesOf(shape);
    const complex = node.output.dtype === "c64";
    if (kind === "max") output.fill(-Infinity);
    evaluateMap(inputs, {
      types: node.inputs,
      shape,
      program,
      emit(index, re, im) {
        let to = 0;
        for (let axis = 0; axis < shape.length; axis++) {
          to += Math.floor(index / own[axis]) % shape[axis] * strides[axis];
        }
        if (kind === "max") output[to] = Math.max(output[to], re);
        else if (!complex) output[to] += re;
        else {
          output[2 * to] += re;
          output[2 * to + 1] += im;
        }
      },
    });
  },
  flops: ({ attrs }) => (attrs.program.length + 1) * sizeOf(attrs.shape),
  lower: { wasm: reduceWasm, webgpu: reduceWebgpu },
};
