/**
 * Simulated probes, (N, N) interleaved, centred on pixel N/2, with sum abs(probe)^2 = the photons of a
 * pattern.
 *
 * @module
 */
import type { Floats } from "../../numeric/mod.ts";

/** Options that all probes share. */
export interface ProbeOptions {
  /** Side N in pixels. */
  readonly side: number;
  /** Photons that fall on the sample for each pattern. */
  readonly photons: number;
}

/** Returns a disk of flat phase: radius in pixels, the edge blended over one pixel. */
export function diskProbe(
  { side, photons, radius }: ProbeOptions & { readonly radius: number },
): Float64Array {
  return radialProbe({ side, photons }, (r) => Math.min(1, Math.max(0, radius + 0.5 - r)));
}

/** Returns a Gaussian of flat phase: amplitude exp(-r^2 / (2 sigma^2)), sigma in pixels. */
export function gaussianProbe(
  { side, photons, sigma }: ProbeOptions & { readonly sigma: number },
): Float64Array {
  return radialProbe({ side, photons }, (r) => Math.exp(-0.5 * (r / sigma) ** 2));
}

function radialProbe({ side, photons }: ProbeOptions, amplitude: (r: number) => number): Float64Array {
  const probe = new Float64Array(2 * side * side);
  for (let i = 0; i < side * side; i++) {
    probe[2 * i] = amplitude(Math.hypot(Math.floor(i / side) - side / 2, i % side - side / 2));
  }
  return scaleToPhotons(probe, photons);
}

/** Returns the mean number of photons of a pattern of the empty beam: sum over all modes of abs(probe)^2. */
export function photonsOf(probe: Floats): number {
  let sum = 0;
  for (let i = 0; i < probe.length; i++) sum += probe[i] ** 2;
  return sum;
}

/**
 * Returns the probe, all modes by one factor, with that many photons. Throws `RangeError` for an empty probe.
 */
export function scaleToPhotons(probe: Floats, photons: number): Float64Array {
  const now = photonsOf(probe);
  if (!(now > 0) || !(photons > 0)) {
    throw new RangeError(`cannot scale a probe of ${now} photons to ${photons}`);
  }
  const factor = Math.sqrt(photons / now);
  return Float64Array.from(probe, (v) => v * factor);
}
