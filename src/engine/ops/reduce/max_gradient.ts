/**
 * `max_gradient`: the gradient of a maximum over axes, which goes to the first maximum in row-major order.
 *
 * @module
 */
import code from "../../../../kernels/reduce/max_gradient.wgsl" with { type: "text" };
import { cKernel } from "../../devices/wasm/c_struct.ts";
import { elementGrid, gridOf } from "../../devices/webgpu/grid.ts";
import type { Op } from "../../graph/graph.ts";
import type { LowerWasm, LowerWebgpu } from "../../graph/lowering.ts";
import { noGradient, sizeOf, stridesOf } from "../../graph/types.ts";
import { walk } from "../elementwise/map_wasm.ts";
import { axesOf, collapse, MAX_AXES, padded, reducedStrides } from "../index_space.ts";
import { spreadOf, treeSize } from "./reduce_webgpu.ts";

/** Attributes of `max_gradient`: the reduced axes. */
export interface MaxGradientAttrs {
  readonly axes: readonly number[];
}

const maxGradientKernel = cKernel("max_gradient", {
  out: "pointer",
  x: "pointer",
  y: "pointer",
  g: "pointer",
  outputs: "int",
  reduced: "int",
  kept_rank: "int",
  over_rank: "int",
  kept_dims: ["int", MAX_AXES],
  kept_strides: ["int", MAX_AXES],
  over_dims: ["int", MAX_AXES],
  over_strides: ["int", MAX_AXES],
});

const wasm: LowerWasm<MaxGradientAttrs> = ({ output: { shape }, attrs }) => ({
  calls({ in: [x, y, g], out }) {
    const all = axesOf([shape], shape, attrs.axes);
    const kept = walk(all.filter(({ reduced }) => !reduced), 1);
    const over = walk(all.filter(({ reduced }) => reduced), 1);
    return [maxGradientKernel({
      ...{ out, x, y, g },
      outputs: sizeOf(kept.dims),
      reduced: sizeOf(over.dims),
      kept_rank: kept.dims.length,
      over_rank: over.dims.length,
      kept_dims: padded(kept.dims, MAX_AXES),
      kept_strides: padded(kept.strides[0], MAX_AXES),
      over_dims: padded(over.dims, MAX_AXES),
      over_strides: padded(over.strides[0], MAX_AXES),
    })];
  },
});

/** A workgroup or an invocation for each maximum. */
const webgpu: LowerWebgpu<MaxGradientAttrs> = ({ attrs, inputs: [x, y] }) => ({
  calls({ in: slices, out }) {
    const all = collapse(axesOf([x.shape, y.shape], x.shape, attrs.axes));
    const { axes, outputs, reduced, loop } = spreadOf(all);
    const { width, workgroups } = loop ? elementGrid(outputs) : gridOf(outputs);
    const words = axes.toReversed().flatMap(({ size, strides }) => [size, ...strides, 0]);
    return [{
      shaders: [{ name: "reduce/max_gradient", code }],
      entry: loop ? "first_loop" : "first_tree",
      constants: { SIZE: treeSize(reduced) },
      buffers: [out, ...slices],
      params: { outputs, reduced, rank: axes.length, width, axes: padded(words, 4 * MAX_AXES) },
      workgroups,
    }];
  },
});

/** Inputs x, its maximum y over the axes, the gradient g of y. */
export const maxGradient: Op<MaxGradientAttrs> = {
  name: "max_gradient",
  infer: ([x]) => ({ shape: x.shape, dtype: "f32" }),
  gradient: noGradient("max_gradient"),
  reference([x, y, g], output, node) {
    const { shape } = node.output;
    const strides = reducedStrides(shape, node.attrs.axes);
    const own = stridesOf(shape);
    const taken = new Uint8Array(y.length);
    for (let index = 0; index < x.length; index++) {
      let from = 0;
      for (let axis = 0; axis < shape.length; axis++) {
        from += Math.floor(index / own[axis]) % shape[axis] * strides[axis];
      }
      if (taken[from] || x[index] !== y[from]) continue;
      taken[from] = 1;
      output[index] = g[from];
    }
  },
  flops: () => 0,
  lower: { wasm, webgpu },
};
