/**
 * The door of `simulation`.
 *
 * @module
 */
export { Detector, type DetectorOptions } from "./detector.ts";
export {
  checkTargets,
  type SimulatedFile,
  simulateToFiles,
  type SimulateToFilesOptions,
  simulationTargets,
} from "./files.ts";
export {
  cells,
  circuit,
  deadLeaves,
  diatom,
  type DrawnObject,
  lines,
  type ObjectOptions,
  pictureObject,
  randomField,
  readPicture,
  siemensStar,
  textObject,
} from "./objects/objects.ts";
export { type PatternBatch, simulatePatterns, type SimulatePatternsOptions } from "./patterns.ts";
export { planSimulation, type SimulationPlan } from "./plan.ts";
export { rasterPositions } from "./positions.ts";
export { scanArrays } from "./scan_file.ts";
export { disturbPositions, type ScanPath, scanPath, type ScanPathOptions } from "./scan_paths.ts";
export { type SimulatedScan, simulateScan } from "./simulate.ts";
