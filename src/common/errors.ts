/**
 * Errors about input, each one clear line: file, key, found, expected, what to do.
 *
 * @module
 */

/** Parts of a {@linkcode DataError}: short texts without a final stop. */
export interface DataErrorParts {
  /** File, address or other name of the source, as the caller knows it. */
  readonly file: string;
  /** Array, entry or field inside the file. */
  readonly key?: string;
  /** The value or state found. */
  readonly found: string;
  /** The value or state required. */
  readonly expected: string;
  /** A way out for the user. */
  readonly remedy: string;
  /** The lower error, if one was caught. */
  readonly cause?: unknown;
}

/** Thrown if a file or an array in it is missing, damaged or against the data contract. */
export class DataError extends Error {
  override name = "DataError";
  readonly file: string;
  readonly key?: string;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;

  constructor(parts: DataErrorParts) {
    const where = parts.key === undefined ? parts.file : `${parts.file}: ${parts.key}`;
    super(oneLine(`${where}: found ${parts.found}, expected ${parts.expected}; ${parts.remedy}`), {
      cause: parts.cause,
    });
    this.file = parts.file;
    this.key = parts.key;
    this.found = parts.found;
    this.expected = parts.expected;
    this.remedy = parts.remedy;
  }
}

/** Parts of an {@linkcode OptionError}. */
export interface OptionErrorParts {
  /** The option in camelCase, as the library names it. */
  readonly option: string;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

/** The call was wrong: an option has a value that cannot work, whatever the data. */
export class OptionError extends Error {
  override name = "OptionError";
  readonly option: string;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;

  constructor(parts: OptionErrorParts) {
    super(oneLine(`${parts.option}: found ${parts.found}, expected ${parts.expected}; ${parts.remedy}`));
    this.option = parts.option;
    this.found = parts.found;
    this.expected = parts.expected;
    this.remedy = parts.remedy;
  }
}

/** A setting, a configuration file or a combination of settings is wrong. The message is one line. */
export class ConfigError extends Error {
  override name = "ConfigError";

  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
  }
}

/** Returns the message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

/** `[516, 64, 64]`, for messages. */
export function describeShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** Lists the names that exist beside a missing one: `only a, b`, or `no entries at all`. */
export function describeOthers(names: readonly string[], kind = "entries"): string {
  return names.length === 0 ? `no ${kind} at all` : `only ${describeNames(names)}`;
}

/** Returns a list for messages, cut after `limit` names. */
export function describeNames(names: readonly string[], limit = 20): string {
  if (names.length === 0) return "nothing";
  const shown = names.slice(0, limit).join(", ");
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}

/** Longest message; what is found may be a damaged name of megabytes. */
const LONGEST_MESSAGE = 2000;

/** Puts a text on one line. Of a very long one the middle is left out: the end says what to do. */
function oneLine(text: string): string {
  const line = text.replace(/\s*[\r\n]+\s*/g, " ").trim();
  if (line.length <= LONGEST_MESSAGE) return line;
  return `${line.slice(0, LONGEST_MESSAGE / 2)} ... ${line.slice(-LONGEST_MESSAGE / 4)}`;
}
