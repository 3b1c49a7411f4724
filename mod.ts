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
export {
  ConfigError,
  DataError,
  type Logger,
  OptionError,
  PLICA_VERSION,
  type ProgressEvent,
  type ProgressListener,
} from "./src/common/mod.ts";

export {
  type Config,
  configJsonSchema,
  type PartialConfig,
  resolveConfig,
  type ResolvedConfig,
  type SolverConfig,
} from "./src/config/mod.ts";

export {
  type AnyDevice,
  DeviceError,
  type DeviceInfo,
  type DeviceKind,
  DeviceLostError,
  DeviceMemoryError,
  openDevice,
  type OpenDeviceOptions,
} from "./src/engine/mod.ts";

export {
  type Bundle,
  BUNDLE_NAME,
  type BundleContent,
  encodeBundle,
  encodeNpz,
  type Npz,
  type NpzArrays,
  openNpz,
  readBundle,
  writeBundle,
  writeNpz,
} from "./src/formats/mod.ts";

export {
  type CurvePanel,
  encodePng,
  figure,
  type FigureOptions,
  type ImagePanel,
  type Panel,
  type Raster,
  renderAmplitude,
  type Rendered,
  renderPhase,
  type Series,
  writePng,
} from "./src/pictures/mod.ts";

export {
  type ComparableObject,
  compareObjects,
  type CompareOptions,
  compareReconstructions,
  type Comparison,
  ComparisonError,
  fourierRingCorrelation,
  type FrcCrossing,
  frcCrossing,
  type FrcCurve,
  type ImageFigures,
  type ObjectScore,
  registerShift,
  scoreObject,
  type Shift,
  unwrapPhase,
} from "./src/comparison/mod.ts";

export {
  readObjectFile,
  type ReconstructionFiles,
  type StoredObject,
  writeReconstruction,
} from "./src/image/mod.ts";

export {
  type ArtifactReport,
  bundleContent,
  type Candidate,
  type CandidateName,
  type Checkpoint,
  DivergedError,
  encodeImageNetwork,
  type EpochReport,
  findCheckpoint,
  flatWarning,
  followArrivals,
  type FollowOptions,
  type FollowReport,
  type ImageNetwork,
  type ImageReconstruction,
  type ImageReport,
  type LiveImage,
  type LiveOptions,
  type LivePatterns,
  type LiveReconstruction,
  type Merged,
  mergeShards,
  type Model,
  modelForScan,
  modelOf,
  momentsOf,
  openLiveReconstruction,
  openRunLogger,
  type OpenRunLoggerOptions,
  PatchLog,
  type PatchStats,
  type PlanOptions,
  planTraining,
  pretrain,
  type PretrainOptions,
  type PretrainReport,
  type Quality,
  readCheckpoint,
  readImageNetwork,
  readShard,
  reconstruct,
  reconstructImage,
  type ReconstructImageOptions,
  type Reconstruction,
  type ReconstructOptions,
  type RectScales,
  rectScales,
  type RectScalesInput,
  type RunLogger,
  type RunStart,
  type RunState,
  type RunStatus,
  type ScalarReport,
  selfTest,
  type SelfTestResult,
  type Shard,
  shippedImageNetwork,
  type Snapshot,
  train,
  type TrainedFolder,
  type TrainingPlan,
  type TrainOptions,
  type TrainResult,
  trainToFolder,
  type TrainToFolderOptions,
  writeShard,
} from "./src/network/mod.ts";
export {
  cells,
  circuit,
  deadLeaves,
  Detector,
  type DetectorOptions,
  diatom,
  disturbPositions,
  type DrawnObject,
  lines,
  type ObjectOptions,
  type PatternBatch,
  pictureObject,
  planSimulation,
  randomField,
  rasterPositions,
  readPicture,
  scanArrays,
  type ScanPath,
  scanPath,
  type ScanPathOptions,
  siemensStar,
  type SimulatedFile,
  type SimulatedScan,
  simulatePatterns,
  type SimulatePatternsOptions,
  simulateScan,
  simulateToFiles,
  type SimulateToFilesOptions,
  type SimulationPlan,
  textObject,
} from "./src/simulation/mod.ts";

export type {
  Executor,
  ExecutorFileContext,
  ExecutorLimits,
  JobStatus,
  OpenExecutor,
} from "./src/study/mod.ts";

export {
  diskProbe,
  gaussianProbe,
  lensProbe,
  type LensProbeOptions,
  type ModesOptions,
  type ProbeExtent,
  probeExtent,
  probeModes,
  propagateProbe,
  type ZonePlateOptions,
  zonePlateProbe,
} from "./src/physics/mod.ts";

export {
  type Arrival,
  arrivalFromJson,
  arrivalFromNpz,
  type ArrivalOptions,
  arrivalsInFolder,
  arrivalsInLines,
  discOverlap,
  groupCentreOverlap,
  groupOverlap,
  inspectScan,
  joinScans,
  neighbourOverlap,
  openScan,
  type OpenScanOptions,
  type OverlapOptions,
  type Scan,
  type ScanOverlap,
  scanOverlap,
  type ScanOverlapOptions,
  type ScanSet,
} from "./src/scan/mod.ts";

export {
  chooseSettings,
  evaluateMisfit,
  type EvaluateOptions,
  initialFrom,
  type InitialState,
  type Misfit,
  type Solution,
  solutionArrays,
  type SolutionState,
  solve,
  type SolvedFolder,
  type SolveOptions,
  type SolverEpoch,
  SolverError,
  solveToFolder,
  type SolveToFolderOptions,
  writeSolution,
} from "./src/solver/mod.ts";
