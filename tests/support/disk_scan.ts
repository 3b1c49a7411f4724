/**
 * The simulated scan of the acceptance figures: a flat disk of radius 14 on a strong object.
 *
 * @module
 */
import { deadLeaves } from "../../src/simulation/objects/objects.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { diskProbe } from "../../src/physics/probes/probes.ts";
import { type SimulatedScan, simulateScan } from "../../src/simulation/simulate.ts";

/** What may differ from the acceptance case. */
export interface DiskScanOptions {
  /** Positions along each side. Default 25: 625 positions. */
  readonly across?: number;
  /** Pixels between positions. Default 5: a sixth of the disk. */
  readonly step?: number;
  /** Default 1e5. */
  readonly photons?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Default true. */
  readonly noise?: boolean;
}

const SIDE = 64;

/** N = 64, disk of radius 14, dead leaves with amplitude 0.6 to 1 and phase -1 to 1 rad. */
export function diskScan(options: DiskScanOptions = {}): SimulatedScan {
  const { across = 25, step = 5, photons = 1e5, seed = 1, noise = true } = options;
  const jitter = step / 4;
  // The first patch starts at the jitter's width, so that all patches lie on the object.
  const first = SIDE / 2 + Math.ceil(jitter);
  const positions = rasterPositions({
    rows: across,
    columns: across,
    step,
    jitter,
    x0: first,
    y0: first,
    seed,
  });
  const sides = SIDE + 2 * Math.ceil(jitter) + Math.ceil((across - 1) * step) + 1;
  const leaves = { height: sides, width: sides, amplitude: [0.6, 1], phase: [-1, 1], seed } as const;
  const object = { ...deadLeaves(leaves), x0: 0, y0: 0 };
  const probe = diskProbe({ side: SIDE, photons, radius: 14 });
  return simulateScan({ side: SIDE, positions, probe, object, seed, noise });
}
