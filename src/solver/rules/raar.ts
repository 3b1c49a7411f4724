/**
 * Relaxed averaged alternating reflections. D. R. Luke, "Relaxed averaged alternating reflections for diffraction
 * imaging", Inverse Problems 21, 37 (2005), Eq. 13, with the modulus projection a = F z first and the projection Q on
 * products of probe and object second:
 *
 * z <- (beta / 2) (R_Q R_F + 1) z + (1 - beta) a = beta Q(2 a - z) + beta z + (1 - 2 beta) a,
 *
 * for Q is linear with the probe held. The last terms of Q are + beta (z - Q z); with the other sign it collapses.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import { functions as f } from "../../engine/mod.ts";
import { forward, fromDetector, patchesOf, toDetector, toObject } from "../model/forward.ts";
import { misfit, modulusPull } from "../model/noise.ts";
import { refinements } from "../model/refine.ts";
import { accumulate, type Trace } from "../model/trace.ts";
import {
  exitWaves,
  firstWaves,
  intensityOf,
  objectSums,
  probeSums,
  regularised,
  updateObject,
  updateProbe,
} from "./dm.ts";
import type { Outputs, Rule } from "./rule.ts";

/** The projection on products is regularised only where there is no light at all. */
const NO_LIGHT = 1e-3;

/** Object and probe both take out what a differs by; two whole steps would overshoot by one. */
const PROBE_SHARE = 0.5;

/** Makes the rule. Object and probe are those of a, the shadow of z: z itself is no product even where it rests. */
export const raar = (settings: SolverConfig): Rule => ({
  prepare: { batch: firstWaves },
  keepsWaves: true,
  sweeps: [
    { batch: (t) => reflect(t, settings), end: projectReflection },
    { batch: (t) => average(t, settings), end: probeOfEpoch },
  ],
});

/** Keeps beta z + (1 - 2 beta) a; sums up the object of 2 a - z, and object and probe of a. */
function reflect(t: Trace, { beta, noiseFloor }: SolverConfig): Outputs {
  const fw = forward(t);
  const z = f.take(exitWaves(t), t.numbers);
  const wave = toDetector(z, { t, ramp: fw.ramp });
  const pull = modulusPull(intensityOf(t, wave), { t, noiseFloor });
  // a = z + d
  const d = fromDetector(f.multiply(wave, pull), { t, ramp: fw.ramp });
  const kept = f.add(f.scale(z, 1 - beta), f.scale(d, 1 - 2 * beta));
  f.put(exitWaves(t), { rows: kept, numbers: t.numbers });
  const chi = f.subtract(f.add(z, d), fw.exit);
  objectSums(t, { fw, chi });
  accumulate(t, { name: "reflectionSum", part: toObject(f.multiply(f.add(chi, d), f.conj(fw.probes)), t) });
  probeSums(t, { fw, chi });
  return { error: misfit(fw.intensity, t), ...refinements(t, { fw, chi }) };
}

function projectReflection(t: Trace): void {
  const step = regularised(t.state("reflectionSum"), { weight: t.state("objectWeight"), part: NO_LIGHT });
  t.graph.assign(t.state("reflection", t.object), f.add(t.object, step));
  updateObject(t);
}

/** Adds beta Q(2 a - z), with the probe of the reflection. */
function average(t: Trace, { beta }: SolverConfig): Outputs {
  const { probes } = forward(t);
  const reflection = f.multiply(patchesOf(t.state("reflection"), t), probes);
  const z = f.add(f.take(exitWaves(t), t.numbers), f.scale(reflection, beta));
  f.put(exitWaves(t), { rows: z, numbers: t.numbers });
  return {};
}

function probeOfEpoch(t: Trace): void {
  updateProbe(t, PROBE_SHARE);
}
