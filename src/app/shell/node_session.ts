/**
 * The session of a process of Node.
 *
 * @module
 */
import { builtin } from "../../host/mod.ts";
import { listening, NO_TERMINAL, type ProcessSession, writeAll } from "./session.ts";

/** Returns the session of the running process. */
export function nodeSession(): ProcessSession {
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
