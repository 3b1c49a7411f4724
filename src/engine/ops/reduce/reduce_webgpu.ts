/**
 * `reduce` on WebGPU: a workgroup or an invocation for each output; large sums in two passes, always in the same order.
 *
 * @module
 */
import code from "../../../../kernels/reduce/reduce.wgsl" with { type: "text" };
import type { GpuCall, Shader } from "../../devices/calls.ts";
import { elementGrid, gridOf, powerOfTwo } from "../../devices/webgpu/grid.ts";
import type { LowerWebgpu, NodeTypes } from "../../graph/lowering.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";
import { axesParam, programCall } from "../elementwise/map_webgpu.ts";
import { axesOf, type Axis, collapse } from "../index_space.ts";
import type { ReduceAttrs } from "./reduce_attributes.ts";

const REDUCE: Shader = { name: "reduce/reduce", code };

/** A reduction as the GPU walks it. */
interface Spread {
  /** Kept axes, then reduced ones. */
  readonly axes: readonly Axis[];
  readonly outputs: number;
  readonly reduced: number;
  /** An invocation for each output rather than a workgroup. */
  readonly loop: boolean;
}

/** Spreads a reduction over the GPU. Neighbouring invocations should read neighbouring memory. */
export function spreadOf(all: readonly Axis[]): Spread {
  const kept = all.filter((axis) => !axis.reduced);
  const dropped = all.filter((axis) => axis.reduced);
  const outputs = sizeOf(kept.map((axis) => axis.size));
  const reduced = sizeOf(dropped.map((axis) => axis.size));
  const innermostKept = all.at(-1)?.reduced === false;
  const loop = reduced <= 8 || innermostKept && (outputs >= 2048 || reduced <= 64);
  return { axes: [...kept, ...dropped], outputs, reduced, loop };
}

/** Returns the invocations of a workgroup that reduces so many elements. */
export function treeSize(elements: number): number {
  return Math.min(256, Math.max(32, powerOfTwo(elements)));
}

interface Pass extends Spread {
  /** Partial results of each output. */
  readonly chunks: number;
}

function planPasses({ attrs, inputs }: NodeTypes<ReduceAttrs>): Pass {
  const spread = spreadOf(collapse(axesOf(inputs.map((type) => type.shape), attrs.shape, attrs.axes)));
  const { outputs, reduced, loop, axes } = spread;
  const wanted = Math.min(Math.ceil(reduced / 4096), Math.ceil(1024 / outputs));
  return { ...spread, axes: collapse(axes), chunks: loop ? 1 : Math.max(1, wanted) };
}

/** One pass of reduce.wgsl. */
function reducePass(
  { axes, outputs, reduced, loop, chunks }: Pass,
  call: ReturnType<typeof programCall>,
  kind: ReduceAttrs["kind"],
): GpuCall {
  const span = Math.ceil(reduced / chunks);
  const { width, workgroups } = loop ? elementGrid(outputs) : gridOf(outputs * chunks);
  return {
    ...call,
    shaders: [...call.shaders, REDUCE],
    entry: loop ? "reduce_loop" : "reduce_tree",
    constants: { ...call.constants, MAXIMUM: kind === "max" ? 1 : 0, SIZE: treeSize(span) },
    params: { outputs, reduced, chunks, span, width, axes: axesParam(axes) },
    workgroups,
  };
}

/** One pass, and another over the partial results where there are several. */
export const reduceWebgpu: LowerWebgpu<ReduceAttrs> = (node) => {
  const { attrs: { kind, program }, inputs, output: { dtype } } = node;
  const pass = planPasses(node);
  const complex = dtype === "c64";
  const { outputs, chunks } = pass;
  if (chunks === 1) {
    return {
      calls: ({ in: slices, out }) => [
        reducePass(
          pass,
          programCall({ inputs, slices, program, axes: pass.axes }, { slice: out, complex }),
          kind,
        ),
      ],
    };
  }
  const partial: TensorType = { shape: [outputs, chunks], dtype };
  const axes = collapse(axesOf([partial.shape], partial.shape));
  return {
    scratchBytes: outputs * chunks * (complex ? 8 : 4),
    calls({ in: slices, out, scratch }) {
      const first = programCall({ inputs, slices, program, axes: pass.axes }, { slice: scratch, complex });
      const last = programCall({ inputs: [partial], slices: [scratch], program: [], axes }, {
        slice: out,
        complex,
      });
      const rest: Pass = { axes, outputs, reduced: chunks, loop: false, chunks: 1 };
      return [reducePass(pass, first, kind), reducePass(rest, last, kind)];
    },
  };
};
