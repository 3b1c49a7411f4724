/**
 * A small simulated scan for tests of whole runs.
 */
import { deadLeaves } from "../../src/simulation/objects/objects.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { gaussianProbe } from "../../src/physics/probes/probes.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { type SimulatedScan, simulateScan } from "../../src/simulation/simulate.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { openScan } from "../../src/scan/scan.ts";
import type { Scan } from "../../src/scan/types.ts";

/** `across` x `across` patterns of 64 x 64 of dead leaves under a Gaussian probe. */
export function smallScan(across: number): SimulatedScan {
  const extent = 68 + 6 * (across - 1);
  return simulateScan({
    side: 64,
    positions: rasterPositions({
      rows: across,
      columns: across,
      step: 6,
      jitter: 1,
      x0: 34,
      y0: 34,
      seed: 1,
    }),
    probe: gaussianProbe({ side: 64, photons: 1e5, sigma: 9 }),
    object: { ...deadLeaves({ height: extent, width: extent, seed: 1 }), x0: 0, y0: 0 },
    seed: 1,
  });
}

/** The same, opened from memory. */
export async function openSmallScan(across: number): Promise<Scan> {
  return await openScan(await encodeNpz(scanArrays(smallScan(across))), { name: "small.npz" });
}
