/**
 * Taking a part of a scan before anything else is done with it.
 *
 * @module
 */
import { OptionError } from "../../common/mod.ts";
import { Random } from "../../numeric/mod.ts";

/** Which positions {@linkcode samplePositions} takes. */
export interface SamplingOptions {
  /** How many; default all. */
  readonly nSubsample?: number;
  /** Seed of the choice. Default 0. */
  readonly subsampleSeed?: number;
  /** The first ones in scan order instead of drawn ones. Default false. */
  readonly sequential?: boolean;
}

/**
 * Indices of the positions taken of `n`, ascending. Throws `OptionError` where there are fewer than asked
 * for.
 */
export function samplePositions(n: number, options: SamplingOptions = {}): Int32Array {
  const { nSubsample = n, subsampleSeed = 0, sequential = false } = options;
  if (!Number.isInteger(nSubsample) || nSubsample < 1 || nSubsample > n) {
    throw new OptionError({
      option: "nSubsample",
      found: `${nSubsample}`,
      expected: `1 to ${n}, the positions of the scan`,
      remedy: "lower it, or leave it out to take all",
    });
  }
  if (sequential || nSubsample === n) return Int32Array.from({ length: nSubsample }, (_, i) => i);
  return new Random(subsampleSeed, "subsample").choose(n, nSubsample);
}
