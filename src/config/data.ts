/**
 * Settings of the scan: what is read, grouped and held out.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

const BOTH = ["train", "infer"] as const;
const READERS = ["train", "infer", "reconstruct"] as const;

/** Settings of the scan. */
export const dataSchema = z.strictObject({
  measurement: field(z.enum(["auto", "counts", "amplitude"]).default("auto"), {
    description: "What the stored patterns are; auto takes integers as counts, the rest as amplitude",
    commands: READERS,
  }),
  probeKey: field(z.string().min(1).default("probeGuess"), {
    description: "Key of the probe in the data file",
    commands: READERS,
  }),
  patternSize: field(z.int().min(2).max(4096).nullable().default(null), {
    description: "Side N that the patterns must have; other files are refused",
    unit: "px",
    none: "as in the file",
    commands: BOTH,
  }),
  nSubsample: field(z.int().min(1).nullable().default(null), {
    description: "Patterns taken from the file before grouping",
    unit: "patterns",
    none: "all",
    commands: BOTH,
    perRun: true,
  }),
  subsampleSeed: field(z.int().min(0).max(0xffffffff).default(0), {
    description: "Seed of the choice of these patterns",
    commands: BOTH,
    perRun: true,
  }),
  sequentialSampling: field(z.boolean().default(false), {
    description: "Take the first patterns and groups in scan order instead of drawing them",
    commands: BOTH,
    perRun: true,
  }),
  nGroups: field(z.int().min(1).nullable().default(null), {
    description:
      "Groups in an epoch (train), those held out among them where all are asked for; or groups to reconstruct (infer)",
    unit: "groups",
    none: "all",
    commands: BOTH,
    perRun: true,
  }),
  neighborCount: field(z.int().min(1).max(64).default(7), {
    description: "Nearest neighbours that a group is drawn from; at least gridsize squared",
    unit: "positions",
  }),
  oversample: field(z.boolean().default(false), {
    description: "Allow more groups than positions, by several draws for each seed",
  }),
  valFraction: field(z.number().min(0).max(0.9).default(0.05), {
    description: "Part of the groups held out for the validation loss",
  }),
  split: field(z.enum(["fraction", "y"]).default("fraction"), {
    description: "How the held-out part is chosen: drawn, or the strip of largest y",
  }),
});
