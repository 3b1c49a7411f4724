/**
 * A scan to try things with.
 *
 * @module
 */
import { gaussianProbe } from "../physics/mod.ts";
import type { DrawnObject, ObjectOptions } from "./objects/objects.ts";
import { rasterPositions } from "./positions.ts";
import { type SimulatedScan, simulateScan } from "./simulate.ts";

/** N of the patterns; distance of the positions and their displacement in pixels; photons of a pattern. */
const SIDE = 64, STEP = 6, JITTER = 1.5, PHOTONS = 1e6;
/** The probe: a Gaussian of this width in pixels, out of focus by a phase of this times r^2. */
const SIGMA = 9, DEFOCUS = 0.04;
/** Pixels of the object around the outermost positions. */
const MARGIN = SIDE / 2 + 2;

/**
 * Simulates `across` x `across` patterns of 64 x 64 of an object of amplitude 0.5 to 1 and phase -0.8 to 0.8 rad, seen
 * through a defocused Gaussian probe, with the noise of 1e6 photons a pattern. Default of `seed`: that of each part.
 */
export function exampleScan(
  { object, across, seed }: {
    readonly object: (options: ObjectOptions) => DrawnObject;
    readonly across: number;
    readonly seed?: number;
  },
): SimulatedScan {
  const extent = 2 * MARGIN + STEP * (across - 1), seeded = seed === undefined ? {} : { seed };
  const drawn = object({ height: extent, width: extent, amplitude: [0.5, 1], phase: [-0.8, 0.8], ...seeded });
  return simulateScan({
    side: SIDE,
    positions: rasterPositions({
      ...{ rows: across, columns: across, step: STEP, jitter: JITTER, x0: MARGIN, y0: MARGIN },
      ...seeded,
    }),
    probe: defocused(gaussianProbe({ side: SIDE, photons: PHOTONS, sigma: SIGMA })),
    object: { ...drawn, x0: 0, y0: 0 },
    ...seeded,
  });
}

/** A curved phase spreads the pattern over the detector, which makes the phase of the object easier to see. */
function defocused(probe: Float64Array): Float64Array {
  return probe.map((_, i) => {
    const pixel = i >> 1;
    const phase = DEFOCUS * ((Math.floor(pixel / SIDE) - SIDE / 2) ** 2 + (pixel % SIDE - SIDE / 2) ** 2);
    const amplitude = probe[2 * pixel];
    return amplitude * (i % 2 === 0 ? Math.cos(phase) : Math.sin(phase));
  });
}
