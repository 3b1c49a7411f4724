/**
 * ePIE and rPIE, one pattern or many at a time. A. M. Maiden and J. M. Rodenburg, "An improved ptychographical phase
 * retrieval algorithm for diffractive imaging", Ultramicroscopy 109, 1256 (2009), Eqs. 6 and 7; A. Maiden, D. Johnson
 * and P. Li, "Further improvements to the ptychographical iterative engine", Optica 4, 736 (2017), Eqs. 7 and 8.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import { forward, overlapOf, toObject, toProbe } from "../model/forward.ts";
import { gaussianResidual } from "../model/noise.ts";
import { refinements } from "../model/refine.ts";
import type { Trace } from "../model/trace.ts";
import type { Outputs, Rule } from "./rule.ts";

/** Small batches: the fewer patterns, the more updates in an epoch. */
const AUTO_BATCH = 16;

/** Makes ePIE: steps divided by the largest intensity. */
export const epie = (settings: SolverConfig): Rule => ({
  autoBatch: AUTO_BATCH,
  sweeps: [{ batch: (t) => batch(t, { settings, alpha: 1 }) }],
});

/** Makes rPIE: steps divided by the intensity of the pixel, regularised by the largest one. */
export const rpie = (settings: SolverConfig): Rule => ({
  autoBatch: AUTO_BATCH,
  sweeps: [{ batch: (t) => batch(t, { settings, alpha: settings.regularisation }) }],
});

/**
 * O += sum_i conj(P_i) Delta_i / ((1 - alpha) W + alpha max(W, max |P|^2)), W = sum_i |P_i|^2 on the object, and the
 * probe alike with V = sum_i |O_i|^2. For one pattern these are the equations of the papers. With many they divide by
 * the overlap: sums of overlapping steps without it diverge.
 */
function batch(t: Trace, { settings, alpha }: { settings: SolverConfig; alpha: number }): Outputs {
  const fw = forward(t);
  const { chi, error } = gaussianResidual(fw, { t, noiseFloor: settings.noiseFloor });
  const w = overlapOf(fw.probes, t);
  const brightest = f.reshape(f.max(f.sum(f.abs2(t.probe), [0])), [1]);
  const object = f.divide(
    toObject(f.multiply(chi, f.conj(fw.probes)), t),
    regularised(w, { alpha, most: f.maximum(w, brightest) }),
  );
  const v = f.sum(f.abs2(fw.patches), [0]);
  const probe = f.divide(
    toProbe(f.multiply(chi, f.conj(fw.patches)), fw),
    regularised(v, { alpha, most: f.max(v) }),
  );
  const refined = refinements(t, { fw, chi });
  t.graph.assign(t.object, f.add(t.object, f.multiply(object, f.multiply(t.step("object"), share(t)))));
  const moved = f.multiply(f.reshape(probe, t.probe.shape), f.multiply(t.step("probe"), share(t)));
  t.graph.assign(t.probe, f.add(t.probe, moved));
  return { error, ...refined };
}

/** (1 - alpha) w + alpha most, and never 0. */
function regularised(w: Tensor, { alpha, most }: { alpha: number; most: Tensor }): Tensor {
  return f.offset(f.add(f.scale(w, 1 - alpha), f.scale(most, alpha)), 1e-12);
}

/**
 * 1 for one pattern, towards 1/2 for many: object and probe take out the same difference, and where a batch shows all
 * of it to both, two whole steps would overshoot by one.
 */
function share(t: Trace): Tensor {
  const one = f.offset(f.scale(t.count, 0), 1);
  return f.scale(f.offset(f.divide(one, t.count), 1), 0.5);
}
