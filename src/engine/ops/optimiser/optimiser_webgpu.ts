/**
 * `adam` and `sgd` on WebGPU: an invocation for each weight, in place.
 *
 * @module
 */
import type { GpuCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";
import { elementGrid, type WebgpuLowering } from "../lowering_webgpu.ts";

function update(
  entry: string,
  { weights, buffers }: { weights: TensorType; buffers: readonly Slice[] },
): GpuCall {
  const count = sizeOf(weights.shape);
  const { width, workgroups } = elementGrid(count);
  return { shaders: ["optimiser"], entry, buffers, ints: [count, width], workgroups };
}

/** One pass over all weights. */
export const adamWebgpu: WebgpuLowering<Record<never, never>> = {
  calls: ({ inputs: [weights], in: [p, g, m, v, hyper] }) => [
    update("adam", { weights, buffers: [p, g, m, hyper, v] }),
  ],
};

/** One pass over all weights. */
export const sgdWebgpu: WebgpuLowering<Record<never, never>> = {
  calls: ({ inputs: [weights], in: slices }) => [update("sgd", { weights, buffers: slices })],
};
