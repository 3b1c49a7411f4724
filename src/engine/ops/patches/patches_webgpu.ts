/**
 * `extract` and `scatter` on WebGPU.
 *
 * @module
 */
import code from "../../../../kernels/patches/patches.wgsl" with { type: "text" };
import type { Shader } from "../../devices/calls.ts";
import { elementGrid } from "../../devices/webgpu/grid.ts";
import type { LowerWebgpu } from "../../graph/lowering.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";

type AnyAttrs = unknown;

const PATCHES: Shader = { name: "patches/patches", code };

/** Side of the tiles of the image that `scatter` of patches.wgsl fills. */
const TILE = 16;

function sizesOf(
  { shape: [patches, rows, columns] }: TensorType,
  { shape: [image_rows, image_columns] }: TensorType,
) {
  return { patches, rows, columns, image_rows, image_columns };
}

const constantsOf = ({ dtype }: TensorType) => ({ WORDS: dtype === "c64" ? 2 : 1 });

/** An invocation for each pixel of the patches. */
export const extractWebgpu: LowerWebgpu<AnyAttrs> = ({ inputs: [image], output }) => ({
  calls({ in: slices, out }) {
    const { width, workgroups } = elementGrid(sizeOf(output.shape));
    return [{
      shaders: [PATCHES],
      entry: "extract",
      constants: constantsOf(image),
      buffers: [out, ...slices],
      params: { ...sizesOf(output, image), width },
      workgroups,
    }];
  },
});

/** A workgroup for each tile of the image. */
export const scatterWebgpu: LowerWebgpu<AnyAttrs> = ({ inputs: [patches], output }) => ({
  calls({ in: slices, out }) {
    const [rows, columns] = output.shape;
    const width = Math.ceil(columns / TILE);
    return [{
      shaders: [PATCHES],
      entry: "scatter",
      constants: constantsOf(patches),
      buffers: [out, ...slices],
      params: { ...sizesOf(patches, output), width },
      workgroups: [width, Math.ceil(rows / TILE), 1],
    }];
  },
});
