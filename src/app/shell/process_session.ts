/**
 * The session of the running process, in Deno and in Node.
 *
 * @module
 */
import { builtin, systemCode } from "../../host/mod.ts";
import type { EndSignal, Session } from "./session.ts";

/** The session of a process, with its arguments. */
interface ProcessSession extends Session {
  readonly args: readonly string[];
}

/** Returns the session of the running process. */
export function processSession(): ProcessSession {
  return "Deno" in globalThis ? denoSession() : nodeSession();
}

function denoSession(): ProcessSession {
  const encoder = new TextEncoder();
  // where it is not set, the Vulkan loader of Linux complains about it on standard error
  const hushed = Deno.build.os === "linux" && !Deno.env.get("XDG_RUNTIME_DIR");
  if (hushed) Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("TMPDIR") ?? "/tmp");
  const write = (stream: { writeSync(bytes: Uint8Array): number }) => (text: string) =>
    writeAll(encoder.encode(text), (bytes) => stream.writeSync(bytes));
  return {
    args: Deno.args,
    stdout: write(Deno.stdout),
    stderr: write(Deno.stderr),
    stdin: () => Deno.stdin.readable,
    terminal: Deno.stderr.isTerminal(),
    columns: denoColumns(),
    debug: Boolean(Deno.env.get("PLICA_DEBUG")),
    program: denoProgram(),
    onInterrupt: (listener) =>
      listening(listener, {
        windows: Deno.build.os === "windows",
        add: (signal, listen) => Deno.addSignalListener(signal, listen),
        remove: (signal, listen) => Deno.removeSignalListener(signal, listen),
      }),
    exit: (code) => Deno.exit(code),
  };
}

/** A compiled program is its own command. */
function denoProgram(): string[] {
  const interpreted = /[\\/]deno(\.exe)?$/.test(Deno.execPath());
  return interpreted ? [Deno.execPath(), "run", "-A", Deno.mainModule] : [Deno.execPath()];
}

/** Width of a terminal that is none. */
const NO_TERMINAL = 100;

function denoColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return NO_TERMINAL;
  }
}

function nodeSession(): ProcessSession {
  const { writeSync } = builtin("node:fs"), { Readable } = builtin("node:stream");
  const process = builtin("node:process"), encoder = new TextEncoder();
  const write = (descriptor: number) => (text: string) =>
    writeAll(encoder.encode(text), (bytes) => writeSync(descriptor, bytes));
  return {
    args: process.argv.slice(2),
    stdout: write(1),
    stderr: write(2),
    stdin: () => Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
    terminal: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? NO_TERMINAL,
    debug: Boolean(process.env.PLICA_DEBUG),
    program: [process.execPath, process.argv[1]],
    onInterrupt: (listener) =>
      listening(listener, {
        windows: process.platform === "win32",
        add: (signal, listen) => process.on(signal, listen),
        remove: (signal, listen) => process.off(signal, listen),
      }),
    exit: (code) => process.exit(code),
  };
}

/** Writes all of it; a pipe that is full is tried again, one that is closed has been read enough of. */
function writeAll(bytes: Uint8Array, write: (bytes: Uint8Array) => number): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += write(bytes.subarray(done));
    } catch (error) {
      const code = systemCode(error);
      // as in `plica inspect scan.npz | head`
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

/** Listens to the signals that end a program; Windows knows no SIGTERM. Returns a function that stops listening. */
function listening(
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
