/**
 * The process as commands see it: where text goes, how wide the terminal is, whether the user interrupted.
 * Tests hand in a session of their own.
 *
 * @module
 */

/** Ctrl-C, or a system or scheduler that ends the program. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** The outside world of one run of the program. */
export interface Session {
  /** Writes to standard output as it is; the caller ends its lines. */
  stdout(text: string): void;
  /** Writes to standard error as it is. */
  stderr(text: string): void;
  /** Standard input; to be asked for once. */
  stdin(): ReadableStream<Uint8Array>;
  /** True where standard error is a terminal, so that a bar can be drawn. */
  readonly terminal: boolean;
  /** Width of the terminal, in characters. */
  readonly columns: number;
  /** Stack traces and debug lines are wanted (`PLICA_DEBUG` is set). */
  readonly debug: boolean;
  /** The command that starts this program again, to which arguments are added. */
  readonly program: readonly string[];
  /** Calls `listener` on SIGINT or SIGTERM; returns a function that stops listening. */
  onInterrupt(listener: (signal: EndSignal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
}
