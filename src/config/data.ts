/**
 * Settings of the scan: what is read, grouped and held out.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

const BOTH = ["train", "infer"] as const;
const READERS = ["train", "infer", "reconstruct", "run"] as const;

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
  dataPath: field(z.string().nullable().default(null), {
    description: "Path of the patterns in an HDF5 file that does not say which they are",
    none: "found",
    commands: READERS,
    perRun: true,
  }),
  positionsPath: field(z.string().nullable().default(null), {
    description: "Positions: /PATH in the HDF5 file, FILE.h5:/PATH in another, or a text file (y,x or x y)",
    none: "as in the file",
    commands: READERS,
    perRun: true,
  }),
  positionsUnit: field(
    z.enum(["m", "cm", "mm", "um", "nm", "angstrom", "pm", "px"]).nullable().default(null),
    {
      description: "Unit of the positions; px is an object pixel",
      none: "m with --positions-path, else as in the file",
      commands: READERS,
      perRun: true,
    },
  ),
  energy: field(z.string().nullable().default(null), {
    description: "Energy of the photons, 8.8keV, or voltage of the electrons, 300kV",
    none: "as in the file",
    commands: READERS,
    perRun: true,
  }),
  distance: field(z.string().nullable().default(null), {
    description: "Distance from the sample to the detector, 1.9m",
    none: "as in the file",
    commands: READERS,
    perRun: true,
  }),
  detectorPixel: field(z.string().nullable().default(null), {
    description: "Side of a detector pixel, 75um",
    none: "as in the file",
    commands: READERS,
    perRun: true,
  }),
  centre: field(z.string().nullable().default(null), {
    description: "Row and column of the zero frequency in a frame, 514.5,1030, or light: its centre of mass",
    none: "as in the file, else the middle",
    commands: READERS,
    perRun: true,
  }),
  patternSize: field(z.int().min(16).max(1024).nullable().default(null), {
    description: "Side N that the patterns are cropped to around the zero frequency; even",
    unit: "px",
    none: "as in the file",
    commands: READERS,
    perRun: true,
  }),
  orientation: field(z.int().min(0).max(7).default(0), {
    description: "Turns the patterns: 4 transposes, then 1 flips columns and 2 rows; their sum does several",
    commands: READERS,
    perRun: true,
  }),
  patterns: field(z.string().nullable().default(null), {
    description: "Patterns to read, START:STOP:STEP, such as 0:1000 or ::4",
    none: "all",
    commands: READERS,
    perRun: true,
  }),
  zeroAtCorner: field(z.boolean().default(false), {
    description: "The zero frequency of the patterns is at index 0: bring it to N/2",
    commands: READERS,
    perRun: true,
  }),
  badPixels: field(z.string().nullable().default(null), {
    description: "Rows and columns of detector pixels that do not count, 3,4 20,21",
    none: "as in the file",
    commands: READERS,
    perRun: true,
  }),
  bin: field(z.int().min(1).max(64).default(1), {
    description: "Detector pixels along each axis whose counts are added up to one",
    commands: READERS,
    perRun: true,
  }),
  pad: field(z.boolean().default(false), {
    description: "Fill up what a pattern lacks at the edge of the frame with pixels that do not count",
    commands: READERS,
    perRun: true,
  }),
  dark: field(z.string().min(1).nullable().default(null), {
    description: "Counts without light that are taken off: a number, or a file of frames (FILE.h5:/PATH)",
    none: "none",
    commands: READERS,
    perRun: true,
  }),
  flat: field(z.string().min(1).nullable().default(null), {
    description: "Frames under even light that patterns are divided by: a file (FILE.h5:/PATH)",
    none: "none",
    commands: READERS,
    perRun: true,
  }),
  mask: field(z.string().min(1).nullable().default(null), {
    description: "Map of the detector, 0 where a pixel does not count: a file (FILE.h5:/PATH)",
    none: "as in the file",
    commands: READERS,
    perRun: true,
  }),
  saturation: field(z.number().positive().nullable().default(null), {
    description: "Counts from which on a pixel is saturated, and does not count in any pattern",
    none: "the largest value of the type",
    commands: READERS,
    perRun: true,
  }),
  beamStop: field(z.number().positive().nullable().default(null), {
    description: "Radius of a beam stop around the zero frequency, in which no pixel counts",
    unit: "px",
    none: "none",
    commands: READERS,
    perRun: true,
  }),
  swapXy: field(z.boolean().default(false), {
    description: "Exchange x and y of the positions",
    commands: READERS,
    perRun: true,
  }),
  flipX: field(z.boolean().default(false), {
    description: "Change the sign of x of the positions",
    commands: READERS,
    perRun: true,
  }),
  flipY: field(z.boolean().default(false), {
    description: "Change the sign of y of the positions",
    commands: READERS,
    perRun: true,
  }),
  rotateScan: field(z.number().min(-360).max(360).default(0), {
    description: "Degrees by which the positions are rotated, from x to y, after swap and flips",
    commands: READERS,
    perRun: true,
  }),
  orientationCheck: field(z.boolean().default(true), {
    description: "Stop before the work where patterns or positions that are turned fit clearly better",
    commands: ["train", "infer", "reconstruct"],
    perRun: true,
  }),
  probeFrom: field(z.string().nullable().default(null), {
    description: "Probe in the place of the file's: another file, a description, or auto (docs/your_data.md)",
    none: "as in the file",
    commands: READERS,
    perRun: true,
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
    description: "Groups in an epoch (train, held-out ones among them) or to reconstruct (infer)",
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
