/**
 * Settings of simulated scans.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field, type FieldMeta } from "./field.ts";

/** One setting of a run. */
function setting<T extends z.ZodType>(
  schema: T,
  description: string,
  meta: Omit<FieldMeta, "description"> = {},
): T {
  return field(schema, { description, perRun: true, ...meta });
}

const onlyWith = (name: string, ...values: readonly string[]) => ({
  onlyWith: { setting: `simulation.${name}`, values },
});

const OBJECTS = [
  "dead-leaves",
  "siemens-star",
  "lines",
  "random-field",
  "cells",
  "circuit",
  "text",
  "diatom",
] as const;
const MADE = onlyWith("object", ...OBJECTS, "image");
const PATHS = ["raster", "jittered", "spiral", "fermat", "random"] as const;

const LENSES = ["zone-plate", "zernike"] as const;
const positive = z.number().gt(0);
const length = z.number().gt(0).max(1e9);

const object = {
  object: setting(
    z.enum([...OBJECTS, "image", "file"]).default("dead-leaves"),
    "What the object shows; file takes a complex object as it is",
  ),
  objectFile: setting(
    z.string().min(1).nullable().default(null),
    "Grey PNG of the object, black is lowest; for file an NPZ: a reconstruction, or a scan with object",
    { none: "none", ...onlyWith("object", "image", "file") },
  ),
  phaseFile: setting(
    z.string().min(1).nullable().default(null),
    "PNG of the phase of the object, where it is not that of the amplitude",
    { none: "none", ...onlyWith("object", "image") },
  ),
  text: setting(z.string().min(1).max(1000).default("PLICA"), "What is written on the object", {
    ...onlyWith("object", "text"),
  }),
  featureSize: setting(
    z.number().min(0.5).max(1000).nullable().default(null),
    "Line or wire width, radius of cells or least leaves, correlation length, dot of a letter, spoke",
    { unit: "pixels", none: "auto", ...onlyWith("object", ...OBJECTS) },
  ),
  objectSize: setting(
    z.int().min(16).max(32_768).nullable().default(null),
    "Side of the object; auto is as large as the scan needs",
    { unit: "pixels", none: "auto", ...MADE },
  ),
  amplitudeMin: setting(z.number().min(0).max(2).default(0.4), "Lowest amplitude of the object", MADE),
  amplitudeMax: setting(z.number().min(0).max(2).default(1), "Highest amplitude of the object", MADE),
  phaseMin: setting(z.number().min(-100).max(100).default(-1.2), "Lowest phase of the object", {
    unit: "rad",
    ...MADE,
  }),
  phaseMax: setting(z.number().min(-100).max(100).default(1.2), "Highest phase of the object", {
    unit: "rad",
    ...MADE,
  }),
};

const probe = {
  probe: setting(
    z.enum(["disk", "gaussian", "zone-plate", "zernike", "file"]).default("zone-plate"),
    "What illuminates the object; zernike is a lens with aberrations",
    { aliases: { fzp: "zone-plate" } },
  ),
  probeFile: setting(
    z.string().min(1).nullable().default(null),
    "NPZ with a probe: a scan, a reconstruction, or any other",
    { none: "none", ...onlyWith("probe", "file") },
  ),
  probeFileKey: setting(
    z.string().min(1).nullable().default(null),
    "Key of the probe in that file; auto is probeGuess, else probe",
    { none: "auto", ...onlyWith("probe", "file") },
  ),
  probeRadius: setting(
    positive.max(1e4).nullable().default(null),
    "Radius of the disk, sigma of the Gaussian's amplitude; auto is 14/64 and 9/64 of the pattern",
    { unit: "pixels", none: "auto", ...onlyWith("probe", "disk", "gaussian") },
  ),
  zonePlateDiameter: setting(length.default(160e-6), "Diameter of the zone plate", {
    unit: "m",
    ...onlyWith("probe", "zone-plate"),
  }),
  centralStop: setting(z.number().min(0).max(1e9).default(60e-6), "Diameter of its central stop", {
    unit: "m",
    ...onlyWith("probe", "zone-plate"),
  }),
  outermostZone: setting(
    length.nullable().default(null),
    "Width of its outermost zone, or half period that the lens resolves; auto: 2.5 object pixels",
    { unit: "m", none: "auto", ...onlyWith("probe", ...LENSES) },
  ),
  defocus: setting(
    z.number().min(-1e9).max(1e9).nullable().default(null),
    "From the focus to the object; auto: a lens lights a third of the pattern's side, others 0",
    { unit: "m", none: "auto", ...onlyWith("probe", "disk", "gaussian", ...LENSES) },
  ),
  aberrations: setting(
    z.string().min(1).nullable().default(null),
    "Zernike aberrations of the lens, NOLL:RADIANS rms, as 5:0.4,7:-0.3",
    { none: "none", ...onlyWith("probe", ...LENSES) },
  ),
  modes: setting(
    z.int().min(1).max(32).nullable().default(null),
    "Incoherent modes of the probe; auto is as many as the file has, else 1",
    { none: "auto" },
  ),
  modeKind: setting(
    z.enum(["hermite", "decay"]).default("hermite"),
    "Further modes are the probe times Hermite polynomials, or times random phases",
  ),
  modeDecay: setting(
    positive.max(1).default(0.4),
    "Power of a mode over that of the one before it",
  ),
};

const geometry = {
  size: setting(z.int().min(8).max(4096).default(64), "Side N of a pattern", { unit: "pixels" }),
  propagation: setting(
    z.enum(["far", "fresnel", "angular-spectrum"]).default("far"),
    "How light reaches the detector; all but far are near fields",
  ),
  wavelength: setting(length.default(1e-10), "Wavelength of the light", { unit: "m" }),
  pixelSize: setting(
    length.nullable().default(null),
    "Side of an object pixel; auto is what the other lengths make it, else 1e-8",
    { unit: "m", none: "auto" },
  ),
  detectorPixel: setting(
    length.nullable().default(null),
    "Side of a detector pixel; auto is what the other lengths make it, else 75e-6",
    { unit: "m", none: "auto" },
  ),
  distance: setting(
    length.nullable().default(null),
    "From object to detector; auto follows from the other lengths, near field N pixel^2 / (4 wavelength)",
    { unit: "m", none: "auto" },
  ),
  focusDistance: setting(
    length.nullable().default(null),
    "From the focus of a diverging beam to the object: the near field is magnified by 1 + distance / this",
    { unit: "m", none: "none", ...onlyWith("propagation", "fresnel", "angular-spectrum") },
  ),
};

const scan = {
  scan: setting(
    z.enum([...PATHS, "file"]).default("jittered"),
    "Path of the scan; file takes the positions of another scan as they are",
  ),
  scanFile: setting(
    z.string().min(1).nullable().default(null),
    "NPZ with the positions, xcoords and ycoords",
    { none: "none", ...onlyWith("scan", "file") },
  ),
  positions: setting(
    z.int().min(1).max(100_000_000).default(400),
    "Scan positions, one for each pattern",
    onlyWith("scan", ...PATHS),
  ),
  step: setting(
    positive.max(1e4).nullable().default(null),
    "Mean distance of positions; auto is what the overlap makes it",
    { unit: "pixels", none: "auto", ...onlyWith("scan", ...PATHS) },
  ),
  overlap: setting(
    z.number().min(0).lt(1).nullable().default(null),
    "1 - step / diameter of the disk with the probe's second moment; auto is 0.75, or follows from step",
    { none: "auto", ...onlyWith("scan", ...PATHS) },
  ),
  jitter: setting(
    z.number().min(0).max(1e4).nullable().default(null),
    "Largest displacement on a jittered raster along each axis; auto is a quarter of the step",
    { unit: "pixels", none: "auto", ...onlyWith("scan", "jittered") },
  ),
  positionError: setting(
    z.number().min(0).max(1000).default(0),
    "Rms error of the written positions along each axis; the true ones are written as well",
    { unit: "pixels" },
  ),
};

const detector = {
  dose: setting(
    z.string().min(1).default("1e5"),
    "Mean photons of a pattern; several with commas make a file each, as 1e3,1e4,1e5",
    { unit: "photons" },
  ),
  poisson: setting(z.boolean().default(true), "Photon noise of the counts"),
  readoutNoise: setting(z.number().min(0).max(1e9).default(0), "Rms of the noise of reading a pixel", {
    unit: "counts",
  }),
  deadPixels: setting(z.number().min(0).max(0.9).default(0), "Part of the pixels that never count"),
  beamstop: setting(z.number().min(0).max(4096).default(0), "Radius of an opaque disk over the centre", {
    unit: "pixels",
    ...onlyWith("propagation", "far"),
  }),
  saturation: setting(positive.max(2 ** 50).nullable().default(null), "Largest count of a pixel", {
    unit: "counts",
    none: "off",
  }),
  bitDepth: setting(
    z.int().min(1).max(32).nullable().default(null),
    "Counts are whole numbers of so many bits, stored as integers instead of amplitudes",
    { unit: "bits", none: "off" },
  ),
};

/** Settings of a simulated scan. */
export const simulationSchema = z.strictObject({
  ...object,
  ...probe,
  ...geometry,
  ...scan,
  ...detector,
  labels: setting(
    z.boolean().default(true),
    "Write the true patch of every position, label_amp and label_phase",
  ),
  split: setting(
    z.enum(["none", "y"]).default("none"),
    "y writes two files: the half of small y to train on, the half of large y to test with",
  ),
  seed: setting(z.int().min(0).max(0xffffffff).default(0), "Seed of object, positions and noise"),
});

/** Resolved simulation settings. */
export type SimulationConfig = z.output<typeof simulationSchema>;
