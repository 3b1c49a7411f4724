/**
 * The files of an iterative reconstruction: what `readObjectFile` reads back, and its pictures.
 *
 * @module
 */
import { PLICA_VERSION } from "../common/mod.ts";
import { type NpzArrays, textArray, writeNpz } from "../formats/mod.ts";
import type { PositionsPx } from "../numeric/mod.ts";
import { figure, writeFigure, writePng } from "../pictures/mod.ts";

import {
  drawCorrections,
  drawProbe,
  MEMORY_PREFIX,
  type ReconstructionFiles,
  writeReconstruction,
} from "../image/mod.ts";
import type { SolverEpoch } from "./initial.ts";
import type { Solution, SolutionState } from "./solve.ts";

/** Pixels with less than this part of the largest illumination are masked in pictures. */
const LEAST_LIGHT = 0.01;

/** A result with what is said about it. */
export type WritableSolution =
  & SolutionState
  & Pick<Solution, "algorithm" | "settings" | "reasons" | "epochs" | "pixelSizeM" | "device" | "bestEpoch">;

/**
 * Returns the arrays of `reconstruction.npz`: `object`, `probe` (complex64), `weight`, `x0`, `y0`, corrected
 * `xcoords` and `ycoords`, `pattern_index` (numbers of the patterns), `losses`, `pixel_size_m`, `_metadata` with
 * algorithm and settings, and `memory_...`, the momenta of the rule, and `best_epoch` where left-out patterns chose
 * it.
 */
export function solutionArrays(solution: WritableSolution, metadata: Readonly<Record<string, unknown>> = {}) {
  const { object, probe, weight, positionsPx, indices, epochs, pixelSizeM, background, memory } = solution;
  const { height, width, data, x0, y0 } = object;
  const number = (value: number) => ({ dtype: "float64", shape: [], data: Float64Array.of(value) }) as const;
  const n = indices.length;
  const arrays: NpzArrays = {
    object: { dtype: "complex64", shape: [height, width], data },
    probe: { dtype: "complex64", shape: [probe.modes, probe.size, probe.size], data: probe.data },
    weight: { dtype: "float32", shape: [height, width], data: weight },
    x0: number(x0),
    y0: number(y0),
    xcoords: { dtype: "float64", shape: [n], data: positionsPx.x },
    ycoords: { dtype: "float64", shape: [n], data: positionsPx.y },
    pattern_index: { dtype: "int32", shape: [n], data: indices },
    losses: {
      dtype: "float64",
      shape: [epochs.length],
      data: Float64Array.from(epochs, ({ error }) => error),
    },
    ...(background
      ? { background: { dtype: "float32", shape: [probe.size, probe.size], data: background } }
      : {}),
    ...Object.fromEntries([...memory].map(([name, data]): [string, NpzArrays[string]] => [
      `${MEMORY_PREFIX}${name}`,
      { dtype: "float32", shape: [data.length], data },
    ])),
    ...(pixelSizeM === undefined ? {} : { pixel_size_m: number(pixelSizeM) }),
    _metadata: textArray(JSON.stringify({
      program: `plica ${PLICA_VERSION}`,
      algorithm: solution.algorithm,
      settings: solution.settings,
      ...(Object.keys(solution.reasons).length > 0 ? { reasons: solution.reasons } : {}),
      device: solution.device,
      epochs: epochs.length,
      ...(solution.bestEpoch === undefined ? {} : { best_epoch: solution.bestEpoch }),
      seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
      relative_losses: epochs.map(({ relativeError }) => relativeError),
      ...metadata,
    })),
  };
  return arrays;
}

/** Writes `reconstruction.npz` into a folder; returns its path. */
export async function writeSolutionArrays(
  folder: string,
  solution: WritableSolution,
  metadata: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const reconstruction = `${folder}/reconstruction.npz`;
  await writeNpz(reconstruction, solutionArrays(solution, metadata));
  return reconstruction;
}

/** Marks the pixels of an object that got light enough to be shown. */
export function lightMask(weight: Float32Array): Uint8Array {
  const most = weight.reduce((a, b) => Math.max(a, b), 0);
  return Uint8Array.from(weight, (value) => value >= LEAST_LIGHT * most ? 1 : 0);
}

/**
 * Writes `reconstruction.npz` into a folder, pictures of object, probe and, where `scannedPx` are other positions than those
 * of the solution, of the corrections, and `error.png` (and `.svg`).
 */
export async function writeSolution(
  folder: string,
  solution: WritableSolution,
  { metadata, scannedPx }: {
    readonly metadata?: Readonly<Record<string, unknown>>;
    /** Positions of all patterns of the scan as they were recorded. */
    readonly scannedPx?: PositionsPx;
  } = {},
): Promise<ReconstructionFiles & { readonly error: string }> {
  const reconstruction = await writeSolutionArrays(folder, solution, metadata);
  const { object, weight, pixelSizeM, probe } = solution;
  const image = { ...object, weight, mask: lightMask(weight), pixelSizeM };
  const pictures = await writeReconstruction(folder, image, { formats: ["png"] });
  await writePng(`${folder}/probe.png`, await drawProbe(probe, pixelSizeM));
  if (scannedPx) {
    const moved = await drawCorrections(image, { ...solution, scannedPx });
    if (moved) await writePng(`${folder}/positions.png`, moved);
  }
  const error = `${folder}/error.png`;
  await writeFigure(error, await errorCurve(solution.epochs));
  return { ...pictures, reconstruction, error };
}

/** Draws the misfit over the epochs as SVG. */
async function errorCurve(epochs: readonly SolverEpoch[]): Promise<string> {
  const series = [{
    name: "",
    x: epochs.map(({ epoch }) => epoch),
    y: epochs.map(({ error }) => error),
  }];
  const yLabel = "mean (√I − √I measured)²";
  return await figure([{ series, xLabel: "epoch", yLabel, logY: true, wholeX: true }], {
    title: "Misfit of the iterative reconstruction",
  });
}
