/**
 * The log of an attempt: both streams, cut in the middle where they are long.
 *
 * @module
 */
import { openAppending } from "../../host/mod.ts";

/** Characters kept of the beginning and of the end. */
const HALF = 8 << 20;
/** Characters in which causes are looked for. */
const RECENT = 1 << 14;

/** Takes what a job writes. */
export interface JobLog extends Disposable {
  write(text: string): void;
  /** The last characters that were written. */
  recent(): string;
  /** The last line that was not empty. */
  lastLine(): string;
}

/** Opens a log. Text after the first half is kept in memory until the log is closed, and its middle is dropped. */
export function openJobLog(path: string): JobLog {
  const file = openAppending(path);
  let [written, dropped] = [0, 0];
  let tail = "";
  let recent = "";
  return {
    write(text) {
      recent = (recent + text).slice(-RECENT);
      const room = Math.max(0, HALF - written);
      if (room > 0) file.write(text.slice(0, room));
      written += text.length;
      tail += text.slice(room);
      if (tail.length < 2 * HALF) return;
      dropped += tail.length - HALF;
      tail = tail.slice(-HALF);
    },
    recent: () => recent,
    lastLine: () => recent.split("\n").map((line) => line.trim()).filter(Boolean).at(-1) ?? "",
    [Symbol.dispose]() {
      const over = Math.max(0, tail.length - HALF);
      if (dropped + over > 0) file.write(`\n... ${dropped + over} characters were cut here ...\n`);
      file.write(tail.slice(over));
      file[Symbol.dispose]();
    },
  };
}
