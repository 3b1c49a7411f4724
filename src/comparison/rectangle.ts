/**
 * The largest rectangle inside of a mask.
 *
 * @module
 */
import type { Box } from "../numeric/mod.ts";

/**
 * Returns the box of most pixels in which the mask (1 or 0, row-major) has no hole; of equal ones the first by its
 * last row. Undefined where the mask is empty.
 */
export function largestRectangle(
  mask: ArrayLike<number>,
  { height, width }: { readonly height: number; readonly width: number },
): Box | undefined {
  const run = new Int32Array(width); // pixels of the mask upwards from the present row
  let best: Box | undefined;
  let most = 0;
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) run[c] = mask[r * width + c] ? run[c] + 1 : 0;
    const open: { column: number; height: number }[] = [];
    for (let c = 0; c <= width; c++) {
      const tall = c < width ? run[c] : 0;
      let from = c;
      for (let last = open.at(-1); last && last.height >= tall; last = open.at(-1)) {
        open.pop();
        from = last.column;
        const pixels = last.height * (c - from);
        if (pixels <= most) continue;
        most = pixels;
        best = { row: r - last.height + 1, column: from, height: last.height, width: c - from };
      }
      if (tall > 0) open.push({ column: from, height: tall });
    }
  }
  return best;
}
