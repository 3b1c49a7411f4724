/**
 * Frozen quantities of a trained model by name: probe, mean pattern, scales.
 *
 * @module
 */

/** A frozen quantity of a trained model: a probe, a mean pattern, a scale. */
export interface Statistic {
  readonly shape: readonly number[];
  readonly dtype: "f32" | "c64";
  readonly data: Float32Array;
}

/** Frozen quantities by name. Those of a further scan k = 1, 2, ... are named `scan<k>.<name>`. */
export type Statistics = ReadonlyMap<string, Statistic>;

/** Returns the name of a quantity of scan 0, 1, ... */
export function scanStatistic(name: string, scan: number): string {
  return scan === 0 ? name : `scan${scan}.${name}`;
}

/** Returns the scans that statistics were measured on. */
export function scansOf(statistics: Statistics): number {
  let scans = 1;
  while (statistics.has(scanStatistic("probe", scans))) scans++;
  return scans;
}

/**
 * Returns the values of a quantity for `scans` scans, one after the other. Throws `RangeError` where one is missing.
 */
export function stackedStatistic(
  statistics: Statistics,
  { name, scans }: { name: string; scans: number },
): Float32Array {
  const parts = Array.from({ length: scans }, (_, scan) => {
    const statistic = statistics.get(scanStatistic(name, scan));
    if (!statistic) throw new RangeError(`the model has no statistic ${scanStatistic(name, scan)}`);
    return statistic.data;
  });
  if (parts.length === 1) return parts[0];
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
