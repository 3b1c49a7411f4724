/**
 * Simulated scans: objects, scan paths, probes, a detector, and the files that hold them.
 *
 * In goes a configuration (its section `simulation`), or a drawn object with a probe. Out come scans whose true object and
 * positions are known: in memory ({@linkcode simulateScan}) or streamed to files ({@linkcode simulateToFiles}).
 *
 * Called by the commands and by tests. Imports `common`, `config`, `host`, `numeric`, `formats`, `engine`, `physics`, `scan`
 * and `image`.
 *
 * @module
 */
export { exampleScan } from "./example_scan.ts";
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
