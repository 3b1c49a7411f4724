/**
 * Reads all traps in a process of its own.
 *
 * @module
 */
import { TRAPS } from "./traps.ts";

/** What became of the traps. */
export interface Sprung {
  /** Messages by trap, in their order; `accepted` where there was none. */
  readonly refusals: readonly string[];
  /** Traps that were not refused as they should be. */
  readonly faults: readonly string[];
  /** The most memory that the process has held, 0 where the system does not say. */
  readonly peakBytes: number;
}

/** Makes the files in `folder`, then reads one after another in a fresh process. */
export async function springTraps(folder: string): Promise<Sprung> {
  for (const [k, { make }] of TRAPS.entries()) await Deno.writeFile(`${folder}/${k}`, await make());
  const script = new URL("./trap_child.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--quiet", script, folder] });
  const { stdout, stderr, code } = await child.output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  const { refusals, peakBytes } = JSON.parse(new TextDecoder().decode(stdout));
  const faults = TRAPS.flatMap(({ name, refusal }, k) =>
    refusal.test(refusals[k]) ? [] : [`${name}: ${refusals[k]}`]
  );
  return { refusals, faults, peakBytes };
}
