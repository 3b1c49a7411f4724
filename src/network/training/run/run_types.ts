/**
 * What a training run is given, tells its caller and ends with.
 *
 * @module
 */
import type { Logger, ProgressListener } from "../../../common/mod.ts";
import type { ResolvedConfig } from "../../../config/mod.ts";
import type { StoredArray } from "../../../formats/mod.ts";
import type { Model } from "../../model/model.ts";
import type { Scan } from "../../../scan/mod.ts";
import type { CompleteBatch } from "../data/batch_inputs.ts";
import type { Batch } from "../data/batches.ts";
import type { Budget } from "./budget.ts";
import type { PatchLog } from "../patch_stats.ts";
import type { TrainingPlan } from "../plan.ts";
import type { EpochReport } from "./reports.ts";
import type { Snapshot } from "./run_state.ts";
import type { Trainer } from "../trainer.ts";

/** What is kept of a run while it goes on. */
export interface RunListeners {
  /**
   * Is given the state after each epoch. `best` is true where it is the best so far; `snapshot` copies out what a later
   * run goes on from.
   */
  readonly onEpoch?: (
    report: EpochReport,
    state: { model: Model; best: boolean; snapshot(): Promise<Snapshot> },
  ) => Promise<void>;
  /** Is given the state inside an epoch, as often as `checkpointEvery` asks, and where the run is interrupted. */
  readonly onCheckpoint?: (snapshot: Snapshot) => Promise<void>;
  readonly onProgress?: ProgressListener;
  readonly logger?: Logger;
  /** Ends the run after the present step; what was reached is returned, marked as interrupted. */
  readonly signal?: AbortSignal;
}

/** What a run works with. */
export interface RunParts extends RunListeners {
  readonly scan: Scan;
  readonly config: ResolvedConfig;
  readonly plan: TrainingPlan;
  readonly budget: Budget;
  readonly trainer: Trainer;
  /** Where an earlier run stopped. Default: at the beginning. */
  readonly resume?: Snapshot;
  /** Adds to a batch what it needs beside its patterns. Default: nothing. */
  readonly complete?: CompleteBatch;
  /** Looks at patches as they are learnt. */
  readonly patchLog?: PatchLog;
  /** The held-out batches; undefined where nothing is held out. */
  readonly heldOut?: () => AsyncIterable<Batch>;
  model(weights: ReadonlyMap<string, StoredArray>): Model;
}

/** What a run ends with. */
export interface TrainResult {
  /** The state of the best epoch: the lowest held-out loss where there is one, else that of training, unless asked otherwise. */
  readonly model: Model;
  /** The state at the end. */
  readonly last: Model;
  /** Epochs that were finished, those of resumed parts included. */
  readonly epochs: readonly EpochReport[];
  /** Number of the best epoch; 0 where none was finished. */
  readonly bestEpoch: number;
  /** Updates of the weights, those of resumed parts included. */
  readonly steps: number;
  readonly interrupted: boolean;
  /** The loss stayed for so long that the run ended before its time. */
  readonly stoppedEarly: boolean;
  /** Patterns trained on for each second, over all epochs that were finished. */
  readonly patternsPerSecond: number;
}

/** The loss stopped being a number. */
export class DivergedError extends Error {
  override name = "DivergedError";
}
