/**
 * Interfaces for log lines and progress reports.
 *
 * Library code takes these interfaces and never writes to the console. The command line adapts LogTape to
 * {@linkcode Logger} and draws a bar from {@linkcode ProgressEvent}.
 *
 * @module
 */

/** Receives one-line messages, with values that a program may read in `properties`. */
export interface Logger {
  debug(message: string, properties?: Readonly<Record<string, unknown>>): void;
  info(message: string, properties?: Readonly<Record<string, unknown>>): void;
  warn(message: string, properties?: Readonly<Record<string, unknown>>): void;
  error(message: string, properties?: Readonly<Record<string, unknown>>): void;
}

/** A logger that drops everything: the default of library functions. */
export const silentLogger: Logger = Object.freeze({
  debug() {},
  info() {},
  warn() {},
  error() {},
});

/** A progress report of a long computation. */
export interface ProgressEvent {
  /** Name of the phase: `train`, `validate`, `infer`, `stitch`, ... */
  readonly phase: string;
  /** Units done so far, from 0 to `total`. */
  readonly done: number;
  readonly total: number;
  /** Unit of the counts: `steps`, `patterns`, ... */
  readonly unit: string;
  /** Numbers worth showing beside the bar, such as `{ epoch: 2, loss: 197.1 }`. */
  readonly values?: Readonly<Record<string, number>>;
  /** Seconds to the end of the whole run. Default: extrapolated from the pace of this phase. */
  readonly secondsLeft?: number;
}

/** Called at every step of the work; it must be cheap. */
export type ProgressListener = (event: ProgressEvent) => void;
