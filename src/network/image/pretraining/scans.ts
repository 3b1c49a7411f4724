/**
 * Synthetic scans to learn from: objects, probes, doses and steps drawn at random, each scan by its number alone.
 *
 * @module
 */
import type { PartialConfig } from "../../../config/mod.ts";
import type { AnyDevice } from "../../../engine/mod.ts";
import { encodeNpz } from "../../../formats/mod.ts";
import { type PlacedImage, Random } from "../../../numeric/mod.ts";
import { openScan, type Scan } from "../../../scan/mod.ts";
import { planSimulation, scanArrays, simulatePatterns } from "../../../simulation/mod.ts";

/** A scan with its truth. */
export interface SyntheticScan extends AsyncDisposable {
  readonly scan: Scan;
  readonly truth: PlacedImage;
}

const OBJECTS = [
  "dead-leaves",
  "random-field",
  "cells",
  "siemens-star",
  "lines",
  "circuit",
  "text",
  "diatom",
  "dead-leaves",
  "random-field",
  "cells",
] as const;
const PROBES = ["disk", "gaussian", "zone-plate", "zone-plate", "zernike", "zernike"] as const;
const PATHS = ["jittered", "fermat", "spiral", "random", "jittered", "raster"] as const;

/** The settings of a scan: doses of 1e2 to 3e6 photons, steps of 3 to 18 px, weak, usual and strong objects. */
export function drawSettings(seed: number): NonNullable<PartialConfig["simulation"]> {
  const random = new Random(seed, "pretraining");
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.uniform() * values.length)];
  const object = pick(OBJECTS);
  const kind = random.uniform(); // 15 % opaque, 20 % weak
  const amplitudeMin = kind < 0.15
    ? between(0.05, 0.3)
    : kind < 0.35
    ? between(0.9, 0.99)
    : between(0.3, 0.9);
  const strong = random.uniform() < 0.15;
  const phase = kind >= 0.15 && kind < 0.35
    ? between(0.02, 0.2)
    : strong
    ? between(1.5, 4.5)
    : between(0.1, 1.5);
  const bare = random.uniform(); // 10 % without any phase, 10 % without absorption
  const shape = bare < 0.1
    ? { amplitudeMin, phaseMin: 0, phaseMax: 0 }
    : { amplitudeMin: bare < 0.2 ? 1 : amplitudeMin, phaseMin: -phase, phaseMax: phase };
  const probe = pick(PROBES);
  const step = Math.exp(between(Math.log(3), Math.log(20)));
  const lens = probe === "disk"
    ? { probeRadius: between(8, 20) }
    : probe === "gaussian"
    ? { probeRadius: between(5, 11) }
    : probe === "zernike"
    ? { aberrations: [5, 6, 7, 8, 11].map((noll) => `${noll}:${between(-0.8, 0.8).toFixed(3)}`).join() }
    : {};
  const feature = random.uniform() < 0.5 ? {} : { featureSize: Math.exp(between(Math.log(2), Math.log(25))) };
  return {
    object,
    ...shape,
    amplitudeMax: 1,
    probe,
    step,
    ...lens,
    ...feature,
    positions: Math.round(between(9, 13)) ** 2,
    scan: pick(PATHS),
    size: 64,
    dose: String(Math.round(10 ** between(2, 6.5))),
    labels: false,
    seed,
  };
}

/** Simulates a scan in memory. Throws as `planSimulation` does. */
export async function syntheticScan(
  settings: NonNullable<PartialConfig["simulation"]>,
  { device, signal }: { readonly device: AnyDevice; readonly signal?: AbortSignal },
): Promise<SyntheticScan> {
  const plan = await planSimulation({ config: { simulation: settings }, signal });
  const { positions: { x: xcoords, y: ycoords }, settings: { size: side }, object, doses: [dose] } = plan;
  const diffraction = new Float32Array(xcoords.length * side * side);
  for await (const { start, counts } of simulatePatterns(plan, { device, signal })) {
    diffraction.set(Float32Array.from(counts, Math.sqrt), start * side * side);
  }
  const probe = Float32Array.from(plan.probe, (value) => value * Math.sqrt(dose));
  const arrays = scanArrays({ side, diffraction, xcoords, ycoords, probe, object });
  const { objectGuess: _, ...given } = arrays;
  const scan = await openScan(await encodeNpz(given), { signal, measurement: "amplitude" });
  return { scan, truth: object, [Symbol.asyncDispose]: () => scan[Symbol.asyncDispose]() };
}
