/**
 * Settings of where and how a run is carried out. They never enter the identity of a model.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { choicesOf, field } from "./field.ts";

/** Settings of the run itself. */
export const executionSchema = z.strictObject({
  accelerator: field(z.enum(["auto", "webgpu", "wasm", "reference"]).default("auto"), {
    perRun: true,
    description: "Device; auto takes a hardware GPU where there is one, else wasm",
    aliases: { cpu: "wasm", gpu: "webgpu", cuda: "webgpu", mps: "webgpu" },
  }),
  threads: field(z.int().min(1).max(256).nullable().default(null), {
    perRun: true,
    description: "Threads of the wasm device; auto is one for each core",
    unit: "threads",
    none: "auto",
  }),
  precision: field(z.enum(["f32", "f16"]).default("f32"), {
    perRun: true,
    description:
      "What convolutions hold their operands in; f16 needs a GPU that has it, sums stay in 32 bits",
  }),
  tune: field(z.boolean().default(true), {
    perRun: true,
    description: "Time the kernels of a hardware GPU when it is first used; results do not depend on it",
  }),
  numWorkers: field(z.int().min(0).max(64).default(0), {
    perRun: true,
    commands: ["train", "infer"],
    description:
      "Threads that read patterns ahead; 0 is automatic: one for over 256 MiB that are read in place",
    unit: "threads",
  }),
  prefetchFactor: field(z.int().min(0).max(64).default(0), {
    perRun: true,
    commands: ["train", "infer"],
    description: "Batches that each of these threads reads ahead; 0 is automatic: 2",
    unit: "batches",
  }),
  checkpointing: field(z.boolean().default(true), {
    perRun: true,
    flag: "enable-checkpointing",
    negative: "disable-checkpointing",
    commands: ["train"],
    description: "Write checkpoints/last.h5.zip after each epoch, and the best ones",
  }),
  checkpointSaveTopK: field(z.int().min(-1).default(1), {
    perRun: true,
    commands: ["train"],
    description: "Checkpoints that are kept beside the last: 0 none, 1 the best, K the K best, -1 all",
    unit: "checkpoints",
  }),
  checkpointMonitor: field(z.enum(["val_loss", "train_loss"]).default("val_loss"), {
    perRun: true,
    commands: ["train"],
    description: "What makes a checkpoint the best; val_loss is train_loss where nothing is held out",
    aliases: { poisson_val_loss: "val_loss", mae_val_loss: "val_loss" },
  }),
  checkpointMode: field(z.enum(["min", "max"]).default("min"), {
    perRun: true,
    commands: ["train"],
    description: "Whether the lowest or the highest is the best",
  }),
  checkpointEvery: field(z.int().min(1).nullable().default(null), {
    perRun: true,
    commands: ["train"],
    description: "Steps between further writes of the last checkpoint, inside an epoch",
    unit: "steps",
    none: "off",
  }),
  checkpointMinutes: field(z.number().positive().nullable().default(10), {
    perRun: true,
    commands: ["train"],
    description: "Time between further writes of the last checkpoint, inside an epoch",
    unit: "minutes",
    none: "off",
  }),
  previewEvery: field(z.int().min(1).nullable().default(null), {
    perRun: true,
    commands: ["train"],
    description: "Epochs between pictures of the object as it is learnt, in previews/",
    unit: "epochs",
    none: "off",
  }),
  logPatchStats: field(z.boolean().default(false), {
    perRun: true,
    commands: ["train", "infer"],
    description:
      "Write statistics of the patches as they are learnt or predicted, patch_stats.json and patch_grid.png",
  }),
  patchStatsLimit: field(z.int().min(1).nullable().default(10), {
    perRun: true,
    commands: ["train", "infer"],
    description: "Batches of each epoch that these statistics are taken of, spread evenly",
    unit: "batches",
    none: "all",
    onlyWith: { setting: "execution.logPatchStats", values: ["true"] },
  }),
  compat: field(z.boolean().default(false), {
    perRun: true,
    commands: ["train", "infer"],
    description:
      "Write them under PtychoPINN's names as well, torch_patch_stats.json and torch_patch_grid.png",
    onlyWith: { setting: "execution.logPatchStats", values: ["true"] },
  }),
  quiet: field(z.boolean().default(false), {
    perRun: true,
    description: "No progress and no log lines; errors still appear on standard error",
  }),
  json: field(z.boolean().default(false), {
    perRun: true,
    description: "The last line of standard output is one JSON object",
  }),
  logger: field(choicesOf(["csv", "tensorboard", "mlflow"]).default(["csv"]), {
    perRun: true,
    commands: ["train"],
    description: "Where the numbers go: metrics.csv, event files of TensorBoard, an MLflow server",
    none: "none",
  }),
  mlflowTrackingUri: field(z.string().min(1).default("http://127.0.0.1:5000"), {
    perRun: true,
    commands: ["train"],
    description: "Address of the MLflow server",
  }),
  experimentName: field(z.string().min(1).default("plica"), {
    perRun: true,
    commands: ["train"],
    description: "Experiment of the MLflow server that the run is added to",
  }),
});

/** Resolved execution settings. */
export type ExecutionConfig = z.output<typeof executionSchema>;
