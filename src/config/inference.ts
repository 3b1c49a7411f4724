/**
 * Settings of the reconstruction by a trained network.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { choicesOf, field } from "./field.ts";

/** Settings of the reconstruction. */
export const inferenceSchema = z.strictObject({
  batchSize: field(z.int().min(1).max(65_536).nullable().default(null), {
    description:
      "Patterns that go through the network at once; auto is what memory holds, at most 64 at N = 64",
    unit: "patterns",
    none: "auto",
    flag: "inference-batch-size",
  }),
  passes: field(z.int().min(1).max(64).default(1), {
    description: "Times that the scan is gone through with other groups, averaged; single patterns need one",
    unit: "passes",
    perRun: true,
  }),
  patchWeights: field(z.enum(["probe", "uniform"]).default("probe"), {
    description: "Weights of patches where they overlap: |probe|^2, or the central N/2 square alike",
    perRun: true,
  }),
  fitScales: field(z.boolean().nullable().default(null), {
    description:
      "Fit the scales of real and imaginary part to the patterns; auto: where the network gives these parts",
    none: "auto",
    perRun: true,
  }),
  quality: field(z.boolean().default(true), {
    description: "Compare the image with every pattern: misfit.png, quality.json and figures in the summary",
    perRun: true,
  }),
  polish: field(z.int().min(0).max(10_000).nullable().default(null), {
    description:
      "Epochs of the solver from the image network's image (without --model-path); auto is 8, 0 none",
    unit: "epochs",
    none: "auto",
    perRun: true,
  }),
  followIdle: field(z.number().gt(0).nullable().default(null), {
    description: "End of a followed scan when nothing has come for this long",
    unit: "s",
    none: "never",
    perRun: true,
  }),
  followWrite: field(z.number().min(0).default(5), {
    description: "Time between two writes of the image of a followed scan",
    unit: "s",
    perRun: true,
  }),
  phaseSync: field(z.boolean().default(true), {
    description: "Take out the unknown constant phase of every patch before stitching",
  }),
  maskThreshold: field(z.number().min(0).lt(1).default(0.01), {
    description: "Object pixels whose weight is below this part of the largest weight are masked",
  }),
  phaseVmin: field(z.number().nullable().default(null), {
    description: "Phase at the lower end of the colours of pictures",
    unit: "rad",
    none: "auto",
    perRun: true,
  }),
  phaseVmax: field(z.number().nullable().default(null), {
    description: "Phase at the upper end of the colours of pictures",
    unit: "rad",
    none: "auto",
    perRun: true,
  }),
  format: field(choicesOf(["npz", "png", "bare-png", "tiff", "h5"]).default(["npz", "png"]), {
    description: "Files of the object: arrays, figures, bare pictures, float32 TIFF with pixel size, HDF5",
    perRun: true,
  }),
});

/** Resolved inference settings. */
export type InferenceConfig = z.output<typeof inferenceSchema>;
