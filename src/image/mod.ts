/**
 * The door of `image`.
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
export { readObjectFile, type StoredObject } from "./object_file.ts";
export { drawObject } from "./object_pictures.ts";
export type { PhasePairs } from "./pairs.ts";
export { GrowingPatchStore, openPatchStore, type PatchStore } from "./patch_store.ts";
export { type PhaseSync, solvePhases, syncPhases } from "./phase_sync.ts";
export { placePatches } from "./place.ts";
export {
  type ReconstructionFiles,
  type ReconstructionFormat,
  writeReconstruction,
} from "./reconstruction_files.ts";
export { drawCorrections, drawProbe } from "./state_pictures.ts";
