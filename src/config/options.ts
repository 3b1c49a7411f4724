/**
 * The shape that the options of every task share: `(scan, { config, device, ... })`, where `config` is resolved or
 * holds some settings only, and an unknown name is refused.
 *
 * @module
 */
import { type Logger, nearest, OptionError, silentLogger } from "../common/mod.ts";
import { resolveConfig, type ResolvedConfig } from "./resolve.ts";
import type { PartialConfig } from "./schema.ts";

/** A configuration as a task takes it: resolved, or some settings of some sections over the defaults. */
export type ConfigInput = ResolvedConfig | PartialConfig;

/**
 * Throws `OptionError` for a key of `options` that is not among `known`, with the nearest one. An unknown key with the value
 * undefined is refused as well. `what` names the task in the message.
 *
 * @example
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * throws(
 *   () => refuseUnknown({ batchsize: 4 }, ["config", "batchSize"], "solve"),
 *   /batchsize: .* did you mean batchSize\?/,
 * );
 * ```
 */
export function refuseUnknown(options: object, known: readonly string[], what: string): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const close = nearest(unknown, known);
  throw new OptionError({
    option: unknown,
    found: `an option that ${what} does not know`,
    expected: `one of ${known.join(", ")}`,
    remedy: close === undefined ? "leave it out" : `did you mean ${close}?`,
  });
}

/**
 * Resolves settings over the defaults, as the layer `program`, and logs its notices; a resolved configuration is returned as
 * it is. Throws `ConfigError` for an unknown setting, a value out of range or settings that contradict each other.
 */
export function resolvedConfig(config: ConfigInput = {}, logger: Logger = silentLogger): ResolvedConfig {
  if (isResolved(config)) return config;
  const resolved = resolveConfig([{ layer: "program", values: config }]);
  for (const notice of resolved.notices) logger.info(notice);
  return resolved;
}

function isResolved(config: ConfigInput): config is ResolvedConfig {
  return "values" in config && "provenance" in config;
}
