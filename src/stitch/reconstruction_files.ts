/**
 * The files of a reconstruction: the object as NPZ, its amplitude and phase as pictures.
 *
 * @module
 */
import { writeNpz } from "../io/npz_write.ts";
import { renderAmplitude, renderPhase, writePng } from "../io/png.ts";
import { amplitudeOf, phaseOf } from "../optics/image.ts";
import type { Reconstruction } from "./reconstruct.ts";

/** Paths of what was written. */
export interface ReconstructionFiles {
  readonly reconstruction: string;
  readonly amplitude: string;
  readonly phase: string;
}

/** Writes `reconstruction.npz`, `reconstructed_amplitude.png` and `reconstructed_phase.png` into `folder`. */
export async function writeReconstruction(
  folder: string,
  image: Reconstruction,
): Promise<ReconstructionFiles> {
  const files = {
    reconstruction: `${folder}/reconstruction.npz`,
    amplitude: `${folder}/reconstructed_amplitude.png`,
    phase: `${folder}/reconstructed_phase.png`,
  };
  const { height, width, data, weight, mask, x0, y0, pixelSizeM } = image;
  const number = (value: number) => ({ dtype: "float64", shape: [], data: Float64Array.of(value) }) as const;
  await writeNpz(files.reconstruction, {
    object: { dtype: "complex64", shape: [height, width], data },
    weight: { dtype: "float32", shape: [height, width], data: weight },
    x0: number(x0),
    y0: number(y0),
    ...(pixelSizeM === undefined ? {} : { pixel_size_m: number(pixelSizeM) }),
  });
  await writePng(files.amplitude, renderAmplitude(amplitudeOf(image), { mask }));
  await writePng(files.phase, renderPhase(phaseOf(image), { mask }));
  return files;
}
