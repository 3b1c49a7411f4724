/**
 * Rows of boxes in row-major arrays, which `crop` and `pad` copy in float64.
 *
 * @module
 */
import { sizeOf, stridesOf, type TensorType } from "../../graph/types.ts";

/** Visits each contiguous row of a box: its word offsets in the small and in the large array, and its length. */
export function forEachBoxRow(
  box: { small: TensorType; large: TensorType; start: readonly number[] },
  visit: (small: number, large: number, words: number) => void,
): void {
  const { small, large, start } = box;
  const width = small.dtype === "c64" ? 2 : 1;
  const last = small.shape.length - 1;
  const words = small.shape[last] * width;
  const strides = stridesOf(large.shape);
  const rows = sizeOf(small.shape.slice(0, last));
  const index = new Array<number>(last).fill(0);
  for (let row = 0; row < rows; row++) {
    let at = start[last];
    for (let axis = 0; axis < last; axis++) at += (start[axis] + index[axis]) * strides[axis];
    visit(row * words, at * width, words);
    for (let axis = last - 1; axis >= 0 && ++index[axis] === small.shape[axis]; axis--) index[axis] = 0;
  }
}
