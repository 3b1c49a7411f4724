/**
 * Reports of the epochs of a training run, and their ranking.
 *
 * @module
 */

/** Results of an epoch. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Steps done so far in the run. */
  readonly steps: number;
  /** Mean over the epoch's batches, before each update. */
  readonly trainLoss: number;
  /** Loss of the held-out groups after the epoch; undefined where nothing is held out. */
  readonly valLoss: number | undefined;
  /** Of the last step. */
  readonly learningRate: number;
  /** Mean norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Patterns trained on for each second of the epoch, validation not counted. */
  readonly patternsPerSecond: number;
  readonly seconds: number;
}

/** Returns the held-out loss, or that of training where nothing is held out. */
export function judgedLoss({ valLoss, trainLoss }: EpochReport): number {
  return valLoss ?? trainLoss;
}

/** Ranks epochs. */
export interface Ranking {
  /** `val_loss` is that of training where nothing is held out. */
  readonly monitor: "val_loss" | "train_loss";
  readonly mode: "min" | "max";
}

/** Returns the monitored number; the smaller, the better. */
export function rankOf(report: EpochReport, { monitor, mode }: Ranking): number {
  const value = monitor === "val_loss" ? judgedLoss(report) : report.trainLoss;
  return mode === "min" ? value : -value;
}

/** Returns the `count` best epochs (all for -1), best first; of equals the earlier one. */
export function bestEpochs(
  epochs: readonly EpochReport[],
  { count, ...ranking }: Ranking & { readonly count: number },
): EpochReport[] {
  const sorted = [...epochs].sort((a, b) => rankOf(a, ranking) - rankOf(b, ranking) || a.epoch - b.epoch);
  return count < 0 ? sorted : sorted.slice(0, count);
}

/** Returns the numbers of an epoch by the names of `metrics.csv`. */
export function metricsOf(report: EpochReport): Record<string, number | undefined> {
  return {
    train_loss: report.trainLoss,
    val_loss: report.valLoss,
    learning_rate: report.learningRate,
    gradient_norm: report.gradientNorm,
    patterns_per_second: report.patternsPerSecond,
    seconds: report.seconds,
  };
}
