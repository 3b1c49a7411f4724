/**
 * Simulated scans to try the page with.
 *
 * @module
 */
import { gaussianProbe } from "../src/physics/mod.ts";
import {
  cells,
  diatom,
  type DrawnObject,
  type ObjectOptions,
  rasterPositions,
  siemensStar,
  type SimulatedScan,
  simulateScan,
} from "../src/simulation/mod.ts";

const SIDE = 64, ACROSS = 14, STEP = 6, MARGIN = 34;
const EXTENT = 2 * MARGIN + STEP * (ACROSS - 1);
/** Phase of the probe at r pixels from its centre: this times r^2. */
const DEFOCUS = 0.04;

const OBJECTS: Readonly<Record<string, (options: ObjectOptions) => DrawnObject>> = {
  "Siemens star": siemensStar,
  "Diatom": diatom,
  "Cells": cells,
};

/** Names of the examples. */
export const EXAMPLES: readonly string[] = Object.keys(OBJECTS);

/** Simulates an example: 196 patterns of 1e6 photons with their noise, seen through a defocused Gaussian probe. */
export function exampleScan(name: string): SimulatedScan {
  const object = OBJECTS[name];
  if (!object) throw new RangeError(`found the example ${name}, expected one of ${EXAMPLES.join(", ")}`);
  const probe = gaussianProbe({ side: SIDE, photons: 1e6, sigma: 9 });
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const [row, column] = [Math.floor(pixel / SIDE) - SIDE / 2, pixel % SIDE - SIDE / 2];
    const phase = DEFOCUS * (row ** 2 + column ** 2), amplitude = probe[2 * pixel];
    probe[2 * pixel] = amplitude * Math.cos(phase);
    probe[2 * pixel + 1] = amplitude * Math.sin(phase);
  }
  return simulateScan({
    side: SIDE,
    positions: rasterPositions({
      rows: ACROSS,
      columns: ACROSS,
      step: STEP,
      jitter: 1.5,
      x0: MARGIN,
      y0: MARGIN,
    }),
    probe,
    object: {
      ...object({ height: EXTENT, width: EXTENT, amplitude: [0.5, 1], phase: [-0.8, 0.8] }),
      x0: 0,
      y0: 0,
    },
  });
}
