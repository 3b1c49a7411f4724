/**
 * Refinements that any rule with residual exit waves shares: positions, variations of the probe, and background.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import { type Forward, inner, power, type Refinement } from "./forward.ts";
import { relaxProbe } from "./opr.ts";
import type { Outputs } from "../rules/rule.ts";
import type { Trace } from "./trace.ts";

/** Traces what is wanted of it; the outputs go back to the host, which keeps positions and weights. */
export function refinements(t: Trace, refinement: Refinement): Outputs {
  const { fw } = refinement;
  if (t.sizes.background) refineBackground(t, fw);
  return {
    ...(t.sizes.positions ? positionShifts(t, refinement) : {}),
    ...(t.sizes.oprModes > 0 ? relaxProbe(t, refinement) : {}),
  };
}

/**
 * The undamped gradient step of the positions: with t_a = (d_a O_i) P_i, Re <t_a, chi> / |t_a|^2 along each axis, 0
 * where the object is flat. M. Odstrcil et al. 2018, Eq. 38. Differentiation is by Fourier transform of the patch.
 * Outputs `shiftX` and `shiftY`, [B, 1, 1, 1] pixels.
 */
function positionShifts(t: Trace, { fw, chi }: Refinement): Outputs {
  const { side } = t.sizes;
  const spectrum = f.fft2(fw.patches, { shift: false });
  const along = (shape: readonly number[]) => {
    const frequency = f.scale(f.reshape(t.state("frequency"), shape), 2 * Math.PI);
    // the Nyquist frequency has no sign, so no slope
    const odd = f.multiply(
      frequency,
      f.greater(f.offset(f.scale(f.abs(frequency), 0), Math.PI - 1e-3), f.abs(frequency)),
    );
    const slope = f.fft2(f.multiply(spectrum, f.timesI(odd)), { inverse: true, shift: false });
    const tangent = f.multiply(slope, fw.probes);
    return f.divide(inner(chi, tangent), f.offset(power(tangent), 1e-12));
  };
  return { shiftX: along([1, 1, 1, side]), shiftY: along([1, 1, side, 1]) };
}

/** b += step mean_i (I_meas - I), and never below 0: what all patterns have in common beyond the model. */
function refineBackground(t: Trace, fw: Forward): void {
  const background = t.state("background");
  const difference = f.subtract(f.square(t.amplitudes), fw.intensity);
  const valid = f.reshape(t.valid, [t.sizes.batch, 1, 1, 1]);
  const mean = f.divide(f.sum(f.multiply(difference, valid), [0]), t.count);
  const good = t.sizes.masked ? f.multiply(mean, t.state("mask")) : mean;
  const step = f.reshape(f.multiply(good, t.step("background")), background.shape);
  t.graph.assign(background, f.relu(f.add(background, step)));
}
