/**
 * Plica: ptychography on any GPU and any CPU.
 *
 * A scan is opened, a network is trained on its diffraction patterns alone, and the trained network turns patterns
 * into an image of the sample:
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   deadLeaves, diskProbe, encodeNpz, openDevice, openScan, rasterPositions, reconstruct, resolveConfig, scanArrays,
 *   simulateScan, train,
 * } from "./mod.ts";
 *
 * // A small simulated scan, as the bytes of an NPZ; a path or an address does as well.
 * const positions = rasterPositions({ rows: 4, columns: 4, step: 8, x0: 36, y0: 36 });
 * const object = { ...deadLeaves({ height: 96, width: 96 }), x0: 0, y0: 0 };
 * const probe = diskProbe({ side: 64, radius: 14, photons: 1e5 });
 * const simulated = simulateScan({ side: 64, positions, probe, object });
 * await using scan = await openScan(await encodeNpz(scanArrays(simulated)));
 *
 * const device = await openDevice({ accelerator: "wasm", threads: 1 });
 * const config = resolveConfig([{
 *   layer: "program",
 *   values: { model: { gridsize: 1, nFiltersScale: 1 }, training: { nepochs: 1, batchSize: 8 } },
 * }]);
 * const { model, epochs } = await train(scan, { config, device });
 * const image = await reconstruct(scan, { model, device });
 * await device.dispose();
 *
 * assert.equal(epochs.length, 1);
 * assert.equal(image.data.length, 2 * image.height * image.width);
 * ```
 *
 * Positions are (x, y) in object pixels, rows are y and columns x; complex arrays are interleaved (re, im). Nothing here
 * writes to the console or reads the environment: functions take a `logger`, an `onProgress` listener and an
 * `AbortSignal`, and throw {@linkcode DataError} (the data is wrong), {@linkcode OptionError} or
 * {@linkcode ConfigError} (the call is wrong) and {@linkcode DeviceError}.
 *
 * @module
 */
export { ConfigError } from "./src/config/errors.ts";
export type { Logger, ProgressEvent, ProgressListener } from "./src/config/logger.ts";
export { resolveConfig, type ResolvedConfig } from "./src/config/resolve.ts";
export { type Config, configJsonSchema, type PartialConfig } from "./src/config/schema.ts";
export { PLICA_VERSION } from "./src/config/version.ts";
export type { AnyDevice } from "./src/device/any.ts";
export {
  DeviceError,
  type DeviceInfo,
  type DeviceKind,
  DeviceLostError,
  DeviceMemoryError,
} from "./src/device/device.ts";
export { openDevice, type OpenDeviceOptions } from "./src/device/open.ts";
export {
  type Bundle,
  BUNDLE_NAME,
  type BundleContent,
  encodeBundle,
  readBundle,
  writeBundle,
} from "./src/io/bundle.ts";
export { DataError, OptionError } from "./src/io/errors.ts";
export { type Npz, openNpz } from "./src/io/npz.ts";
export { encodeNpz, type NpzArrays, writeNpz } from "./src/io/npz_write.ts";
export { sideBySide } from "./src/io/panels.ts";
export { encodePng, renderAmplitude, renderPhase, writePng } from "./src/io/png.ts";
export {
  type ComparableObject,
  type CompareOptions,
  compareReconstructions,
  type Comparison,
  ComparisonError,
  type ImageFigures,
} from "./src/metrics/compare.ts";
export { fourierRingCorrelation, type FrcCrossing, frcCrossing, type FrcCurve } from "./src/metrics/frc.ts";
export { unwrapPhase } from "./src/metrics/unwrap.ts";
export { readObjectFile, type StoredObject } from "./src/scan/object_file.ts";
export { registerShift, type Shift } from "./src/metrics/registration.ts";
export { compareObjects, type ObjectScore, scoreObject } from "./src/metrics/score.ts";
export { bundleContent, type Model, modelOf } from "./src/nn/model.ts";
export { Detector, type DetectorOptions } from "./src/optics/detector.ts";
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
} from "./src/optics/objects.ts";
export { rasterPositions, type ScanPositions } from "./src/optics/positions.ts";
export { diskProbe, gaussianProbe } from "./src/optics/probes.ts";
export {
  lensProbe,
  type LensProbeOptions,
  propagateProbe,
  type ZonePlateOptions,
  zonePlateProbe,
} from "./src/optics/probes/lens_probe.ts";
export { type ModesOptions, type ProbeExtent, probeExtent, probeModes } from "./src/optics/probes/modes.ts";
export { disturbPositions, type ScanPath, scanPath, type ScanPathOptions } from "./src/optics/scan_paths.ts";
export { scanArrays } from "./src/optics/scan_file.ts";
export { type SimulatedScan, simulateScan } from "./src/optics/simulate.ts";
export {
  type SimulatedFile,
  simulateToFiles,
  type SimulateToFilesOptions,
} from "./src/optics/simulation_files.ts";
export {
  type PatternBatch,
  simulatePatterns,
  type SimulatePatternsOptions,
} from "./src/optics/simulation_patterns.ts";
export { planSimulation, type SimulationPlan } from "./src/optics/simulation_plan.ts";
export { inspectScan } from "./src/scan/inspect.ts";
export {
  discOverlap,
  groupCentreOverlap,
  groupOverlap,
  neighbourOverlap,
  type OverlapOptions,
  type ScanOverlap,
  scanOverlap,
  type ScanOverlapOptions,
} from "./src/scan/overlap.ts";
export { joinScans } from "./src/scan/join.ts";
export { openScan } from "./src/scan/scan.ts";
export type { OpenScanOptions, Scan } from "./src/scan/types.ts";
export type { SolverConfig } from "./src/config/solver.ts";
export { SolverError } from "./src/solve/divergence.ts";
export {
  initialFrom,
  type SolvedFolder,
  solveToFolder,
  type SolveToFolderOptions,
} from "./src/solve/folder.ts";
export type { InitialState } from "./src/solve/initial.ts";
export { solutionArrays, writeSolution } from "./src/solve/result_files.ts";
export {
  type Solution,
  type SolutionState,
  solve,
  type SolveOptions,
  type SolverEpoch,
} from "./src/solve/solve.ts";
export {
  type Arrival,
  arrivalFromJson,
  arrivalFromNpz,
  type ArrivalOptions,
  arrivalsInFolder,
  arrivalsInLines,
} from "./src/scan/arriving.ts";
export { followArrivals, type FollowOptions, type FollowReport } from "./src/stitch/follow.ts";
export {
  type LiveImage,
  type LiveOptions,
  type LivePatterns,
  type LiveReconstruction,
  openLiveReconstruction,
} from "./src/stitch/live.ts";
export type { Quality } from "./src/stitch/quality.ts";
export { type RectScales, rectScales, type RectScalesInput } from "./src/stitch/rect_scales.ts";
export { reconstruct, type Reconstruction, type ReconstructOptions } from "./src/stitch/reconstruct.ts";
export { type ReconstructionFiles, writeReconstruction } from "./src/stitch/reconstruction_files.ts";
export { type Merged, mergeShards, readShard, type Shard, writeShard } from "./src/stitch/shards.ts";
export { type Checkpoint, readCheckpoint } from "./src/train/checkpoint_file.ts";
export { type TrainedFolder, trainToFolder, type TrainToFolderOptions } from "./src/train/folder.ts";
export { openRunLogger, type OpenRunLoggerOptions } from "./src/train/loggers/open.ts";
export { type PlanOptions, planTraining, type TrainingPlan } from "./src/train/plan.ts";
export {
  type ArtifactReport,
  type ImageReport,
  type RunLogger,
  type RunStart,
  type RunStatus,
  type ScalarReport,
} from "./src/train/run_logger.ts";
export { flatWarning, momentsOf, PatchLog, type PatchStats } from "./src/train/patch_stats.ts";
export { modelForScan } from "./src/train/scan_statistics.ts";
export { findCheckpoint } from "./src/train/resume.ts";
export type { RunState, Snapshot } from "./src/train/run_state.ts";
export { selfTest, type SelfTestResult } from "./src/train/self_test.ts";
export {
  DivergedError,
  type EpochReport,
  train,
  type TrainOptions,
  type TrainResult,
} from "./src/train/train.ts";
