/**
 * Patterns turned by the number of an orientation.
 *
 * @module
 */

/**
 * Transposes (4) and then flips columns (1) and rows (2) of each pattern of a stack (n, N, N), as the numbers of ptypy and
 * PtyLab say. Index k goes to N - k, so that the zero frequency stays at N/2.
 */
export function turned<Values extends Float32Array | Uint8Array>(
  patterns: Values,
  { size, orientation }: { readonly size: number; readonly orientation: number },
): Values {
  if (orientation === 0) return patterns;
  const out = patterns.slice() as Values;
  for (let from = 0; from < patterns.length; from += size * size) {
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < size; c++) {
        const row = orientation & 2 ? (size - r) % size : r, column = orientation & 1 ? (size - c) % size : c;
        out[from + r * size + c] =
          patterns[from + (orientation & 4 ? column * size + row : row * size + column)];
      }
    }
  }
  return out;
}
