/**
 * Settings of the optimisation.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";
import { ALGORITHMS } from "./solver.ts";

/** Settings of the optimisation. A batch counts groups, each of gridsize squared patterns. */
export const trainingSchema = z.strictObject({
  nepochs: field(z.int().min(1).max(100_000).default(10), {
    description: "Passes over the training groups",
    unit: "epochs",
  }),
  maxSteps: field(z.int().min(1).nullable().default(null), {
    description: "Updates of the weights after which the run ends; without --nepochs, in place of it",
    unit: "steps",
    none: "off",
  }),
  maxMinutes: field(z.number().positive().nullable().default(null), {
    description: "Time after which the run ends, resumed parts included; without --nepochs, in place of it",
    unit: "minutes",
    none: "off",
  }),
  batchSize: field(z.int().min(1).max(4096).default(4), {
    description: "Groups in a training step, each of gridsize squared patterns",
    unit: "groups",
  }),
  learningRate: field(z.number().positive().max(1).default(1e-3), {
    description: "Largest learning rate of the schedule",
  }),
  scheduler: field(
    z.enum(["Default", "Exponential", "MultiStage", "WarmupCosine", "ReduceLROnPlateau", "OneCycle"])
      .default("OneCycle"),
    {
      description: "Learning rate over time; Default is constant, OneCycle has 10 % warm-up",
      aliases: { Constant: "Default", Adaptive: "ReduceLROnPlateau" },
    },
  ),
  lrWarmupEpochs: field(z.number().min(0).default(0), {
    description: "Linear warm-up from a tenth of the learning rate",
    unit: "epochs",
    onlyWith: { setting: "training.scheduler", values: ["WarmupCosine"] },
  }),
  lrMinRatio: field(z.number().min(0).max(1).default(0.1), {
    description: "Last learning rate over the largest",
    onlyWith: { setting: "training.scheduler", values: ["WarmupCosine"] },
  }),
  plateauFactor: field(z.number().gt(0).lt(1).default(0.5), {
    description: "What the learning rate is multiplied with when the held-out loss stays",
    onlyWith: { setting: "training.scheduler", values: ["ReduceLROnPlateau"] },
  }),
  plateauPatience: field(z.int().min(0).default(2), {
    description: "Epochs without a lower loss that are let pass before that",
    unit: "epochs",
    onlyWith: { setting: "training.scheduler", values: ["ReduceLROnPlateau"] },
  }),
  plateauMinLr: field(z.number().min(0).max(1).default(1e-4), {
    description: "Learning rate below which it does not fall",
    onlyWith: { setting: "training.scheduler", values: ["ReduceLROnPlateau"] },
  }),
  optimizer: field(z.enum(["adam", "adamw", "sgd"]).default("adam"), {
    description: "Update rule",
  }),
  weightDecay: field(z.number().min(0).max(1).default(0), {
    description: "L2 penalty (adam, sgd) or decoupled decay (adamw)",
  }),
  beta1: field(z.number().min(0).lt(1).default(0.9), {
    description: "Decay of the first moment (adam, adamw); OneCycle moves it itself",
  }),
  beta2: field(z.number().min(0).lt(1).default(0.999), {
    description: "Decay of the second moment (adam, adamw)",
  }),
  momentum: field(z.number().min(0).lt(1).default(0.9), {
    description: "Momentum (sgd); OneCycle moves it itself",
  }),
  accumulateGradBatches: field(z.int().min(1).max(4096).default(1), {
    description: "Batches whose gradients are added up before each update of the weights",
    unit: "batches",
  }),
  gradientClipVal: field(z.number().positive().nullable().default(null), {
    description: "Largest gradient, as --gradient-clip-algorithm measures it",
    none: "off",
  }),
  gradientClipAlgorithm: field(z.enum(["norm", "value", "agc"]).default("norm"), {
    description: "Norm of the whole gradient, each of its values, or norm of each unit over its weights'",
  }),
  earlyStopPatience: field(z.int().min(1).max(100_000).nullable().default(100), {
    description: "Epochs without a lower held-out loss after which the run ends",
    unit: "epochs",
    none: "off",
  }),
  earlyStopMinDelta: field(z.number().min(0).default(0), {
    description: "How much lower a loss must be to count for --early-stop-patience",
  }),
  positionJitter: field(z.number().min(0).max(16).default(0), {
    description: "Largest random shift of a position in its group, drawn anew for every batch",
    unit: "px",
  }),
  initFrom: field(z.string().min(1).nullable().default(null), {
    description: "Bundle (or folder of a run) whose weights the network starts from",
    none: "off",
    perRun: true,
  }),
  freezeEncoder: field(z.boolean().default(false), {
    description: "Leave the weights of the encoder as they are",
  }),
  probeRefine: field(z.int().min(0).max(100_000).nullable().default(null), {
    description:
      "Solver epochs that refine the probe before the network; auto is 10 where the given one misfits",
    unit: "epochs",
    none: "auto",
    onlyWith: { setting: "model.modelType", values: ["unsupervised"] },
  }),
  probeRefineAlgorithm: field(z.enum(ALGORITHMS).default("LSQML"), {
    description: "Update rule of these epochs",
  }),
  seed: field(z.int().min(0).max(0xffffffff).default(0), {
    description: "Seed of initial weights, groups, split and order of batches",
  }),
});

/** Resolved training settings. */
export type TrainingConfig = z.output<typeof trainingSchema>;
