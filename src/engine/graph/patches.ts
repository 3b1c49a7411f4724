/**
 * Patches of an image and rows of a table, on tensors.
 *
 * @module
 */
import type { Tensor } from "./graph.ts";
import { extract as extractOp, type PatchAttrs, scatter as scatterOp } from "../ops/patches/patches.ts";
import { put as putOp, take as takeOp } from "../ops/patches/rows.ts";

/** Places of patches, and the size of the result. */
export interface PatchOptions extends PatchAttrs {
  /** (x, y) of the first pixel of each patch, [n,2], rounded to whole pixels. */
  readonly starts: Tensor;
}

/** Patches [n,height,width] of an image [h,w], 0 outside it. */
export function extract(image: Tensor, { starts, height, width }: PatchOptions): Tensor {
  return image.graph.apply(extractOp, [image, starts], { height, width });
}

/**
 * Returns the image [height,width] that is the sum of patches [n,h,w] in their places: the adjoint of
 * {@linkcode extract}.
 */
export function scatter(patches: Tensor, { starts, height, width }: PatchOptions): Tensor {
  return patches.graph.apply(scatterOp, [patches, starts], { height, width });
}

/** The rows of a table [m,...] with the given numbers [n]; 0 for numbers outside. It has no gradient. */
export const take = (table: Tensor, numbers: Tensor): Tensor =>
  table.graph.apply(takeOp, [table, numbers], {});

/** Writes rows [n,...] into a table, a variable, at the given numbers; numbers outside do nothing. */
export const put = (table: Tensor, { rows, numbers }: { rows: Tensor; numbers: Tensor }): Tensor =>
  table.graph.apply(putOp, [table, rows, numbers], {});
