/**
 * The files of a reconstruction: the object as NPZ or HDF5, its amplitude and phase as pictures or float32 TIFF.
 *
 * @module
 */
import type { InferenceConfig } from "../config/mod.ts";
import { PLICA_VERSION } from "../common/mod.ts";
import { writeHdf5Arrays, writeNpz, writeTiff } from "../formats/mod.ts";

import { renderAmplitude, renderPhase, writePng } from "../pictures/mod.ts";

import { amplitudeOf, phaseOf, type Plane } from "../numeric/mod.ts";
import type { Stitched } from "./canvas.ts";
import { drawObject, type ObjectView, type PhaseRange } from "./object_pictures.ts";

/** A format of results. */
export type ReconstructionFormat = InferenceConfig["format"][number];

/** Fields of an image that are written. */
export type WritableImage = Pick<Stitched, "height" | "width" | "data" | "weight" | "mask" | "x0" | "y0"> & {
  /** Side of a pixel of the object in metres, where it is known. */
  readonly pixelSizeM?: number;
};

/** Options of {@linkcode writeReconstruction}. */
export interface WriteReconstructionOptions {
  /** Default npz and png. */
  readonly formats?: readonly ReconstructionFormat[];
  /** Pixels of a picture for each of its figure. Default 2; 1 takes a third of the time. */
  readonly scale?: number;
  /** Ends of the colours of the phase. Default: percentiles of the picture. */
  readonly phaseRange?: PhaseRange;
}

/** Paths of what was written; those of formats that were not asked for are absent. */
export interface ReconstructionFiles {
  /** `reconstruction.npz`. */
  readonly reconstruction?: string;
  /** `reconstructed_amplitude.png`. */
  readonly amplitude?: string;
  /** `reconstructed_phase.png`. */
  readonly phase?: string;
  /** `reconstructed_complex.png`: the phase as hue, the amplitude as brightness. */
  readonly complex?: string;
  /** `bare_amplitude.png`: a pixel for each of the canvas, nothing around it. */
  readonly bareAmplitude?: string;
  /** `bare_phase.png`, the same. */
  readonly barePhase?: string;
  /** `reconstructed_amplitude.tif`. */
  readonly amplitudeTiff?: string;
  /** `reconstructed_phase.tif`, in radians. */
  readonly phaseTiff?: string;
  /** `reconstruction.h5`. */
  readonly hdf5?: string;
}

/**
 * Writes an image into `folder`: `npz` with the arrays `object` (complex64), `weight`, `x0`, `y0` and `pixel_size_m` where
 * it is known; `h5` with the same, the mask and what they mean; `png` with amplitude, phase and both as figures of the
 * scanned part; `bare-png` and `tiff` with amplitude and phase alone.
 */
export async function writeReconstruction(
  folder: string,
  image: WritableImage,
  { formats = ["npz", "png"], ...look }: WriteReconstructionOptions = {},
): Promise<ReconstructionFiles> {
  let written: ReconstructionFiles = {};
  for (const format of new Set(formats)) {
    written = { ...written, ...await WRITERS[format](folder, image, look) };
  }
  return written;
}

type Look = Omit<WriteReconstructionOptions, "formats">;
type Writer = (folder: string, image: WritableImage, look: Look) => Promise<ReconstructionFiles>;

const WRITERS: Readonly<Record<ReconstructionFormat, Writer>> = Object.freeze({
  npz: async (folder: string, image: WritableImage) => {
    const reconstruction = `${folder}/reconstruction.npz`;
    await writeNpz(reconstruction, arraysOf(image));
    return { reconstruction };
  },
  png: async (folder: string, image: WritableImage, { scale, phaseRange }: Look) => {
    const draw = async (view: ObjectView) => {
      const path = `${folder}/reconstructed_${view}.png`;
      await writePng(path, await drawObject(image, { view, title: "Reconstruction", phaseRange }), { scale });
      return path;
    };
    return { amplitude: await draw("amplitude"), phase: await draw("phase"), complex: await draw("complex") };
  },
  "bare-png": async (folder: string, image: WritableImage) => {
    const bareAmplitude = `${folder}/bare_amplitude.png`;
    const barePhase = `${folder}/bare_phase.png`;
    await writePng(bareAmplitude, renderAmplitude(amplitudeOf(image), { mask: image.mask }));
    await writePng(barePhase, renderPhase(phaseOf(image), { mask: image.mask }));
    return { bareAmplitude, barePhase };
  },
  tiff: async (folder: string, image: WritableImage) => {
    const amplitudeTiff = `${folder}/reconstructed_amplitude.tif`;
    const phaseTiff = `${folder}/reconstructed_phase.tif`;
    await writePlane(amplitudeTiff, amplitudeOf(image), { image, quantity: "amplitude" });
    await writePlane(phaseTiff, phaseOf(image), { image, quantity: "phase in rad" });
    return { amplitudeTiff, phaseTiff };
  },
  h5: async (folder: string, image: WritableImage) => {
    const hdf5 = `${folder}/reconstruction.h5`;
    await writeResult(hdf5, image);
    return { hdf5 };
  },
});

function arraysOf({ height, width, data, weight, x0, y0, pixelSizeM }: WritableImage) {
  const number = (value: number) => ({ dtype: "float64", shape: [], data: Float64Array.of(value) }) as const;
  return {
    object: { dtype: "complex64", shape: [height, width], data },
    weight: { dtype: "float32", shape: [height, width], data: weight },
    x0: number(x0),
    y0: number(y0),
    ...(pixelSizeM === undefined ? {} : { pixel_size_m: number(pixelSizeM) }),
  } as const;
}

/** Writes a TIFF with NaN outside the mask. */
async function writePlane(
  path: string,
  { width, height, data }: Plane,
  { image, quantity }: { image: WritableImage; quantity: string },
): Promise<void> {
  const { mask, x0, y0, pixelSizeM } = image;
  const masked = Float32Array.from(data, (value, i) => mask[i] === 0 ? NaN : value);
  await writeTiff(path, { width, height, data: masked }, { pixelSizeM, description: { quantity, x0, y0 } });
}

async function writeResult(path: string, image: WritableImage): Promise<void> {
  const { object, weight, ...places } = arraysOf(image);
  const { height, width, mask, pixelSizeM } = image;
  const axes = "rows (y), columns (x)";
  const units = { x0: "object pixels", y0: "object pixels", pixel_size_m: "m" };
  const scalars = Object.entries(places).map(([name, array]) => {
    const unit = Object.entries(units).find(([key]) => key === name)?.[1] ?? "1";
    return [name, { ...array, attributes: { units: unit } }];
  });
  await writeHdf5Arrays(path, {
    object: { ...object, attributes: { axes, long_name: "complex transmission of the object", units: "1" } },
    weight: { ...weight, attributes: { axes, long_name: "sum of the placed weights", units: "1" } },
    mask: {
      dtype: "uint8",
      shape: [height, width],
      data: mask,
      attributes: { axes, long_name: "1 where the weight suffices" },
    },
    ...Object.fromEntries(scalars),
  }, {
    attributes: {
      creator: "plica",
      creator_version: PLICA_VERSION,
      convention: "pixel (row r, column c) lies at y = r + y0, x = c + x0 of the scan positions",
      ...(pixelSizeM === undefined ? {} : { pixel_size_m: pixelSizeM }),
    },
  });
}
