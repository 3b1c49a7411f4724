/**
 * Settings of the optimisation.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

/** Settings of the optimisation. A batch counts groups, each of gridsize squared patterns. */
export const trainingSchema = z.strictObject({
  nepochs: field(z.int().min(1).max(100_000).default(10), {
    description: "Passes over the training groups",
    unit: "epochs",
  }),
  batchSize: field(z.int().min(1).max(4096).default(4), {
    description: "Groups in a training step, each of gridsize squared patterns",
    unit: "groups",
  }),
  learningRate: field(z.number().positive().max(1).default(1e-3), {
    description: "Largest learning rate of the schedule",
  }),
  scheduler: field(z.enum(["OneCycle", "Constant"]).default("OneCycle"), {
    description: "Learning rate over time: one cycle with 10 % warm-up, or constant",
    aliases: { Default: "Constant" },
  }),
  optimizer: field(z.enum(["adam", "adamw", "sgd"]).default("adam"), {
    description: "Update rule",
  }),
  weightDecay: field(z.number().min(0).max(1).default(0), {
    description: "L2 penalty (adam, sgd) or decoupled decay (adamw)",
  }),
  beta1: field(z.number().min(0).lt(1).default(0.9), {
    description: "Decay of the first moment (adam, adamw)",
  }),
  beta2: field(z.number().min(0).lt(1).default(0.999), {
    description: "Decay of the second moment (adam, adamw)",
  }),
  momentum: field(z.number().min(0).lt(1).default(0.9), {
    description: "Momentum (sgd)",
  }),
  gradientClipVal: field(z.number().positive().nullable().default(null), {
    description: "Largest norm of the whole gradient",
    none: "off",
  }),
  seed: field(z.int().min(0).max(0xffffffff).default(0), {
    description: "Seed of initial weights, groups, split and order of batches",
  }),
});

/** Resolved training settings. */
export type TrainingConfig = z.output<typeof trainingSchema>;
