/**
 * The text of configuration files: JSON or YAML.
 *
 * @module
 */
import { ConfigError, isRecord, MAX_NESTING, nestsDeeper, parseJson as parseNested } from "../common/mod.ts";
import type { ConfigLayer } from "./layers.ts";

/** Longest YAML: its parser compares every key of a table with every other. */
const MAX_YAML_LENGTH = 1 << 16;
/** A line that opens with more indicators of lists and keys than the nesting that is read. */
const PILED = new RegExp(`^ *([-?:] +){${MAX_NESTING},}`, "m");

/**
 * Parses the layer in `text`; a name that ends in `.json` is read as JSON, everything else as YAML.
 *
 * @throws {ConfigError} where the text is damaged or not a table of settings.
 */
export async function parseConfig(text: string, source: string): Promise<ConfigLayer> {
  const content = source.endsWith(".json") ? parseJson(text, source) : await parseYaml(text, source);
  if (content === null) return { layer: "config", source, values: {} };
  if (!isRecord(content)) {
    throw new ConfigError(`${source}: found ${kindOf(content)}, expected a table of settings`);
  }
  const saved = isRecord(content.values) && isRecord(content.provenance) ? content.values : content;
  return { layer: "config", source, values: saved };
}

function parseJson(text: string, source: string): unknown {
  try {
    return parseNested(text);
  } catch (error) {
    throw new ConfigError(`${source}: not valid JSON: ${firstLine(error)}`, { cause: error });
  }
}

async function parseYaml(text: string, source: string): Promise<unknown> {
  if (text.length > MAX_YAML_LENGTH) {
    const found = `${text.length} characters of YAML`;
    throw new ConfigError(`${source}: found ${found}, expected at most ${MAX_YAML_LENGTH}; write it as JSON`);
  }
  // the parser takes seconds to fail where brackets or indicators pile up
  if (nestsDeeper(text, MAX_NESTING, { plain: true }) || PILED.test(text)) {
    throw new ConfigError(`${source}: not valid YAML: nested deeper than ${MAX_NESTING} levels`);
  }
  const { parse } = await import("../deps/yaml.ts");
  try {
    return parse(text, { logLevel: "error" });
  } catch (error) {
    throw new ConfigError(`${source}: not valid YAML: ${firstLine(error)}`, { cause: error });
  }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0].replace(/:$/, "");
}
