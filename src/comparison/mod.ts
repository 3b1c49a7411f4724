/**
 * The door of `comparison`.
 *
 * @module
 */
export {
  type ComparableObject,
  type CompareOptions,
  compareReconstructions,
  type Comparison,
  ComparisonError,
  coveredArea,
  type ImageFigures,
} from "./compare.ts";
export { type ComparisonEntry, comparisonRow, writeComparison } from "./comparison_files.ts";
export { fourierRingCorrelation, type FrcCrossing, frcCrossing, type FrcCurve } from "./frc.ts";
export { registerShift, type Shift } from "./registration.ts";
export { type ComparedObjects, compareObjects, type ObjectScore, scoreObject } from "./score.ts";
export { unwrapPhase } from "./unwrap.ts";
