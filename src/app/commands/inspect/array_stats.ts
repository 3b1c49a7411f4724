/**
 * Smallest, largest and mean value of an array of an NPZ, read in pieces.
 *
 * @module
 */
import type { NpyArray, Npz, NpzEntry } from "../../../formats/mod.ts";

/** Facts of an array; of complex numbers the magnitudes are meant. */
export interface ArrayStats {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  /** NaN and infinite elements; they are left out of the other figures. */
  readonly notFinite: number;
}

/** Returns the statistics of an array, or undefined for text and empty arrays. */
export async function arrayStats(npz: Npz, entry: NpzEntry): Promise<ArrayStats | undefined> {
  if (entry.dtype === "string" || entry.dtype === "bytes") return undefined;
  const sum = { minimum: Infinity, maximum: -Infinity, total: 0, count: 0, notFinite: 0 };
  for await (const array of npz.streamElements(entry.key)) accumulate(sum, array);
  const { minimum, maximum, notFinite, count } = sum;
  return count + notFinite === 0 ? undefined : { minimum, maximum, mean: sum.total / count, notFinite };
}

interface Accumulator {
  minimum: number;
  maximum: number;
  total: number;
  count: number;
  notFinite: number;
}

function accumulate(sum: Accumulator, { dtype, data }: NpyArray): void {
  const complex = dtype.startsWith("complex");
  for (let i = 0; i < data.length; i += complex ? 2 : 1) {
    const value = complex ? Math.hypot(Number(data[i]), Number(data[i + 1])) : Number(data[i]);
    if (!Number.isFinite(value)) {
      sum.notFinite++;
      continue;
    }
    if (value < sum.minimum) sum.minimum = value;
    if (value > sum.maximum) sum.maximum = value;
    sum.total += value;
    sum.count++;
  }
}
