/**
 * A compact part of a scan, for trials.
 *
 * @module
 */
import type { PositionsPx } from "../../numeric/mod.ts";

/** Returns the patterns nearest to the middle of the positions, in their order. `among`: those that count; default all. */
export function centralPositions(
  { x, y }: PositionsPx,
  { count, among = Int32Array.from(x, (_, i) => i) }: { readonly count: number; readonly among?: Int32Array },
): Int32Array {
  const mean = (values: Float64Array) => among.reduce((sum, i) => sum + values[i], 0) / among.length;
  const [mx, my] = [mean(x), mean(y)];
  const distance = (i: number) => Math.hypot(x[i] - mx, y[i] - my);
  return among.slice().sort((a, b) => distance(a) - distance(b)).slice(0, count).sort();
}
