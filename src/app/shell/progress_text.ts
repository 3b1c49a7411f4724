/**
 * Progress as text: a line, or a bar of a terminal.
 *
 * @module
 */
import type { ProgressEvent } from "../../common/mod.ts";

/** `train: 12 of 64 steps, epoch 1, loss 197.1, 8 s left`. */
export function progressText(event: ProgressEvent, elapsedMs: number): string {
  return [`${event.phase}: ${event.done} of ${event.total} ${event.unit}`, ...details(event, elapsedMs)].join(
    ", ",
  );
}

/** Returns a bar of at most `columns` characters, with the values of the event and the time left. */
export function barText(event: ProgressEvent, elapsedMs: number, columns: number): string {
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
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}
