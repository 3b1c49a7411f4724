/**
 * A training profile: how measured counts become the network's input, how its output becomes an object, and the loss that it
 * is trained by.
 *
 * @module
 */
import type { Tensor } from "../../engine/mod.ts";
import { type Objective, objectiveLosses, UNSUPERVISED } from "./objective.ts";
import type { LossContext, PatchMaps, Rates, TraceContext } from "./trace_context.ts";

/** Maps counts to patches, and patches to intensities. */
export interface Recipe {
  readonly name: "calibrated" | "amplitude" | "counts";
  /** The network needs whole groups, because the patterns of a group are its channels. */
  readonly groupedInput: boolean;
  /** Computes the network's input [n, channels, N, N] from the counts. */
  input(context: TraceContext): Tensor;
  /** Predicted patches of [B C] patterns from the network's input. */
  predict(context: TraceContext, input: Tensor): PatchMaps;
  /** Computes the intensities of the patches. */
  rates(context: LossContext): Rates;
}

/** One training profile: a recipe and what it is judged by. */
export interface Profile extends Recipe {
  readonly objective: Objective;
  /** Predicted patches of [B C] patterns from the counts. */
  maps(context: TraceContext): PatchMaps;
  /** Predicted patches, complex [B C, N, N]. */
  patches(context: TraceContext): Tensor;
  /** The loss of each group, [B]. */
  losses(context: LossContext): Tensor;
}

/** Returns a recipe with its objective; by default the Poisson likelihood alone. */
export function profileOf(recipe: Recipe, objective: Objective = UNSUPERVISED): Profile {
  const maps = (context: TraceContext) => recipe.predict(context, recipe.input(context));
  return {
    ...recipe,
    objective,
    maps,
    patches: (context) => maps(context).patches,
    losses: (context) => objectiveLosses(context, { objective, rates: () => recipe.rates(context) }),
  };
}
