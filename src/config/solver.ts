/**
 * Settings of the iterative solvers.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

/** `START:STOP:STRIDE` in epochs from 1, each part optional. */
const PLAN = /^\d*(:\d*(:\d*)?)?$/;

const onOff = (standard: boolean, description: string) =>
  field(z.boolean().default(standard), { description, perRun: true });

const step = (standard: number, description: string) =>
  field(z.number().min(0).max(10).default(standard), { description, perRun: true });

const weight = (description: string) =>
  field(z.number().min(0).max(1).default(0), { description, perRun: true });

const epochs = (standard: string, what: string) =>
  field(z.string().regex(PLAN).default(standard), {
    description: `Epochs START:STOP:STRIDE in which ${what}; parts may be left out`,
    perRun: true,
  });

/** Names of the update rules. */
export const ALGORITHMS = Object.freeze(["ePIE", "rPIE", "DM", "RAAR", "LSQML", "ADAM", "OSM"] as const);

/** Name of an update rule. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** Settings of an iterative reconstruction. */
export const solverSchema = z.strictObject({
  algorithm: field(z.enum([...ALGORITHMS, "auto"]).default("LSQML"), {
    description:
      "Update rule; auto chooses it, batch, epochs, modes and positions from the scan, with reasons",
    perRun: true,
  }),
  numEpochs: field(z.int().min(1).max(1_000_000).default(100), {
    description: "Passes over all patterns",
    unit: "epochs",
    perRun: true,
  }),
  batchSize: field(z.int().min(1).max(1_000_000).nullable().default(null), {
    description: "Patterns that are updated together; auto is 16 for PIE, else 64",
    unit: "patterns",
    none: "auto",
    perRun: true,
  }),
  batching: field(z.enum(["random", "uniform", "compact"]).default("random"), {
    description: "Patterns of a batch: drawn anew, spread over the scan, or neighbours (LSQML)",
    perRun: true,
  }),
  noiseModel: field(z.enum(["gaussian", "poisson"]).default("gaussian"), {
    description: "Likelihood of the counts (LSQML, ADAM, OSM): of amplitudes, or of single photons",
    perRun: true,
  }),
  readNoise: field(z.number().min(0).max(1e6).default(0), {
    description: "Rms of the noise of reading a pixel, beside that of the photons (poisson)",
    unit: "photons",
    perRun: true,
  }),
  stepSizes: field(z.enum(["joint", "separate"]).default("joint"), {
    description: "Solve for the steps of object and probe together, or each for itself (LSQML)",
    perRun: true,
  }),
  subsets: field(z.int().min(1).max(1000).default(6), {
    description: "Parts of the scan, each spread over all of it, that update the object in turn (OSM)",
    perRun: true,
  }),
  leftOut: field(z.number().min(0).max(0.5).default(0), {
    description: "Part of the patterns that only tells when to end, and the best epoch; 0 is off",
    perRun: true,
  }),
  momentum: field(z.number().min(0).max(0.99).nullable().default(null), {
    description: "Part of the steps of past epochs that is added again; auto is 0.7 for OSM, 0 for LSQML",
    none: "auto",
    perRun: true,
  }),
  regularisation: field(z.number().gt(0).max(1).default(0.1), {
    description: "Weight of the largest intensity in the step of rPIE and OSM",
    perRun: true,
  }),
  beta: field(z.number().gt(0).max(1).default(0.75), {
    description: "Relaxation of RAAR; of DM it is 1",
    perRun: true,
  }),
  learningRate: field(z.number().gt(0).max(1).default(0.02), {
    description: "Rate of ADAM, relative to the object's and the probe's size; falls along a cosine",
    perRun: true,
  }),
  seed: field(z.int().min(0).max(0xffffffff).default(0), {
    description: "Seed of the order of patterns and of added modes",
    perRun: true,
  }),
  object: onOff(true, "Update the object"),
  objectStep: step(1, "Factor on the step of the object"),
  objectEpochs: epochs("1", "the object is updated"),
  probe: onOff(true, "Update the probe"),
  probeStep: step(1, "Factor on the step of the probe"),
  probeEpochs: epochs("1", "the probe is updated"),
  positions: onOff(false, "Correct the scan positions"),
  positionsStep: step(0.5, "Factor on the step of the positions"),
  positionsEpochs: epochs("5", "positions are corrected"),
  positionsClip: field(z.number().gt(0).max(10).default(0.2), {
    description: "Largest move of a position in an epoch",
    unit: "pixels",
    perRun: true,
  }),
  positionsMomentum: field(z.number().min(0).max(0.99).default(0), {
    description: "Part of the last move of a position that is made again",
    perRun: true,
  }),
  positionsAffine: field(z.number().min(0).max(1).default(0), {
    description: "How far positions are drawn to the best affine map of the given ones; 1 leaves no other",
    perRun: true,
  }),
  probeModes: field(z.int().min(1).max(32).nullable().default(null), {
    description: "Incoherent modes of the probe; those that the scan does not give are made",
    unit: "modes",
    none: "as given",
    perRun: true,
  }),
  orthogonalise: onOff(true, "Keep the modes of the probe orthogonal, the strongest first"),
  orthogonaliseEpochs: epochs("1", "modes are made orthogonal"),
  oprModes: field(z.int().min(0).max(32).default(0), {
    description: "Orthogonal modes by which the probe may vary from pattern to pattern",
    unit: "modes",
    perRun: true,
  }),
  oprStep: step(1, "Factor on the step of these modes"),
  oprEpochs: epochs("3", "they are updated"),
  background: onOff(false, "Estimate a background of the detector that adds to all patterns"),
  backgroundStep: step(0.5, "Factor on the step of the background"),
  backgroundEpochs: epochs("10", "the background is updated"),
  probePower: field(z.number().gt(0).nullable().default(null), {
    description: "Photons of the probe, where they were measured",
    unit: "photons",
    none: "off",
    perRun: true,
  }),
  probePowerEpochs: epochs("1", "the power is kept"),
  probeSupport: field(z.number().min(0).max(1).default(0), {
    description: "Parts of the probe under this fraction of its largest amplitude fade; 0 is off",
    perRun: true,
  }),
  probeSupportEpochs: epochs("1", "the support is kept"),
  probeCentre: onOff(false, "Keep the probe's centre of mass in the middle"),
  probeCentreEpochs: epochs("1::10", "it is centred"),
  fourierSupport: field(z.number().gt(0).max(1).default(1), {
    description: "Radius, relative to the detector's edge, beyond which the probe has no light; 1 is off",
    perRun: true,
  }),
  fourierSupportEpochs: epochs("1", "it is kept"),
  amplitudeMin: field(z.number().min(0).default(0), {
    description: "Least amplitude of the object",
    perRun: true,
  }),
  amplitudeMax: field(z.number().gt(0).nullable().default(null), {
    description: "Largest amplitude of the object",
    none: "none",
    perRun: true,
  }),
  amplitudeEpochs: epochs("1", "the limits are kept"),
  totalVariation: field(z.number().min(0).max(1).default(0), {
    description: "Weight of the object's total variation; 0 is off",
    perRun: true,
  }),
  totalVariationEpochs: epochs("1", "it is lowered"),
  phaseMin: field(z.number().min(-Math.PI).max(Math.PI).nullable().default(null), {
    description: "Least phase of the object, counted from that of its mean",
    unit: "rad",
    none: "none",
    perRun: true,
  }),
  phaseMax: field(z.number().min(-Math.PI).max(Math.PI).nullable().default(null), {
    description: "Largest phase of the object, counted from that of its mean",
    unit: "rad",
    none: "none",
    perRun: true,
  }),
  phaseEpochs: epochs("1", "these limits are kept"),
  sparsity: weight("Weight of the sum of |object - mean| (L1); 0 is off"),
  sparsityEpochs: epochs("1", "it is lowered"),
  ridge: weight("Weight of the sum of |object - mean|^2 / 2 (L2); 0 is off"),
  ridgeEpochs: epochs("1", "it is lowered"),
  smoothness: weight("Part of the way that each pixel goes to the mean of its neighbours; 0 is off"),
  smoothnessEpochs: epochs("1", "the object is smoothed"),
  objectSupport: weight("Pixels with less than this part of the largest light take the mean; 0 is off"),
  objectSupportEpochs: epochs("1", "the support is kept"),
  scaleAmbiguity: onOff(true, "Keep the object's mean amplitude at 1 and give its scale to the probe"),
  scaleAmbiguityEpochs: epochs("1::10", "the scale is moved"),
  rampAmbiguity: onOff(false, "Take the phase ramp out of the object and give it to the probe"),
  rampAmbiguityEpochs: epochs("1::10", "the ramp is moved"),
  noiseFloor: field(z.number().min(0).default(0), {
    description: "Counts under this are not told apart",
    unit: "photons",
    perRun: true,
  }),
  maskKey: field(z.string().min(1).nullable().default("mask"), {
    description:
      "Key of a map [N, N] in the data file, 0 where a detector pixel is bad; `mask` itself always counts",
    none: "none",
    perRun: true,
  }),
  previewEvery: field(z.int().min(1).nullable().default(null), {
    description: "Epochs between previews and saved states; auto is ten in all",
    unit: "epochs",
    none: "auto",
    perRun: true,
  }),
});

/** Resolved solver settings. */
export type SolverConfig = z.output<typeof solverSchema>;
