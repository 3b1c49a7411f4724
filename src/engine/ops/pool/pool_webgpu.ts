/**
 * The kernels of two-by-two windows on WebGPU.
 *
 * @module
 */
import code from "../../../../kernels/pool/pool.wgsl" with { type: "text" };
import type { GpuCall, Shader } from "../../devices/calls.ts";
import { elementGrid } from "../../devices/webgpu/grid.ts";
import type { Operands } from "../../graph/lowering.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";

const POOL: Shader = { name: "pool/pool", code };

/**
 * Calls a kernel with an invocation for each element of `output`; `large` and `small` are images before and after pooling.
 */
export function poolCall(
  entry: "max_pool" | "max_pool_gradient" | "upsample" | "upsample_gradient",
  { output, large, small }: Record<"output" | "large" | "small", TensorType>,
  { out, in: slices }: Operands,
): GpuCall {
  const count = sizeOf(output.shape);
  const { width, workgroups } = elementGrid(count);
  const [rows, columns] = large.shape.slice(-2);
  const [small_rows, small_columns] = small.shape.slice(-2);
  return {
    shaders: [POOL],
    entry,
    buffers: [out, ...slices],
    params: { count, width, rows, columns, small_rows, small_columns },
    workgroups,
  };
}
