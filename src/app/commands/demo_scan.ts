/**
 * The simulated scan of the demo.
 *
 * @module
 */
import { writeNpz } from "../../formats/mod.ts";
import {
  diatom,
  rasterPositions,
  scanArrays,
  type SimulatedScan,
  simulateScan,
} from "../../simulation/mod.ts";

import { gaussianProbe } from "../../physics/mod.ts";

/** N of the demo's patterns. */
const SIDE = 64;
/** Positions along each side, the distance between them and their displacement, in pixels. */
const ACROSS = 18;
const STEP = 6;
const JITTER = 1.5;
const PHOTONS = 1e6;
const SIGMA = 9;
/** Phase of the probe at r pixels from its centre: this times r^2, as of a beam a little out of focus. */
const DEFOCUS = 0.04;

/**
 * Returns a drawn diatom, which shifts the phase by up to 1.6 rad and absorbs here and there, seen through a
 * defocused Gaussian probe at 324 positions, with the noise of 1e6 photons.
 */
export function demoScan({ seed }: { readonly seed: number }): SimulatedScan {
  const margin = SIDE / 2 + 2;
  const extent = 2 * margin + STEP * (ACROSS - 1);
  const object = diatom({ height: extent, width: extent, amplitude: [0.5, 1], phase: [-0.8, 0.8], seed });
  return simulateScan({
    side: SIDE,
    positions: rasterPositions({
      rows: ACROSS,
      columns: ACROSS,
      step: STEP,
      jitter: JITTER,
      x0: margin,
      y0: margin,
      seed,
    }),
    probe: defocused(gaussianProbe({ side: SIDE, photons: PHOTONS, sigma: SIGMA })),
    object: { ...object, x0: 0, y0: 0 },
    seed,
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

/** Writes a simulated scan as the canonical NPZ, the truth with it. */
export async function writeScan(file: string, scan: SimulatedScan): Promise<void> {
  await writeNpz(file, scanArrays(scan, { origin: "plica demo" }));
}
