/**
 * Images of the object: patches placed on a canvas, their phases synchronised, files and pictures of the result.
 *
 * In go predicted patches with positions and a probe, or the object of a solver. Out come a complex image with weight and
 * mask ({@linkcode Canvas}, {@linkcode placePatches}), the constant phases of patches ({@linkcode syncPhases}), and the
 * files of {@linkcode writeReconstruction}; {@linkcode readObjectFile} reads them back.
 *
 * Called by `simulation`, `solver`, `network`, `study` and the commands. Imports `common`, `config`, `host`, `numeric`,
 * `formats`, `pictures` and `scan`.
 *
 * @module
 */
export {
  Canvas,
  type CanvasExtent,
  canvasExtent,
  type CanvasSums,
  contains,
  patchWeight,
  type PatchWeights,
  type Positions,
  probeWeight,
  type Stitched,
  unionExtent,
} from "./canvas.ts";
export { inFrameOf, MEMORY_PREFIX, readObjectFile, type StoredObject } from "./object_file.ts";
export { drawObject, type ObjectView, type PhaseRange, renderObject } from "./object_pictures.ts";
export { misfitMap, type MisfitPlaces } from "./misfit_map.ts";
export type { PhasePairs } from "./pairs.ts";
export { GrowingPatchStore, openPatchStore, type PatchStore } from "./patch_store.ts";
export { type PhaseSync, solvePhases, syncPhases } from "./phase_sync.ts";
export { addPatches, placePatches } from "./place.ts";
export {
  type ReconstructionFiles,
  type ReconstructionFormat,
  writeReconstruction,
} from "./reconstruction_files.ts";
export { drawCorrections, drawProbe } from "./state_pictures.ts";
