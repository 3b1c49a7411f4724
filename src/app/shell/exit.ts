/**
 * Exit codes, and which error means which.
 *
 * @module
 */
import { ConfigError, kebab, OptionError } from "../../common/mod.ts";

/** Exit codes of the program. */
export const EXIT = Object.freeze({
  done: 0,
  failed: 1,
  usage: 2,
  cannotSubmit: 3,
  interrupted: 130,
  terminated: 143,
});

/** The call itself is wrong: a flag, a combination of flags, an output folder. The message is one line. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The work cannot be handed to what is to do it. */
export class SubmitError extends Error {
  override name = "SubmitError";
}

/** Returns the exit the exit code for `error`, thrown while `signal` was watched. */
export function exitCodeOf(error: unknown, signal: AbortSignal): number {
  const usage = [UsageError, ConfigError, OptionError].some((kind) => error instanceof kind);
  if (usage) return EXIT.usage;
  if (error instanceof SubmitError) return EXIT.cannotSubmit;
  return signal.aborted ? EXIT.interrupted : EXIT.failed;
}

/** Returns the message of `error` on one line; options are named by their flags. */
export function oneLine(error: unknown): string {
  if (error instanceof OptionError) {
    const { option, found, expected, remedy } = error;
    const way = remedy.replace(/the option (\w+)/, (_, name: string) => `--${kebab(name)}`);
    return `--${kebab(option)}: found ${found}, expected ${expected}; ${way}`;
  }
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.split("\n").map((line) => line.trim()).filter(Boolean).join(" ");
}
