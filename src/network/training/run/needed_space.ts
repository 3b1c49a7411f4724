/**
 * How much a training run writes, so that a full disk is named before the first epoch and not after it.
 *
 * @module
 */
import type { ExecutionConfig, ModelConfig } from "../../../config/mod.ts";
import { Weights } from "../../model/parameters.ts";
import { makeProfile } from "../../model/profiles/make_profile.ts";
import type { BatchShape } from "../../model/trace_context.ts";
import { tracePatches } from "../step.ts";

/** Arrays of a checkpoint with the size of the weights: these and two moments. */
const OF_CHECKPOINT = 3;
/** Pictures, curves and settings. */
const BESIDES = 2e6;

/** Returns the bytes of bundle and checkpoints, one more of which is whole beside the old one while it is written. */
export function neededSpace(
  { model, execution, shape }: {
    readonly model: ModelConfig;
    readonly execution: ExecutionConfig;
    readonly shape: BatchShape;
  },
): number {
  const weights = new Weights();
  tracePatches({ profile: makeProfile(model), weights, shape });
  const bytes = 4 * weights.count;
  const { checkpointing, checkpointSaveTopK } = execution;
  // those of best epochs are links to the last one where the file system knows links; not all do
  const checkpoints = checkpointing ? 2 + checkpointSaveTopK : 0;
  return bytes * (1 + OF_CHECKPOINT * checkpoints) + BESIDES;
}
