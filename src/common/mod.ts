/**
 * The door of `common`.
 *
 * @module
 */
export { ConfigError } from "./config_error.ts";
export {
  DataError,
  type DataErrorParts,
  describeNames,
  describeOthers,
  describeShape,
  messageOf,
  OptionError,
} from "./errors.ts";
export { yieldToEvents } from "./events.ts";
export { jsonText, MAX_NESTING, nestsDeeper, parseJson } from "./json.ts";
export { type Logger, type ProgressEvent, type ProgressListener, silentLogger } from "./logger.ts";
export { kebab, nearest } from "./names.ts";
export { PLICA_VERSION } from "./version.ts";
