/**
 * LSQML: least squares solver for maximum likelihood. M. Odstrcil, A. Menzel and M. Guizar-Sicairos, "Iterative
 * least-squares solver for generalized maximum-likelihood ptychography", Optics Express 26, 3108 (2018).
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import { type Forward, forward, inner, patchesOf, power, toObject, toProbe } from "../model/forward.ts";
import { gaussianResidual, poissonResidual } from "../model/noise.ts";
import { refinements } from "../model/refine.ts";
import { accumulate, type Trace } from "../model/trace.ts";
import { applyMomentum, momentumPrograms } from "./momentum.ts";
import type { Outputs, Rule } from "./rule.ts";

/** Part of the optimal steps that is taken. */
const CAUTION = 0.9;
/** Part of the batch's mean that is added to the diagonal of the step's equations. */
const DAMPING = 0.1;
/** Part of the largest illumination that is added where there is little. */
const PRECONDITIONER_DAMPING = 0.1;

/** Makes the rule. */
export function lsqml(settings: SolverConfig): Rule {
  const momentum = settings.momentum ?? 0;
  const compact = settings.batching === "compact";
  return {
    needsIllumination: true,
    ...(momentum > 0
      ? {
        programs: momentumPrograms,
        afterEpoch: (host, errors) => applyMomentum(host, { errors, gain: momentum }),
      }
      : {}),
    sweeps: [{
      batch: (t) => batch(t, settings, compact),
      ...(compact ? { end: objectOfEpoch } : {}),
    }],
  };
}

function batch(t: Trace, settings: SolverConfig, compact: boolean): Outputs {
  const fw = forward(t);
  const residual = settings.noiseModel === "poisson" ? poissonResidual : gaussianResidual;
  const { chi, error, alpha } = residual(fw, { t, ...settings });
  // Eq. 24: the object's direction, a sum over the batch, divided by the illumination
  const sum = toObject(f.multiply(chi, f.conj(fw.probes)), t);
  const gathered = compact ? accumulate(t, { name: "objectSum", part: sum }) : sum;
  const direction = f.multiply(gathered, preconditioner(t));
  // Eq. 23: the probe's direction, the mean over the batch
  const probeDirection = f.divide(toProbe(f.multiply(chi, f.conj(fw.patches)), fw), t.count);
  const joint = settings.stepSizes === "joint";
  const steps = optimalSteps(t, { fw, chi, direction, probeDirection, joint });
  const objectStep = f.multiply(trimmedMean(t, steps.object), t.step("object"));
  const meanProbeStep = f.divide(f.sum(f.multiply(steps.probe, t.valid)), t.count);
  const probeStep = f.multiply(meanProbeStep, t.step("probe"));
  const refined = refinements(t, { fw, chi });
  if (compact) keepLeast(t, objectStep);
  else t.graph.assign(t.object, f.add(t.object, f.multiply(direction, objectStep)));
  const share = f.scale(probeStep, compact ? 1 / t.sizes.batches : 1);
  const moved = f.multiply(f.reshape(probeDirection, t.probe.shape), share);
  t.graph.assign(t.probe, f.add(t.probe, moved));
  return { error, ...(alpha ? { alpha } : {}), ...refined };
}

/** 1 / sqrt(W^2 + (0.1 max W)^2) of the illumination W, [H, W]. */
function preconditioner(t: Trace): Tensor {
  const w = t.state("illumination");
  const floor = f.scale(f.max(w), PRECONDITIONER_DAMPING);
  return f.divide(f.offset(f.scale(w, 0), 1), f.sqrt(f.add(f.square(w), f.square(floor))));
}

/** Eq. 22: for each pattern the real steps that bring psi nearest to psi + chi, [B]. */
function optimalSteps(t: Trace, { fw, chi, direction, probeDirection, joint }: {
  readonly fw: Forward;
  readonly chi: Tensor;
  readonly direction: Tensor;
  readonly probeDirection: Tensor;
  readonly joint: boolean;
}): { object: Tensor; probe: Tensor } {
  const u = f.multiply(patchesOf(direction, t), fw.probes);
  const v = f.multiply(probeDirection, fw.patches);
  const damped = (own: Tensor) => {
    const total = f.sum(f.multiply(f.reshape(own, [t.sizes.batch]), t.valid));
    return f.offset(f.add(own, f.scale(f.divide(total, t.count), joint ? DAMPING : 0)), 1e-20);
  };
  const [a11, a22] = [damped(power(u)), damped(power(v))];
  const [b1, b2] = [inner(chi, u), inner(chi, v)];
  const flat = (x: Tensor) => f.reshape(f.scale(f.relu(x), CAUTION), [t.sizes.batch]);
  if (!joint) {
    return { object: flat(f.scale(f.divide(b1, a11), 0.5)), probe: flat(f.scale(f.divide(b2, a22), 0.5)) };
  }
  // the first row over a11 and the second over a22: float32 has no room for their product
  const [p, q] = [f.divide(inner(u, v), a11), f.divide(inner(u, v), a22)];
  const [s1, s2] = [f.divide(b1, a11), f.divide(b2, a22)];
  const determinant = f.offset(f.negate(f.multiply(p, q)), 1);
  return {
    object: flat(f.divide(f.subtract(s1, f.multiply(p, s2)), determinant)),
    probe: flat(f.divide(f.subtract(s2, f.multiply(q, s1)), determinant)),
  };
}

/** Mean of what lies between the 10 % and the 90 % quantile of the batch, [1]: by ranks, so that nothing is sorted. */
function trimmedMean(t: Trace, values: Tensor): Tensor {
  const { batch } = t.sizes;
  const column = f.reshape(values, [batch, 1]), row = f.reshape(values, [1, batch]);
  const others = f.reshape(t.valid, [1, batch]);
  const below = f.sum(f.multiply(f.greater(column, row), others), [1]);
  const above = f.sum(f.multiply(f.greater(row, column), others), [1]);
  const last = f.offset(t.count, -1);
  const rank = f.scale(f.add(f.reshape(f.subtract(below, above), [batch]), last), 0.5);
  const within = f.multiply(
    f.greater(rank, f.offset(f.scale(last, 0.1), -1e-3)),
    f.greater(f.offset(f.scale(last, 0.9), 1e-3), rank),
  );
  const chosen = f.multiply(within, t.valid);
  return f.divide(f.sum(f.multiply(values, chosen)), f.offset(f.sum(chosen), 1e-6));
}

/** The least of the epoch's object steps: compact batches move the object once, by the most cautious of them. */
function keepLeast(t: Trace, step: Tensor): void {
  const least = t.state("leastStep", { shape: [1], dtype: "f32" });
  const large = f.scale(f.offset(f.negate(t.keep), 1), 1e30);
  t.graph.assign(least, f.minimum(f.add(least, large), f.reshape(step, [1])));
}

function objectOfEpoch(t: Trace): void {
  const direction = f.multiply(t.state("objectSum"), preconditioner(t));
  t.graph.assign(t.object, f.add(t.object, f.multiply(direction, t.state("leastStep"))));
}
