/**
 * The third stage of a reconstruction: the unknown constant phase of every patch.
 *
 * @module
 */
import { breather, type Logger } from "../../common/mod.ts";
import { type Canvas, type PhaseSync, syncPhases } from "../../image/mod.ts";
import type { PredictedPatches } from "./predict.ts";

/** How well the phases of patches agree. */
export type PhaseAgreement = Pick<PhaseSync, "pairs" | "components" | "residual" | "converged">;

/** Constant phases in radians to take out of patches, and how well they agree. */
export interface SynchronisedPhases extends PhaseAgreement {
  readonly phases: Float64Array;
}

/**
 * Finds the phases from the overlaps of the patches, weighted by `weight` (N, N). Where a canvas holds an earlier pass, every
 * connected set of patches is turned by the constant that makes it agree with what is there.
 */
export async function synchronise(
  predicted: PredictedPatches,
  { side, weight, canvas, signal }: {
    readonly side: number;
    readonly weight: Float32Array;
    readonly canvas?: Canvas;
    readonly signal?: AbortSignal;
  },
): Promise<SynchronisedPhases> {
  const { xcoords, ycoords } = predicted;
  const sync = await syncPhases(predicted.patches, { xcoords, ycoords, side, weight, signal });
  if (canvas) await followCanvas(sync, { canvas, predicted, signal });
  const { phases, pairs, components, residual, converged } = sync;
  return { phases, pairs, components, residual, converged };
}

/** Warns of phases that do not agree, and of a scan in parts. */
export function warnOfPhases({ converged, residual, components }: PhaseAgreement, logger: Logger): void {
  if (!converged) logger.warn(`phase synchronisation stopped at a residual of ${residual}`);
  if (components > 1) {
    logger.warn(
      `the scan falls into ${components} parts that do not overlap; their phases are not comparable`,
    );
  }
}

async function followCanvas(
  { phases, component, components }: PhaseSync,
  { canvas, predicted: { patches, xcoords, ycoords }, signal }: {
    readonly canvas: Canvas;
    readonly predicted: PredictedPatches;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const breathe = breather(signal);
  const re = new Float64Array(components), im = new Float64Array(components);
  for (let i = 0; i < phases.length; i++) {
    await breathe();
    const [a, b] = canvas.correlate(patches.patch(i), { x: xcoords[i], y: ycoords[i] });
    const cos = Math.cos(phases[i]), sin = -Math.sin(phases[i]);
    re[component[i]] += a * cos - b * sin;
    im[component[i]] += a * sin + b * cos;
  }
  for (let i = 0; i < phases.length; i++) phases[i] += Math.atan2(im[component[i]], re[component[i]]);
}
