/**
 * Least-squares fits over scan positions.
 *
 * @module
 */
import type { PositionsPx } from "./neighbours.ts";

/** Returns the values, at all positions, of the least-squares plane a + b x + c y through `values`. */
export function affineFit({ x, y }: PositionsPx, values: Float64Array): Float64Array {
  const n = x.length;
  const mean = (v: Float64Array) => v.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my, mv] = [mean(x), mean(y), mean(values)];
  let xx = 0, xy = 0, yy = 0, xv = 0, yv = 0;
  for (let i = 0; i < n; i++) {
    const [a, b, v] = [x[i] - mx, y[i] - my, values[i] - mv];
    xx += a * a;
    xy += a * b;
    yy += b * b;
    xv += a * v;
    yv += b * v;
  }
  const determinant = xx * yy - xy * xy;
  if (!(determinant > 1e-9 * xx * yy)) return values.slice(); // all on one line
  const [b, c] = [(yy * xv - xy * yv) / determinant, (xx * yv - xy * xv) / determinant];
  return Float64Array.from(x, (_, i) => mv + b * (x[i] - mx) + c * (y[i] - my));
}
