/**
 * Optics: one forward model, traced for the engine, and its meaning in float64; propagation, probes, modes, photon noise.
 *
 * In go objects, probes (P, N, N) and positions in object pixels. Out come traced intensities
 * ({@linkcode diffractedIntensity}), patterns of patches on a device ({@linkcode openDiffraction}), and probes of lenses,
 * disks and Gaussians.
 *
 * Called by `scan`, `simulation`, `network`, `study` and the commands. Imports `numeric` and `engine`.
 *
 * @module
 */
export {
  type Diffraction,
  longestNearFieldM,
  type NearFieldLengths,
  nearFieldLengths,
  nearFieldTransfer,
  openDiffraction,
  type Propagation,
  PROPAGATIONS,
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
export { probeOverlap } from "./probes/probe_overlap.ts";
export { patternProbe } from "./probes/pattern_probe.ts";
export type { Aberration } from "./probes/zernike.ts";
export { FarField, samplePatch } from "./propagate.ts";
