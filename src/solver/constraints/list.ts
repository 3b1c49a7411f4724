/**
 * The constraints in the order in which they are applied after an epoch.
 *
 * @module
 */
import type { Constraint } from "./constraint.ts";
import { amplitudeLimits, scaleAmbiguity, totalVariation } from "./object.ts";
import {
  fourierSupport,
  orthogonalProbe,
  orthogonalVariations,
  probeCentre,
  probePower,
  probeSupport,
} from "./probe.ts";
import { objectSupport, phaseLimits, ridge, smoothness, sparsity } from "./regularisers.ts";
import { rampAmbiguity } from "./ramp.ts";
import { positionMoves } from "./positions.ts";

/** Every constraint. */
export const CONSTRAINTS: readonly Constraint[] = Object.freeze([
  positionMoves,
  probePower,
  orthogonalProbe,
  probeSupport,
  fourierSupport,
  probeCentre,
  orthogonalVariations,
  amplitudeLimits,
  phaseLimits,
  totalVariation,
  sparsity,
  ridge,
  smoothness,
  objectSupport,
  scaleAmbiguity,
  rampAmbiguity,
]);
