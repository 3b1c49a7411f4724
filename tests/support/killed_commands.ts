/**
 * Commands that are killed with SIGKILL at moments of a seeded choice, and called again until they end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decode } from "../../src/deps/fast_png.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { Random } from "../../src/numeric/random.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;

/** A command and what it writes. */
export interface KilledCommand {
  readonly name: string;
  /** Arguments, without the output folder. */
  readonly args: readonly string[];
  /** Added where the command is called again. */
  readonly again: readonly string[];
}

/** What a series of kills came to. */
export interface CommandKills {
  readonly name: string;
  readonly kills: number;
  /** Calls in a row that came to their end after kills. */
  readonly runs: number;
  readonly escaped: number;
  /** SHA-256 of the object, the same for all. */
  readonly object: string;
}

/** Kills a command `kills` times; every time it is called again until it ends, with the object of one undisturbed. */
export async function killCommand(
  { name, args, again }: KilledCommand,
  { folder, kills, seed }: { readonly folder: string; readonly kills: number; readonly seed: number },
): Promise<CommandKills> {
  const begun = performance.now();
  const whole = `${folder}/${name}-undisturbed`;
  assert(await call([...args, "--output-dir", whole]), `${name} failed undisturbed`);
  const milliseconds = performance.now() - begun;
  const object = await hashOf(whole);
  const random = new Random(seed, `kills of ${name}`);
  const report = { kills: 0, runs: 0, escaped: 0 };
  for (let run = 0; report.kills < kills; run++) {
    const out = `${folder}/${name}-${run}`;
    for (let first = true;; first = false) {
      const delay = report.kills < kills ? Math.floor(milliseconds * random.uniform()) : undefined;
      const ended = await call([...args, "--output-dir", out, ...(first ? [] : again)], delay);
      await checkFiles(out);
      if (!ended) report.kills++;
      else if (delay !== undefined) report.escaped++;
      if (ended) break;
    }
    assert.equal(await hashOf(out), object, `${name}, run ${run}`);
    report.runs++;
    await Deno.remove(out, { recursive: true });
  }
  await Deno.remove(whole, { recursive: true });
  return { name, ...report, object };
}

/** True where the command came to its end; killed after `delay` milliseconds. */
async function call(args: readonly string[], delay?: number): Promise<boolean> {
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CLI, ...args],
    stdout: "null",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const said = new Response(child.stderr).text();
  const timer = delay === undefined ? undefined : setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      assert(error instanceof TypeError); // it was faster and is gone
    }
  }, delay);
  const { success, signal } = await child.status;
  clearTimeout(timer);
  assert(success || signal === "SIGKILL", await said);
  await said;
  return success;
}

async function hashOf(folder: string): Promise<string> {
  await using npz = await openNpz(`${folder}/reconstruction.npz`);
  const { data } = await npz.readArray("object");
  const bytes = Float32Array.from(data, Number);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Every file under its final name is whole. */
async function checkFiles(folder: string): Promise<void> {
  for (const path of await filesIn(folder)) {
    if (path.endsWith(".tmp") || path.endsWith(".plica.lock")) continue;
    if (path.endsWith(".npz")) await (await openNpz(path)).close();
    else if (path.endsWith(".png")) decode(await Deno.readFile(path));
    else if (path.endsWith(".svg")) assert.match(await Deno.readTextFile(path), /^<svg [^]*<\/svg>\n$/);
    else if (path.endsWith(".json")) JSON.parse(await Deno.readTextFile(path));
    else if (path.endsWith(".csv")) assert((await Deno.readTextFile(path)).endsWith("\n"), path);
    else assert.fail(`what is ${path}?`);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      paths.push(...(isDirectory ? await filesIn(path) : [path]));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // killed before it made the folder
  }
  return paths;
}
