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

/** The session of a process, with its arguments. */
export interface ProcessSession extends Session {
  readonly args: readonly string[];
}

/** Width of a terminal that is none. */
export const NO_TERMINAL = 100;

/** Writes all of it; a pipe that is full is tried again, one that is closed has been read enough of. */
export function writeAll(bytes: Uint8Array, write: (bytes: Uint8Array) => number): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += write(bytes.subarray(done));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // as in `plica inspect scan.npz | head`
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

/** Listens to the signals that end a program; Windows knows no SIGTERM. Returns a function that stops listening. */
export function listening(
  listener: (signal: EndSignal) => void,
  { windows, add, remove }: {
    readonly windows: boolean;
    add(signal: EndSignal, listen: () => void): void;
    remove(signal: EndSignal, listen: () => void): void;
  },
): () => void {
  const signals: readonly EndSignal[] = windows ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  const listeners = signals.map((signal) => [signal, () => listener(signal)] as const);
  for (const [signal, listen] of listeners) add(signal, listen);
  return () => {
    for (const [signal, listen] of listeners) remove(signal, listen);
  };
}
