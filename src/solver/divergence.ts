/**
 * Detects a solver that diverges.
 *
 * @module
 */
import type { SolverConfig } from "../config/mod.ts";

/** A solver stopped being of use: says the epoch, the quantity, and what may help. */
export class SolverError extends Error {
  override name = "SolverError";
}

/** Largest ratio of the misfit to its least value. */
const LARGEST_GROWTH = 20;

/** Looks at each epoch; throws {@linkcode SolverError}. */
export type Judge = (report: { readonly epoch: number; readonly error: number }) => void;

/** Returns a judge of one run; `startError` is the misfit before the first epoch. */
export function judge(startError: number, { algorithm, numEpochs }: SolverConfig): Judge {
  let least = startError;
  return ({ epoch, error }) => {
    const advice = adviceFor(algorithm);
    if (!Number.isFinite(error)) {
      throw new SolverError(`${algorithm} diverged: the misfit became ${error} in epoch ${epoch}; ${advice}`);
    }
    if (error > LARGEST_GROWTH * least && error > startError && numEpochs > 0) {
      throw new SolverError(
        `${algorithm} diverges: the misfit of ${
          error.toPrecision(4)
        } in epoch ${epoch} is over ${LARGEST_GROWTH} ` +
          `times the ${least.toPrecision(4)} that it had; ${advice}`,
      );
    }
    least = Math.min(least, error);
  };
}

function adviceFor(algorithm: SolverConfig["algorithm"]): string {
  const common = "check the probe, the unit of the positions and the measurement setting";
  if (algorithm === "ADAM") return `lower --learning-rate, or ${common}`;
  if (algorithm === "RAAR") return `change --beta, or ${common}`;
  return `lower --object-step and --probe-step, use smaller batches, or ${common}`;
}
