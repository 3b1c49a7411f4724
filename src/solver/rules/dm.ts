/**
 * Difference map. P. Thibault, M. Dierolf, A. Menzel, O. Bunk, C. David and F. Pfeiffer, "High-resolution scanning X-ray
 * diffraction microscopy", Science 321, 379 (2008); P. Thibault et al., Ultramicroscopy 109, 338 (2009), Eqs. 5-9.
 *
 * All exit waves are kept on the device; batches only bound the memory of what is between.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import {
  forward,
  fromDetector,
  overlapOf,
  type Refinement,
  toDetector,
  toObject,
  toProbe,
} from "../model/forward.ts";
import { misfit, modulusPull } from "../model/noise.ts";
import { refinements } from "../model/refine.ts";
import { accumulate, type Trace } from "../model/trace.ts";
import type { Outputs, Rule } from "./rule.ts";

/** Part of the largest weight that is added where there is little. */
const DAMPING = 0.05;

/** Makes the rule. */
export const dm = (settings: SolverConfig): Rule => ({
  prepare: { batch: firstWaves },
  keepsWaves: true,
  sweeps: [
    { batch: (t) => step(t, settings), end: (t) => updateProbe(t) },
    { batch: project, end: updateObject },
  ],
});

/** Returns the exit waves, [n, P, N, N]. */
export function exitWaves(t: Trace): Tensor {
  const { patterns, modes, side } = t.sizes;
  return t.state("exitWaves", { shape: [patterns, modes, side, side], dtype: "c64" });
}

/** Begins the exit waves as those of the model. */
export function firstWaves(t: Trace): Outputs {
  f.put(exitWaves(t), { rows: forward(t).exit, numbers: t.numbers });
  return {};
}

/** psi + F(2 q - psi) - q, with q the model's exit waves and F the modulus projection; the sums for a new probe. */
function step(t: Trace, settings: SolverConfig): Outputs {
  const fw = forward(t);
  const psi = f.take(exitWaves(t), t.numbers);
  const reflected = f.subtract(f.scale(fw.exit, 2), psi);
  const wave = toDetector(reflected, { t, ramp: fw.ramp });
  const pull = modulusPull(intensityOf(t, wave), { t, noiseFloor: settings.noiseFloor });
  // F(r) = r + correction, so psi + F(r) - q = q + correction
  const correction = fromDetector(f.multiply(wave, pull), { t, ramp: fw.ramp });
  f.put(exitWaves(t), { rows: f.add(fw.exit, correction), numbers: t.numbers });
  probeSums(t, { fw, chi: correction });
  return { error: misfit(fw.intensity, t) };
}

/** The misfit and what else the second pass knows: positions, variations of the probe. */
function project(t: Trace): Outputs {
  const fw = forward(t);
  const chi = f.subtract(f.take(exitWaves(t), t.numbers), fw.exit);
  objectSums(t, { fw, chi });
  return refinements(t, { fw, chi });
}

/** Returns the sum over the modes, and the background: the intensity of waves [B, P, N, N]. */
export function intensityOf(t: Trace, wave: Tensor): Tensor {
  const own = t.sizes.modes > 1 ? f.sum(f.abs2(wave), [1]) : f.abs2(wave);
  return t.sizes.background ? f.add(own, t.state("background")) : own;
}

/** Adds a batch to sum S* conj(O) chi and sum |O|^2. */
export function probeSums(t: Trace, { fw, chi }: Refinement): void {
  const { side, modes } = t.sizes;
  const sum = toProbe(f.multiply(chi, f.conj(fw.patches)), fw);
  accumulate(t, { name: "probeSum", part: f.reshape(sum, [modes, side, side]) });
  accumulate(t, { name: "probeWeight", part: f.reshape(f.sum(f.abs2(fw.patches), [0]), [1, side, side]) });
}

/** Adds a batch to sum conj(P) chi and sum |P|^2. */
export function objectSums(t: Trace, { fw, chi }: Refinement): void {
  accumulate(t, { name: "objectSum", part: toObject(f.multiply(chi, f.conj(fw.probes)), t) });
  accumulate(t, { name: "objectWeight", part: overlapOf(fw.probes, t) });
}

/** sum / sqrt(weight^2 + (part of its largest)^2). */
export function regularised(sum: Tensor, { weight, part }: { weight: Tensor; part: number }): Tensor {
  const floor = f.offset(f.scale(f.max(weight), part), 1e-12);
  return f.divide(sum, f.sqrt(f.add(f.square(weight), f.square(floor))));
}

/** The probe that fits the exit waves best, as a step from the present one: its fixed point knows no regularisation. */
export function updateProbe(t: Trace, share = 1): void {
  const step = regularised(t.state("probeSum"), { weight: t.state("probeWeight"), part: DAMPING });
  t.graph.assign(t.probe, f.add(t.probe, f.multiply(step, f.scale(t.step("probe"), share))));
}

/** The object alike. */
export function updateObject(t: Trace): void {
  const step = regularised(t.state("objectSum"), { weight: t.state("objectWeight"), part: DAMPING });
  t.graph.assign(t.object, f.add(t.object, f.multiply(step, t.step("object"))));
}
