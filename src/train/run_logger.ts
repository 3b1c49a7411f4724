/**
 * What a training run tells whoever keeps records of it: numbers, pictures, files.
 *
 * @module
 */
import type { ResolvedConfig } from "../config/resolve.ts";

/** What a run is, told once before its first step. */
export interface RunInfo {
  readonly config: ResolvedConfig;
  /** Files that it is trained on. */
  readonly trainingData: readonly { file: string; sha256: string }[];
  /** For people: `wasm (relaxed SIMD, 2 threads)`. */
  readonly device: string;
  /** Folder of the run. */
  readonly outputDir: string;
  /** Steps that an earlier part of the same run has done; 0 for a new run. Later values of a step replace earlier ones. */
  readonly resumedAtStep: number;
}

/** How a run ended. */
export type RunStatus = "finished" | "interrupted" | "failed";

/**
 * Keeps records of a run. The run awaits `start` and `finish`; the others only take note and must return at once.
 * Whatever goes wrong with the record is the logger's own affair: it reports once and never throws.
 */
export interface RunLogger {
  start(info: RunInfo): void | Promise<void>;
  /** Numbers after `step` updates of the weights: `train_loss`, `val_loss`, `learning_rate`, ... */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  /** A picture as PNG: `preview_amplitude`, `preview_phase`, `loss`. */
  image(step: number, name: string, png: Uint8Array): void;
  /** A file that now is what it will stay: the bundle, the loss curve, the settings. */
  artifact(path: string): void;
  /** Told once, also when the run failed. */
  finish(status: RunStatus): void | Promise<void>;
}

/** One logger that hands everything on to several. */
export function joinLoggers(loggers: readonly RunLogger[]): RunLogger {
  const all = (tell: (logger: RunLogger) => void | Promise<void>) => Promise.all(loggers.map(tell));
  return {
    start: async (info) => void await all((logger) => logger.start(info)),
    scalars: (step, values) => loggers.forEach((logger) => logger.scalars(step, values)),
    image: (step, name, png) => loggers.forEach((logger) => logger.image(step, name, png)),
    artifact: (path) => loggers.forEach((logger) => logger.artifact(path)),
    finish: async (status) => void await all((logger) => logger.finish(status)),
  };
}
