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
    description: "Patterns that go through the network at once; auto is 32 at N = 64, 8 at 128, 2 at 256",
    unit: "patterns",
    none: "auto",
    flag: "inference-batch-size",
  }),
  phaseSync: field(z.boolean().default(true), {
    description: "Take out the unknown constant phase of every patch before stitching",
  }),
  maskThreshold: field(z.number().min(0).lt(1).default(0.01), {
    description: "Object pixels whose weight is below this part of the largest weight are masked",
  }),
  format: field(choicesOf(["npz", "png", "tiff", "h5"]).default(["npz", "png"]), {
    description: "Files of the object: arrays, pictures, float32 TIFF with pixel size, HDF5",
    perRun: true,
  }),
});

/** Resolved inference settings. */
export type InferenceConfig = z.output<typeof inferenceSchema>;
