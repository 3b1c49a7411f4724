/**
 * Settings of the network and of its physics. They are the identity of a model and are stored in its bundle.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

const HISTORICAL = ["amplitude", "counts"] as const;

/** The side N of a pattern is found in the data; the number of channels C is always `gridsize` squared. */
export const modelSchema = z.strictObject({
  profile: field(z.enum(["calibrated", "amplitude", "counts"]).default("calibrated"), {
    description: "Training recipe: calibrated, or one of the two historical ones for comparison",
  }),
  gridsize: field(z.int().min(1).max(8).default(2), {
    description: "A group is gridsize x gridsize neighbouring patterns that share one object region",
  }),
  nFiltersScale: field(z.int().min(1).max(8).default(2), {
    description: "Factor on the width of every layer of the network",
  }),
  cbamEncoder: field(z.boolean().default(true), {
    description: "Channel and spatial attention in the encoder of the historical network",
    profiles: HISTORICAL,
  }),
  useSharedDecoder: field(z.boolean().default(false), {
    description: "One decoder for both maps of the historical network instead of two",
    profiles: HISTORICAL,
  }),
  cnnOutputMode: field(z.enum(["amp_phase", "real_imag"]).default("amp_phase"), {
    description: "What the two output maps of the historical network mean",
    profiles: HISTORICAL,
  }),
  ampActivation: field(z.enum(["silu", "sigmoid"]).default("silu"), {
    description: "Activation of the amplitude map of the historical network",
    profiles: HISTORICAL,
  }),
  mergeObject: field(z.boolean().default(true), {
    description: "Merge the patches of a group into one region before diffraction",
  }),
  mergeWeights: field(z.enum(["probe", "central", "uniform"]).default("probe"), {
    description: "Weight of a patch in the merge: abs(probe)^2, or its central square",
  }),
  phaseAlignRounds: field(z.int().min(0).max(10).default(2), {
    description: "Rounds that align the constant phases of a group before its merge",
    profiles: ["calibrated"],
  }),
});

/** Resolved model settings. */
export type ModelConfig = z.output<typeof modelSchema>;

/** Patterns in a group. */
export function channelsOf(model: Pick<ModelConfig, "gridsize">): number {
  return model.gridsize * model.gridsize;
}
