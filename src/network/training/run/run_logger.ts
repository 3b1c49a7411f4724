/**
 * Reports of a training run besides its log lines: parameters, numbers, pictures, files.
 *
 * @module
 */

/** Report at the start of a run. */
export interface RunStart {
  /** Settings and facts by name (`model.gridsize`, `data`), as text or plain values. */
  readonly parameters: Readonly<Record<string, string | number | boolean | null>>;
  /** Steps that an earlier, resumed run has done; its reports of later steps do not count any more. */
  readonly resumedFrom?: { readonly step: number; readonly epoch: number };
}

/** Numbers of one moment. */
export interface ScalarReport {
  /** After an epoch, or after a single step. */
  readonly of: "epoch" | "step";
  /** Steps done so far in the run. */
  readonly step: number;
  /** The epoch, from 1. */
  readonly epoch: number;
  /** By name: `train_loss`, `val_loss`, `learning_rate`, ... A value that is not known is left out. */
  readonly values: Readonly<Record<string, number | undefined>>;
}

/** A picture. */
export interface ImageReport {
  /** In words without spaces: `loss`, `amplitude`. */
  readonly name: string;
  readonly png: Uint8Array;
  readonly step: number;
}

/** A file that belongs to the run. */
export interface ArtifactReport {
  /** Path of the file, whole when it is reported. */
  readonly path: string;
  /** Path among the artifacts: `checkpoints/best.h5.zip`. Default the name of the file. */
  readonly name?: string;
}

/** Status of a run that is over. */
export type RunStatus = "finished" | "interrupted" | "failed";

/**
 * Receives the reports of one run. `scalars`, `image` and `artifact` return at once where the receiver is far away;
 * none of them fails the run: failed deliveries are written to the log.
 */
export interface RunLogger {
  /** Once, before the first step. */
  start(run: RunStart): Promise<void>;
  scalars(report: ScalarReport): Promise<void>;
  image(report: ImageReport): Promise<void>;
  artifact(report: ArtifactReport): Promise<void>;
  /** Once, at the end; takes bounded time. */
  finish(status: RunStatus): Promise<void>;
}

/** A logger that drops everything. */
export const noRunLogger: RunLogger = Object.freeze({
  start: () => Promise.resolve(),
  scalars: () => Promise.resolve(),
  image: () => Promise.resolve(),
  artifact: () => Promise.resolve(),
  finish: () => Promise.resolve(),
});
