/**
 * The state of a run, in all that its end depends on. Weights and moments stand beside it in arrays. The order of the groups
 * of an epoch is drawn from the seed and the number of the epoch, and the schedule follows from the steps and the losses
 * so far, so neither generators nor schedules have a state of their own.
 *
 * @module
 */
import { z } from "../../../deps/zod.ts";
import type { StoredArray } from "../../../formats/mod.ts";
import type { Model } from "../../model/model.ts";

const totalsSchema = z.strictObject({
  /** Sums over the steps done: loss times groups, norms of gradients. */
  loss: z.number(),
  norm: z.number(),
  groups: z.number(),
  steps: z.number(),
  /** Of the last step. */
  learningRate: z.number(),
  seconds: z.number(),
});

const reportSchema = z.strictObject({
  epoch: z.number(),
  steps: z.number(),
  trainLoss: z.number(),
  valLoss: z.number().optional(),
  learningRate: z.number(),
  gradientNorm: z.number(),
  patternsPerSecond: z.number(),
  seconds: z.number(),
});

/** The state of a run as JSON. */
export const runStateSchema = z.strictObject({
  /** Updates done in the whole run. */
  step: z.int().min(0),
  /** Updates done in the present epoch, which is the one after those of `epochs`. */
  stepInEpoch: z.int().min(0),
  /** Of the present epoch. */
  totals: totalsSchema,
  /** Epochs done. */
  epochs: z.array(reportSchema.transform((report) => ({ ...report, valLoss: report.valLoss }))),
  /** Number of the best epoch; 0 where none is done. */
  bestEpoch: z.int().min(0),
  /** Seconds of work so far. */
  seconds: z.number(),
});

/** The state of a run. */
export type RunState = z.output<typeof runStateSchema>;

/** Sums over the steps of an epoch. */
export type EpochTotals = RunState["totals"];

/** The state before the first step of an epoch. */
export const NO_TOTALS: EpochTotals = Object.freeze({
  loss: 0,
  norm: 0,
  groups: 0,
  steps: 0,
  learningRate: 0,
  seconds: 0,
});

/** The state before the first step. */
export const FIRST_STATE: RunState = Object.freeze({
  step: 0,
  stepInEpoch: 0,
  totals: NO_TOTALS,
  epochs: [],
  bestEpoch: 0,
  seconds: 0,
});

/** Everything that a run goes on from. */
export interface Snapshot {
  readonly state: RunState;
  /** The present weights. */
  readonly model: Model;
  /** The optimiser's moments, as `Trainer.readMoments` gives them. */
  readonly moments: ReadonlyMap<string, StoredArray>;
  /** The weights of the best epoch; undefined where these are the present ones or no epoch is done. */
  readonly best: ReadonlyMap<string, StoredArray> | undefined;
}
