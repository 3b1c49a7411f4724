/**
 * Every pattern looked at once before any work: NaN, infinite, negative, empty, constant.
 *
 * @module
 */
import { describeNames } from "../../common/mod.ts";
import type { Findings } from "./contract.ts";
import type { PatternStack } from "./stack.ts";

/** Statistics of all patterns. */
export interface PatternSummary {
  /** Mean photon count of a pattern. */
  readonly meanCounts: number;
  /** Largest photon count of a pixel. */
  readonly maxCounts: number;
}

type Fault =
  | "NaN or infinite values"
  | "values that are far too large"
  | "negative values"
  | "zeros only"
  | "one constant value";

/**
 * Looks at all patterns, in pieces. Problems name how many patterns have a fault, and which are the first.
 */
export async function checkPatterns(
  stack: PatternStack,
  findings: Findings,
  signal?: AbortSignal,
): Promise<PatternSummary | undefined> {
  const { key, n, measurement } = stack.layout;
  const pixels = stack.layout.size ** 2;
  const faults = new Map<Fault, number[]>();
  let [total, largest, whole] = [0, 0, true];
  for await (const { start, data } of stack.chunks()) {
    signal?.throwIfAborted();
    for (let at = 0; at < data.length; at += pixels) {
      const pattern = scanPattern(data, at, { pixels, squared: measurement === "amplitude" });
      total += pattern.sum;
      largest = Math.max(largest, pattern.max);
      whole &&= pattern.whole;
      if (!pattern.fault) continue;
      const indices = faults.get(pattern.fault) ?? [];
      indices.push(start + at / pixels);
      faults.set(pattern.fault, indices);
    }
  }
  for (const [fault, indices] of faults) {
    const which = `pattern${indices.length > 1 ? "s" : ""} ${describeNames(indices.map(String), 5)}`;
    const remedy = "take these patterns and their positions out, or repair them";
    findings.problem(key, `${fault} in ${which}`, `finite ${measurement} >= 0 that varies`, remedy);
  }
  if (faults.size > 0) return undefined;
  if (whole && measurement === "amplitude") {
    findings.note(
      `${key}: all values are whole numbers: if they are photon counts, set measurement to counts`,
    );
  }
  const square = measurement === "amplitude" ? 2 : 1;
  return { meanCounts: total / n, maxCounts: largest ** square };
}

/** Statistics of one pattern: `sum` of counts; `whole` is true for amplitudes that all are integers. */
function scanPattern(
  data: Float32Array,
  at: number,
  { pixels, squared }: { pixels: number; squared: boolean },
): { fault?: Fault; sum: number; max: number; whole: boolean } {
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  for (let i = at; i < at + pixels; i++) {
    const value = data[i];
    sum += squared ? value * value : value;
    min = value < min ? value : min;
    max = value > max ? value : max;
  }
  // NaN anywhere makes the sum NaN; counts are float32, in which the square of an amplitude may be infinite
  const fault: Fault | undefined = !Number.isFinite(sum)
    ? "NaN or infinite values"
    : !Number.isFinite(Math.fround(sum))
    ? "values that are far too large"
    : min < 0
    ? "negative values"
    : max === 0
    ? "zeros only"
    : max === min
    ? "one constant value"
    : undefined;
  return { fault, sum, max, whole: squared && isWhole(data, { from: at, to: at + pixels }) };
}

/** Stops at the first value that is not; of measured amplitudes that is one of the first. */
function isWhole(data: Float32Array, { from, to }: { from: number; to: number }): boolean {
  for (let i = from; i < to; i++) if (data[i] !== Math.floor(data[i])) return false;
  return true;
}
