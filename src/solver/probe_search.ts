/**
 * A probe for a scan that has none: waves with the mean pattern as their far field, over a range of defocus, by short
 * solves of neighbouring patterns.
 *
 * A lens, a zone plate or a pinhole fills its far field with light of a smooth phase, whose largest part is quadratic; the
 * mean pattern is near to that far field, since the object transmits most of the probe. What is left is the solver's work:
 * it refines the probe of each candidate.
 *
 * @module
 */
import type { AnyDevice } from "../engine/mod.ts";
import { patternProbe } from "../physics/mod.ts";
import { centralPositions, meanPattern, type Probe, type Scan, scanWith } from "../scan/mod.ts";
import { solve } from "./solve.ts";

/** A wave that was tried. */
export interface ProbeCandidate {
  /** Radius in pixels to which defocus blurs the focus; negative on the other side of the focus. */
  readonly blurPx: number;
  /** Misfit of the short solve. */
  readonly error: number;
}

/** What {@linkcode findProbe} found. */
export interface ProbeSearch {
  /** The best probe as its solve refined it. */
  readonly probe: Probe;
  /** From the best to the worst. */
  readonly tried: readonly ProbeCandidate[];
}

/** Patterns that are solved: a coarse search on few, a fine one on more. */
const COARSE = { patterns: 64, epochs: 12 } as const, FINE = { patterns: 144, epochs: 40 } as const;
/** Blurs that are tried, in parts of N; each on both sides of the focus. */
const BLURS = [0, 1 / 32, 1 / 16, 3 / 32, 1 / 8, 1 / 6, 5 / 24, 1 / 4, 1 / 3] as const;
/** Candidates that are looked at more closely. */
const KEPT = 3;

/** Options of {@linkcode findProbe}. */
export interface FindProbeOptions {
  readonly device: AnyDevice;
  readonly signal?: AbortSignal;
}

/** Finds a probe. The scan's own probe does not count. Throws as `solve` does. */
export async function findProbe(scan: Scan, { device, signal }: FindProbeOptions): Promise<ProbeSearch> {
  const mean = await meanPattern(scan);
  const tried: (ProbeCandidate & { readonly probe: Probe })[] = [];
  const attempt = async (
    { blurPx, probe }: { readonly blurPx: number; readonly probe: Probe },
    { patterns, epochs }: { readonly patterns: number; readonly epochs: number },
  ) => {
    signal?.throwIfAborted();
    const solved = await solve(scanWith(scan, { probe }), {
      device,
      indices: centralPositions(scan.positionsPx, { count: patterns }),
      signal,
      config: { solver: { algorithm: "LSQML", batchSize: 16, numEpochs: epochs } },
    });
    return { blurPx, probe: solved.probe, error: solved.epochs.at(-1)?.error ?? Infinity };
  };
  const start = (blurPx: number) => {
    const data = Float32Array.from(patternProbe(mean, { side: scan.size, blurPx }));
    return { blurPx, probe: { modes: 1, size: scan.size, data } };
  };
  const sides = BLURS.flatMap((part) => part === 0 ? [0] : [-part * scan.size, part * scan.size]);
  for (const blurPx of sides) tried.push(await attempt(start(blurPx), COARSE));
  tried.sort((a, b) => a.error - b.error);
  const fine = [];
  for (const { blurPx } of tried.slice(0, KEPT)) fine.push(await attempt(start(blurPx), FINE));
  fine.sort((a, b) => a.error - b.error);
  const [{ probe, ...best }] = fine;
  return { probe, tried: [best, ...tried.filter(({ blurPx }) => blurPx !== best.blurPx)] };
}

/** What was found beside the next best, in words. */
export function probeReason({ tried: [best, next] }: ProbeSearch): string {
  return `out of focus by a blur of ${best.blurPx.toFixed(1)} px: misfit ${
    best.error.toPrecision(3)
  }, the next ${next.error.toPrecision(3)}`;
}

/** The table of a search, as lines. */
export function probeSearchLines(search: ProbeSearch): string[] {
  const places = search.tried.map(({ blurPx, error }) => `${blurPx.toFixed(1)} px ${error.toPrecision(3)}`);
  return [
    `probe: the mean pattern as far field, ${probeReason(search)}`,
    `probe: misfits by blur: ${places.join(", ")}`,
  ];
}
