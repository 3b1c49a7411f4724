/**
 * The network: `model` (layers, profiles, frozen quantities, bundles), `training` and `inference`.
 *
 * In: a `Scan` or a `ScanSet`, a configuration, a device. `train` and `trainToFolder` give a `Model`; `reconstruct` takes one
 * and gives the image of a scan, a live reconstruction does so pattern by pattern.
 *
 * Out: models, images with their quality, parts of images (shards), the folder of a run.
 *
 * Inside, `model` imports neither of the others, and `inference` does not import `training`, whose previews are
 * reconstructions. The wing imports all wings below it: `solver` refines a probe before training. `comparison` and `app`
 * import it.
 *
 * @module
 */
export { followArrivals, type FollowOptions, type FollowReport } from "./inference/follow.ts";
export {
  type LiveImage,
  type LiveOptions,
  type LivePatterns,
  type LiveReconstruction,
  openLiveReconstruction,
} from "./inference/live.ts";
export { groupingOf } from "./inference/network.ts";
export { refuseMisfit } from "./inference/predict.ts";
export type { Quality } from "./inference/quality.ts";
export { type QualityFiles, qualitySummary, qualityText, writeQuality } from "./inference/quality_files.ts";
export { reconstruct, type Reconstruction, type ReconstructOptions } from "./inference/reconstruct.ts";
export { type RectScales, rectScales, type RectScalesInput } from "./inference/rect_scales.ts";
export {
  type Merged,
  mergeShards,
  readShard,
  type Shard,
  SHARD_NAME,
  writeShard,
} from "./inference/shards.ts";

export {
  type Candidate,
  type CandidateName,
  type ImageReconstruction,
  reconstructImage,
  type ReconstructImageOptions,
} from "./image/reconstruct.ts";
export {
  encodeImageNetwork,
  type ImageNetwork,
  readImageNetwork,
  shippedImageNetwork,
} from "./image/weights.ts";
export { pretrain, type PretrainOptions, type PretrainReport } from "./image/pretraining/pretrain.ts";

export { bundleContent, type Model, modelOf } from "./model/model.ts";

export { makeProfile } from "./model/profiles/make_profile.ts";
export { encodeModelOnnx } from "./export/export_model.ts";
export { isModelFile, readModelFile } from "./ptychopinn/read_model.ts";
export { modelForScan } from "./model/scan_statistics.ts";
export { openRunLogger, type OpenRunLoggerOptions } from "./training/loggers/open.ts";

export { flatWarning, momentsOf } from "./model/patch_moments.ts";
export { openPatchLog, PatchLog, type PatchStats } from "./model/patch_log.ts";
export { networkSide } from "./model/network_side.ts";
export { type PlanOptions, planTraining, type TrainingPlan } from "./training/plan.ts";
export { type Checkpoint, readCheckpoint } from "./training/run/checkpoint_file.ts";
export { type TrainedFolder, trainToFolder, type TrainToFolderOptions } from "./training/run/folder.ts";
export { checkpointLayer, findCheckpoint, isOf } from "./training/run/resume.ts";
export type {
  ArtifactReport,
  ImageReport,
  RunLogger,
  RunStart,
  RunStatus,
  ScalarReport,
} from "./training/run/run_logger.ts";
export type { RunState, Snapshot } from "./training/run/run_state.ts";
export { selfTest, type SelfTestResult } from "./training/self_test.ts";

export { type TimedPlan, timePlans } from "./training/timed_plan.ts";
export type { EpochReport } from "./training/run/reports.ts";
export { DivergedError, type TrainResult } from "./training/run/run.ts";
export { train, type TrainOptions } from "./training/train.ts";
