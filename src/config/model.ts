/**
 * Settings of the network and of its physics. They are the identity of a model and are stored in its bundle.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

const HISTORICAL = ["amplitude", "counts"] as const;
const SUPERVISED = { setting: "model.modelType", values: ["supervised"] } as const;
const REFINED = { setting: "model.probeTrainable", values: ["true"] } as const;

/** The side N of a pattern is found in the data; the patterns of a group follow by {@linkcode channelsOf}. */
export const modelSchema = z.strictObject({
  profile: field(z.enum(["calibrated", "amplitude", "counts"]).default("calibrated"), {
    description: "Training recipe: calibrated, or one of the two historical ones for comparison",
  }),
  modelType: field(z.enum(["unsupervised", "supervised"]).default("unsupervised"), {
    description: "Learn from the patterns alone, or from labels of amplitude and phase",
    aliases: {
      pinn: "unsupervised",
      PINN: "unsupervised",
      Unsupervised: "unsupervised",
      Supervised: "supervised",
    },
  }),
  gridsize: field(z.int().min(1).max(8).default(2), {
    description: "A group is gridsize x gridsize neighbouring patterns that share one object region",
    onlyWith: { setting: "model.mergeObject", values: ["true"] },
  }),
  nFiltersScale: field(z.int().min(1).max(8).default(2), {
    description: "Factor on the width of every layer of the network",
  }),
  networkLevels: field(z.int().min(2).max(6).nullable().default(null), {
    description: "Levels of the network, each at half the resolution; auto: 3 at N = 64, 4 at 128, 5 at 256",
    none: "auto",
    profiles: ["calibrated"],
  }),
  amplitudeRange: field(z.number().min(0.1).max(10).default(0.5), {
    description: "The amplitude of the network's image is between exp(-R) and exp(R); 3 for opaque objects",
    profiles: ["calibrated"],
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
  ampActivation: field(z.enum(["silu", "sigmoid", "softplus", "relu"]).default("silu"), {
    description: "Activation of the amplitude map of the historical network",
    aliases: { swish: "silu" },
    profiles: HISTORICAL,
  }),
  borderChannels: field(z.int().min(1).nullable().default(null), {
    description: "Channels that make the border of a patch; auto: one for each pattern of a group",
    none: "auto",
    profiles: HISTORICAL,
  }),
  borderWidth: field(z.int().min(1).nullable().default(null), {
    description: "Channels within the layers of that border; auto: 32 times --n-filters-scale",
    none: "auto",
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
  loss: field(z.enum(["poisson", "mae"]).default("poisson"), {
    description: "Negative log-likelihood of the counts, or mean absolute error of the amplitudes",
    onlyWith: { setting: "model.modelType", values: ["unsupervised"] },
  }),
  supervisedAmpWeight: field(z.number().min(0).default(2), {
    description: "Factor on the mean absolute error of the amplitude",
    onlyWith: SUPERVISED,
  }),
  supervisedPhaseWeight: field(z.number().min(0).default(4), {
    description: "Factor on the mean absolute error of the phase",
    onlyWith: SUPERVISED,
  }),
  ampTvCoeff: field(z.number().min(0).default(0), {
    description: "Factor on the total variation of the amplitude of a patch, per pixel",
  }),
  phaseTvCoeff: field(z.number().min(0).default(0), {
    description: "Factor on the total variation of the phase of a patch, per pixel",
  }),
  ampMeanDeviationCoeff: field(z.number().min(0).default(0), {
    description: "Factor on the mean deviation of the amplitude of a patch from its mean",
  }),
  phaseMeanDeviationCoeff: field(z.number().min(0).default(0), {
    description: "Factor on the mean deviation of the phase of a patch from its mean",
  }),
  intensityScaleTrainable: field(z.boolean().default(false), {
    description: "Learn one factor on the intensity of each scan",
    onlyWith: { setting: "model.modelType", values: ["unsupervised"] },
  }),
  probeModes: field(z.int().min(1).max(16).nullable().default(null), {
    description: "Incoherent modes of the probe; those that the file lacks start weak",
    none: "as in the file",
  }),
  probeTrainable: field(z.boolean().default(false), {
    description: "Refine the probe of each scan at constant power; the bundle holds the refined one",
    onlyWith: { setting: "model.modelType", values: ["unsupervised"] },
  }),
  probeLearningRate: field(z.number().positive().max(1).default(1e-4), {
    description: "Largest step of a probe pixel, in parts of the largest amplitude; follows the schedule",
    onlyWith: REFINED,
  }),
  probeStartEpoch: field(z.int().min(1).default(1), {
    description: "Epoch from which the probe is refined",
    onlyWith: REFINED,
  }),
  probeMask: field(z.boolean().default(false), {
    description: "Keep the probe within a disk",
  }),
  probeMaskDiameter: field(z.number().positive().nullable().default(null), {
    description: "Diameter of that disk; auto is three quarters of N",
    unit: "px",
    none: "auto",
    onlyWith: { setting: "model.probeMask", values: ["true"] },
  }),
  probeMaskEdge: field(z.number().min(0).default(2), {
    description: "Width over which the disk fades out",
    unit: "px",
    onlyWith: { setting: "model.probeMask", values: ["true"] },
  }),
});

/** Resolved model settings. */
export type ModelConfig = z.output<typeof modelSchema>;

/**
 * C, the patterns of a group: gridsize squared where the patches of a group are merged, else 1. Printing, checks, training
 * and inference all ask here.
 */
export function channelsOf({ gridsize, mergeObject }: Pick<ModelConfig, "gridsize" | "mergeObject">): number {
  return mergeObject ? gridsize * gridsize : 1;
}
