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

/** Returns the session of the running process. */
export function processSession(): Session {
  const encoder = new TextEncoder();
  // where it is not set, the Vulkan loader of Linux complains about it on standard error
  const hushed = Deno.build.os === "linux" && !Deno.env.get("XDG_RUNTIME_DIR");
  if (hushed) Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("TMPDIR") ?? "/tmp");
  return {
    stdout: (text) => writeAll(Deno.stdout, encoder.encode(text)),
    stderr: (text) => writeAll(Deno.stderr, encoder.encode(text)),
    stdin: () => Deno.stdin.readable,
    terminal: Deno.stderr.isTerminal(),
    columns: columnsOf(),
    debug: Boolean(Deno.env.get("PLICA_DEBUG")),
    program: programCommand(),
    onInterrupt,
    exit: (code) => Deno.exit(code),
  };
}

/** A compiled program is its own command. */
function programCommand(): string[] {
  const interpreted = /[\\/]deno(\.exe)?$/.test(Deno.execPath());
  return interpreted ? [Deno.execPath(), "run", "-A", Deno.mainModule] : [Deno.execPath()];
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
  } catch (error) {
    // whoever read it has seen enough, as in `plica inspect scan.npz | head`
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function columnsOf(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 100; // no terminal at all
  }
}

function onInterrupt(listener: (signal: EndSignal) => void): () => void {
  // Windows knows no SIGTERM
  const signals: readonly EndSignal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  const listeners = signals.map((signal) => [signal, () => listener(signal)] as const);
  for (const [signal, listen] of listeners) Deno.addSignalListener(signal, listen);
  return () => {
    for (const [signal, listen] of listeners) Deno.removeSignalListener(signal, listen);
  };
}
