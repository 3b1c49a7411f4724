/**
 * Standard error: log lines, and under them at most one bar.
 *
 * @module
 */
import type { Logger, ProgressEvent, ProgressListener } from "../../common/mod.ts";
import { barText, progressText } from "./progress_text.ts";
import type { Session } from "./session.ts";

/** The bar is redrawn at most this often, and plain progress lines are this far apart, in milliseconds. */
const BAR_INTERVAL = 100;
const LINE_INTERVAL = 5000;
const CLEAR_LINE = "\r\x1b[2K";

/** Output of a command while it works. */
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

/** Opens a logger that writes to `screen` through LogTape, debug lines only with `debug`. */
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
