/**
 * The session of a process of Deno.
 *
 * @module
 */
import { listening, NO_TERMINAL, type ProcessSession, writeAll } from "./session.ts";

/** Returns the session of the running process. */
export function denoSession(): ProcessSession {
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

function denoColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return NO_TERMINAL;
  }
}
