/**
 * Configuration files: JSON or YAML.
 *
 * @module
 */
import { ConfigError } from "../common/mod.ts";
import { type ConfigLayer, isRecord } from "./layers.ts";

/** The layer of a configuration file. The `config.json` of an earlier run is accepted as it is. */
export async function readConfigFile(path: string): Promise<ConfigLayer> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : "it cannot be read";
    throw new ConfigError(`--config ${path}: ${reason}`, { cause: error });
  }
  return await parseConfig(text, path);
}

/**
 * The layer in `text`; a name that ends in `.json` is read as JSON, everything else as YAML.
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
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${source}: not valid JSON: ${firstLine(error)}`, { cause: error });
  }
}

async function parseYaml(text: string, source: string): Promise<unknown> {
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
