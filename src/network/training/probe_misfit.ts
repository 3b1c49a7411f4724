/**
 * Measures whether a probe explains the patterns of a scan, by two short trials of a solver.
 *
 * @module
 */
import type { AnyDevice } from "../../engine/mod.ts";
import type { PositionsPx } from "../../numeric/mod.ts";
import type { Probe, Scan } from "../../scan/mod.ts";
import { solve } from "../../solver/mod.ts";

/**
 * Threshold of automatic refinement: the squared misfit with the given probe over that with a free probe. Good probes
 * stay under 1.3, of measured and simulated scans, with and without photon noise; wrong ones reach 2.4 and more.
 */
export const MISFIT_RATIO = 1.75;

/** Patterns and epochs of the two trials that are compared, small enough to take a quarter of a second. */
const TRIAL = { patterns: 36, numEpochs: 3, batchSize: 12 } as const;
/** With fewer patterns a free probe fits anything. */
const FEWEST_PATTERNS = 25;

/** Misfit of a probe on a scan. */
export interface ProbeMisfit {
  /** Squared relative misfit of the amplitudes with the probe as it is given. */
  readonly given: number;
  /** The same where the probe is updated with the object. */
  readonly free: number;
  /** The first over the second. */
  readonly ratio: number;
  /** Patterns that both were measured on. */
  readonly patterns: number;
}

/**
 * Measures a probe by two short trials of LSQML on neighbouring patterns, from a transparent object: one with the
 * probe as it is, one that updates it. A right probe loses next to nothing by being held, whatever the object and the
 * photon noise, so the ratio needs no scale; a wrong one keeps the object from fitting. Undefined where there are
 * fewer than 25 patterns.
 */
export async function probeMisfit(
  scan: Scan,
  { indices, probe, device, signal }: {
    readonly indices: Int32Array;
    readonly probe: Probe;
    readonly device: AnyDevice;
    readonly signal?: AbortSignal;
  },
): Promise<ProbeMisfit | undefined> {
  if (indices.length < FEWEST_PATTERNS) return undefined;
  const { patterns, ...settings } = TRIAL;
  const near = neighbourhood(scan.positionsPx, { indices, count: patterns });
  const trial = async (free: boolean) => {
    const { epochs, interrupted } = await solve(scan, {
      config: { solver: { ...settings, algorithm: "LSQML", probe: free } },
      device,
      indices: near,
      initial: { probe },
      signal,
    });
    if (interrupted) signal?.throwIfAborted();
    return epochs[epochs.length - 1].relativeError;
  };
  const given = await trial(false), free = await trial(true);
  return { given, free, ratio: given / free, patterns: near.length };
}

/** The patterns nearest to the one in the middle, ascending. */
function neighbourhood(
  { x, y }: PositionsPx,
  { indices, count }: { readonly indices: Int32Array; readonly count: number },
): Int32Array {
  const mean = (axis: Float64Array) => indices.reduce((sum, i) => sum + axis[i], 0) / indices.length;
  const distancesTo = (px: number, py: number) =>
    Float64Array.from(indices, (i) => Math.hypot(x[i] - px, y[i] - py));
  const toMean = distancesTo(mean(x), mean(y));
  const middle = indices[toMean.indexOf(toMean.reduce((least, d) => Math.min(least, d)))];
  const distances = distancesTo(x[middle], y[middle]);
  const farthest = distances.slice().sort()[Math.min(count, indices.length) - 1];
  return indices.filter((_, k) => distances[k] <= farthest).slice(0, count).sort();
}
