/**
 * Comparison of reconstructions: metrics, registration, alignment, Fourier ring correlation, tables and pictures.
 *
 * In go two objects in the frame of a scan (complex images, with a mask and positions where there are some). Out come
 * figures of merit ({@linkcode compareReconstructions}, {@linkcode scoreObject}), aligned images, curves, and the files of
 * {@linkcode writeComparison}.
 *
 * Called by `study` and the commands. Imports `common`, `host`, `numeric`, `formats` and `pictures`; knows no network and
 * no solver.
 *
 * @module
 */
export {
  type ComparableObject,
  type CompareOptions,
  compareReconstructions,
  type Comparison,
  type ComparisonEntry,
  ComparisonError,
  coveredArea,
  type ImageFigures,
} from "./compare.ts";
export { comparisonRow, writeComparison } from "./comparison_files.ts";
export { fourierRingCorrelation, type FrcCrossing, frcCrossing, type FrcCurve } from "./frc.ts";
export { registerShift, type Shift } from "./registration.ts";
export { type ComparedObjects, compareObjects, type ObjectScore, scoreObject } from "./score.ts";
export { unwrapPhase } from "./unwrap.ts";
