/**
 * Reads configuration files.
 *
 * @module
 */
import { files, isMissing } from "../host/mod.ts";
import { ConfigError } from "../common/mod.ts";
import type { ConfigLayer } from "./layers.ts";
import { parseConfig } from "./parse.ts";

/** Largest configuration file that is read. */
const MAX_BYTES = 1 << 24;

/** Reads the layer of a configuration file. The `config.json` of an earlier run is accepted as it is. */
export async function readConfigFile(path: string): Promise<ConfigLayer> {
  let text: string;
  try {
    checkSize((await files.stat(path))?.size ?? 0, `--config ${path}`);
    text = await files.readText(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = isMissing(error) ? "there is no such file" : "it cannot be read";
    throw new ConfigError(`--config ${path}: ${reason}`, { cause: error });
  }
  return await parseConfig(text, path);
}

function checkSize(bytes: number, where: string): void {
  if (bytes <= MAX_BYTES) return;
  throw new ConfigError(`${where}: found ${bytes} bytes, expected a configuration of at most ${MAX_BYTES}`);
}
