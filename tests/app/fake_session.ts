/**
 * A session that keeps what is written to it.
 *
 * @module
 */
import { main } from "../../src/app/main.ts";
import type { EndSignal, Session } from "../../src/app/shell/session.ts";

/** A session for tests. */
export interface FakeSession extends Session {
  readonly out: string;
  readonly err: string;
  /** As Ctrl-C does, or the signal of that name. */
  interrupt(signal?: EndSignal): void;
}

/** Thrown in place of the end of the process. */
export class Exited extends Error {
  constructor(readonly code: number) {
    super(`exited with ${code}`);
  }
}

/** Opens a session on nothing. */
export function fakeSession(
  options: {
    terminal?: boolean;
    debug?: boolean;
    columns?: number;
    /** Standard input; nothing by default. */
    stdin?: ReadableStream<Uint8Array>;
  } = {},
): FakeSession {
  const listeners = new Set<(signal: EndSignal) => void>();
  const written = { out: "", err: "" };
  return {
    stdout: (text) => void (written.out += text),
    stderr: (text) => void (written.err += text),
    stdin: () => options.stdin ?? new Blob([]).stream(),
    get out() {
      return written.out;
    },
    get err() {
      return written.err;
    },
    terminal: options.terminal ?? false,
    columns: options.columns ?? 100,
    debug: options.debug ?? false,
    program: [Deno.execPath(), "run", "-A", new URL("../../cli.ts", import.meta.url).pathname],
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    interrupt: (signal = "SIGINT") => listeners.forEach((listener) => listener(signal)),
    exit(code) {
      throw new Exited(code);
    },
  };
}

/** Runs the program in this process. */
export async function runPlica(
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const session = fakeSession();
  const code = await main(args, session);
  return { code, out: session.out, err: session.err };
}
