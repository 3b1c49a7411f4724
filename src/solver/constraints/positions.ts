/**
 * The moves of the positions, by what the patterns of an epoch asked for.
 *
 * @module
 */
import type { FreeConstraint } from "./constraint.ts";

/** Moves the positions. */
export const positionMoves: FreeConstraint = {
  kind: "free",
  name: "positions",
  isWanted: ({ positions }) => positions,
  epochs: ({ positionsEpochs }) => positionsEpochs,
  apply({ engine, settings, correction }) {
    correction.move(engine.shifts, {
      step: settings.positionsStep,
      clip: settings.positionsClip,
      momentum: settings.positionsMomentum,
      affine: settings.positionsAffine,
    });
  },
};
