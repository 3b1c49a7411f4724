/**
 * The error of a configuration that cannot be used.
 *
 * @module
 */

/** A setting, a configuration file or a combination of settings is wrong. The message is one line. */
export class ConfigError extends Error {
  override name = "ConfigError";
}
