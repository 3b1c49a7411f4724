/**
 * Standard error: log lines, and under them at most one bar.
 *
 * @module
 */
import type { Logger, ProgressEvent, ProgressListener } from "../../common/mod.ts";
import type { Session } from "./session.ts";

/** The bar is redrawn at most this often, and plain progress lines are this far apart, in milliseconds. */
const BAR_INTERVAL = 100;
const LINE_INTERVAL = 5000;
const CLEAR_LINE = "\r\x1b[2K";

/** What a command shows while it works. */
export interface Screen {
  /** A whole line; the bar moves down. */
  line(text: string): void;
  /** Draws a bar on a terminal, writes a line now and then elsewhere. */
  readonly progress: ProgressListener;
  /** Takes the bar away. */
  end(): void;
}

/** Opens the screen of a command; `quiet` drops everything. */
export function openScreen(session: Session, { quiet }: { quiet: boolean }): Screen {
  if (quiet) return { line() {}, progress() {}, end() {} };
  let barShown = false;
  let phase = "";
  let started = 0;
  let last = -Infinity;
  const end = () => {
    if (barShown) session.stderr(CLEAR_LINE);
    barShown = false;
  };
  const progress = (event: ProgressEvent) => {
    const now = performance.now();
    if (event.phase !== phase || event.done === 0) {
      [phase, started] = [event.phase, now];
      last = session.terminal ? -Infinity : now; // what is over at once needs no line for its start
    }
    const finished = event.done >= event.total;
    if (!finished && now - last < (session.terminal ? BAR_INTERVAL : LINE_INTERVAL)) return;
    last = now;
    if (!session.terminal) return session.stderr(`${progressText(event, now - started)}\n`);
    session.stderr(CLEAR_LINE + barText(event, now - started, session.columns));
    barShown = true;
  };
  return {
    line(text) {
      end();
      session.stderr(`${text}\n`);
    },
    progress,
    end,
  };
}

/** `train: 12 of 64 steps, epoch 1, loss 197.1, 8 s left`. */
export function progressText(event: ProgressEvent, elapsedMs: number): string {
  return [`${event.phase}: ${event.done} of ${event.total} ${event.unit}`, ...details(event, elapsedMs)].join(
    ", ",
  );
}

function barText(event: ProgressEvent, elapsedMs: number, columns: number): string {
  const part = event.total > 0 ? Math.min(1, event.done / event.total) : 1;
  const filled = Math.round(part * 24);
  const bar = "#".repeat(filled) + ".".repeat(24 - filled);
  const percent = `${Math.floor(100 * part)} %`.padStart(5);
  const text = [`${event.phase} [${bar}] ${percent}`, ...details(event, elapsedMs)].join("  ");
  return text.slice(0, Math.max(0, columns - 1));
}

function details(event: ProgressEvent, elapsedMs: number): string[] {
  const values = Object.entries(event.values ?? {}).map(([name, value]) => `${name} ${shortNumber(value)}`);
  const running = event.done > 0 && event.done < event.total;
  const byPace = running ? elapsedMs / event.done * (event.total - event.done) : NaN;
  const left = event.secondsLeft === undefined ? byPace : 1000 * event.secondsLeft;
  const worthIt = event.secondsLeft === undefined ? elapsedMs > 1000 : left > 500;
  return Number.isFinite(left) && worthIt ? [...values, `${duration(left)} left`] : values;
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

/** `8 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

/** A logger that writes to `screen` through LogTape; debug lines only where `debug` says so. */
export async function openLogger(screen: Screen, { debug }: { debug: boolean }): Promise<Logger> {
  const { configure, getLogger } = await import("../../deps/logtape.ts");
  const names: Record<string, string> = { warning: "warning: ", error: "error: ", debug: "debug: " };
  await configure({
    reset: true,
    sinks: {
      screen: ({ level, properties }) => screen.line((names[level] ?? "") + String(properties.text)),
    },
    loggers: [
      { category: "plica", lowestLevel: debug ? "debug" : "info", sinks: ["screen"] },
      { category: ["logtape", "meta"], lowestLevel: "fatal", sinks: ["screen"] },
    ],
  });
  const logger = getLogger("plica");
  return {
    // the text goes in as a value: braces in a message are no placeholders
    debug: (text, properties) => logger.debug("{text}", { ...properties, text }),
    info: (text, properties) => logger.info("{text}", { ...properties, text }),
    warn: (text, properties) => logger.warn("{text}", { ...properties, text }),
    error: (text, properties) => logger.error("{text}", { ...properties, text }),
  };
}
