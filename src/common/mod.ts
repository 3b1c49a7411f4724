/**
 * Words that every wing shares: errors of one line, log and progress interfaces, names for flags, pauses for long loops.
 *
 * In go plain values, out come plain values: nothing here reads a file, a clock of the day or a device. Imports nothing;
 * every wing may import it.
 *
 * @module
 */
export {
  ConfigError,
  DataError,
  type DataErrorParts,
  describeNames,
  describeOthers,
  describeShape,
  messageOf,
  OptionError,
} from "./errors.ts";
export { breather, pause, yieldToEvents } from "./events.ts";
export { jsonText, MAX_NESTING, nestsDeeper, parseJson } from "./json.ts";
export { type Logger, type ProgressEvent, type ProgressListener, silentLogger } from "./logger.ts";
export { escapeMarkup, unescapeMarkup } from "./markup.ts";
export { fileName, kebab, nearest } from "./names.ts";
export { isRecord } from "./values.ts";
export { PLICA_VERSION } from "./version.ts";
