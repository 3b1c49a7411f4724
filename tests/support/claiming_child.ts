/**
 * Claims a folder as a process of its own: prints `won` and holds it for some milliseconds (for ever where that is
 * Infinity), or prints `lost` and why.
 *
 * usage: deno run -A claiming_child.ts FOLDER MILLISECONDS
 *
 * @module
 */
import { OptionError } from "../../src/common/errors.ts";
import { claimOutputDir } from "../../src/host/output_folder.ts";

const [folder, milliseconds] = Deno.args;
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
try {
  await using _claim = await claimOutputDir(folder, { overwrite: true });
  say("won");
  const ms = Number(milliseconds);
  await new Promise((resolve) => setTimeout(resolve, Number.isFinite(ms) ? ms : 1e9));
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  say(`lost: ${error.message}`);
}
