/**
 * The door of `physics`.
 *
 * @module
 */
export {
  type Diffraction,
  longestNearFieldM,
  nearFieldTransfer,
  openDiffraction,
  type Propagation,
} from "./diffraction.ts";
export {
  atLeast,
  backProject,
  diffractedIntensity,
  exitWaves,
  extractPatches,
  mergeGroup,
  type MergeWeights,
} from "./forward_model.ts";
export { expectedDeviance } from "./poisson_noise.ts";
export { maskProbe, probeMask, withModes } from "./probe_modes.ts";
export {
  lensProbe,
  type LensProbeOptions,
  propagateProbe,
  type ZonePlateOptions,
  zonePlateProbe,
} from "./probes/lens_probe.ts";
export { type ModesOptions, type ProbeExtent, probeExtent, probeModes } from "./probes/modes.ts";
export { diskProbe, gaussianProbe, photonsOf, scaleToPhotons } from "./probes/probes.ts";
export type { Aberration } from "./probes/zernike.ts";
export { FarField, samplePatch } from "./propagate.ts";
