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
import { Fft2, rollImage } from "../numeric/mod.ts";
import { centralPositions, type Probe, type Scan, scanWith } from "../scan/mod.ts";
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
/** Patterns whose mean is taken. */
const MEAN_OF = 256;

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
  const start = (blurPx: number) => ({ blurPx, probe: defocused(mean, { size: scan.size, blurPx }) });
  const sides = BLURS.flatMap((part) => part === 0 ? [0] : [-part * scan.size, part * scan.size]);
  for (const blurPx of sides) tried.push(await attempt(start(blurPx), COARSE));
  tried.sort((a, b) => a.error - b.error);
  const fine = [];
  for (const { blurPx } of tried.slice(0, KEPT)) fine.push(await attempt(start(blurPx), FINE));
  fine.sort((a, b) => a.error - b.error);
  const [{ probe, ...best }] = fine;
  return { probe, tried: [best, ...tried.filter(({ blurPx }) => blurPx !== best.blurPx)] };
}

/** The table of a search, as lines. */
export function probeSearchLines({ tried }: ProbeSearch): string[] {
  const [best, next] = tried;
  const places = tried.map(({ blurPx, error }) => `${blurPx.toFixed(1)} px ${error.toPrecision(3)}`);
  return [
    `probe: the mean pattern as far field, out of focus by a blur of ${best.blurPx.toFixed(1)} px: misfit ${
      best.error.toPrecision(3)
    }, the next ${next.error.toPrecision(3)}`,
    `probe: misfits by blur: ${places.join(", ")}`,
  ];
}

async function meanPattern(scan: Scan): Promise<Float64Array> {
  const count = Math.min(scan.n, MEAN_OF), mean = new Float64Array(scan.size ** 2);
  for (let k = 0; k < count; k++) {
    const counts = await scan.readCounts([Math.floor(k * scan.n / count)]);
    for (let i = 0; i < mean.length; i++) mean[i] += counts[i] / count;
  }
  return mean;
}

/**
 * The wave with this far field and a quadratic phase a q^2, whose light of the rms radius q is moved by N a q / pi pixels.
 */
function defocused(
  mean: Float64Array,
  { size, blurPx }: { readonly size: number; readonly blurPx: number },
): Probe {
  const half = size / 2;
  const squared = (pixel: number) => (Math.floor(pixel / size) - half) ** 2 + (pixel % size - half) ** 2;
  const light = mean.reduce((sum, value) => sum + value, 0);
  const radius = Math.sqrt(mean.reduce((sum, value, pixel) => sum + value * squared(pixel), 0) / light);
  const bend = Math.PI * blurPx / (size * Math.max(radius, 1));
  const wave = new Float64Array(2 * mean.length);
  mean.forEach((value, pixel) => {
    const phase = bend * squared(pixel);
    wave[2 * pixel] = Math.sqrt(value) * Math.cos(phase);
    wave[2 * pixel + 1] = Math.sqrt(value) * Math.sin(phase);
  });
  new Fft2(size, size).inverseCentred(wave);
  rollImage(wave, { height: size, width: size, rows: half, columns: half });
  return { modes: 1, size, data: Float32Array.from(wave) };
}
