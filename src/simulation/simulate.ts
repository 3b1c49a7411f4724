/**
 * Simulated scans: diffraction patterns of a known object, with photon noise.
 *
 * @module
 */
import { type Floats, type PlacedImage, type PositionsPx, Random } from "../numeric/mod.ts";

import { FarField, photonsOf, samplePatch, scaleToPhotons } from "../physics/mod.ts";

/** Options of {@linkcode simulateScan}. */
export interface SimulateOptions {
  /** Side N of a pattern in pixels. */
  readonly side: number;
  readonly positions: PositionsPx;
  /** Probe, (P, N, N) interleaved. */
  readonly probe: Floats;
  /** The object in the frame of the positions. What lies outside it is opaque. */
  readonly object: PlacedImage;
  /**
   * Photons that fall on the sample for each pattern; the probe is scaled to it. Default: as the probe is.
   */
  readonly photons?: number;
  /** Draw Poisson counts. Default true; false gives the exact expectation. */
  readonly noise?: boolean;
  /** Default 0. */
  readonly seed?: number;
}

/** A scan as the canonical NPZ holds it, with the truth. */
export interface SimulatedScan {
  readonly side: number;
  /** Amplitude sqrt(counts), (n, N, N), zero frequency at N/2. */
  readonly diffraction: Float32Array;
  readonly xcoords: Float64Array;
  readonly ycoords: Float64Array;
  /** (P, N, N) interleaved, in sqrt(photons). */
  readonly probe: Float32Array;
  /** The true object. */
  readonly object: PlacedImage;
}

/**
 * Diffracts the object at every position: patches are cut bilinearly between pixels, as the network's forward
 * model cuts them. Pattern i has its own stream of random numbers, so that it does not depend on what else is
 * simulated.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deadLeaves } from "./objects/objects.ts";
 * import { rasterPositions } from "./positions.ts";
 * import { gaussianProbe } from "../physics/mod.ts";
 * const scan = simulateScan({
 *   side: 32,
 *   positions: rasterPositions({ rows: 2, columns: 2, step: 4, x0: 16, y0: 16 }),
 *   probe: gaussianProbe({ side: 32, photons: 1e4, sigma: 4 }),
 *   object: { ...deadLeaves({ height: 40, width: 40 }), x0: 0, y0: 0 },
 * });
 * assert.equal(scan.diffraction.length, 4 * 32 * 32);
 * ```
 */
export function simulateScan(options: SimulateOptions): SimulatedScan {
  const { side, positions, object, noise = true, seed = 0 } = options;
  const { x: xcoords, y: ycoords } = positions;
  if (options.probe.length === 0 || options.probe.length % (2 * side * side) !== 0) {
    throw new RangeError(
      `the probe holds ${options.probe.length / 2} values, expected modes of ${side} x ${side}`,
    );
  }
  const probe = scaleToPhotons(options.probe, options.photons ?? photonsOf(options.probe));
  const field = new FarField(side);
  const pixels = side * side;
  const diffraction = new Float32Array(xcoords.length * pixels);
  const patch = new Float64Array(2 * pixels), intensity = new Float64Array(pixels);
  for (let i = 0; i < xcoords.length; i++) {
    samplePatch(object, { x: xcoords[i], y: ycoords[i], side }, patch);
    field.intensity(patch, probe, intensity);
    const random = new Random(seed, `pattern ${i}`);
    for (let p = 0; p < pixels; p++) {
      diffraction[i * pixels + p] = Math.sqrt(noise ? random.poisson(intensity[p]) : intensity[p]);
    }
  }
  return { side, diffraction, xcoords, ycoords, probe: Float32Array.from(probe), object };
}
