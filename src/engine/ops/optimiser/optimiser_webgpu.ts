/**
 * Steps of optimisers on WebGPU: an invocation for each weight, in place.
 *
 * @module
 */
import code from "../../../../kernels/optimiser/optimiser.wgsl" with { type: "text" };
import type { GpuCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { elementGrid } from "../../devices/webgpu/grid.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";

/** One pass over all weights. */
export function updateCall(
  entry: "adam" | "sgd",
  { weights, buffers }: { weights: TensorType; buffers: readonly Slice[] },
): GpuCall {
  const count = sizeOf(weights.shape);
  const { width, workgroups } = elementGrid(count);
  return {
    shaders: [{ name: "optimiser/optimiser", code }],
    entry,
    buffers,
    params: { count, width },
    workgroups,
  };
}
