/**
 * Runs that are killed with SIGKILL at moments of a seeded choice, and gone on with until they end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decode } from "../../src/deps/fast_png.ts";
import { readBundle } from "../../src/formats/bundle.ts";
import { Random } from "../../src/numeric/random.ts";
import { readCheckpoint } from "../../src/network/training/run/checkpoint_file.ts";
import { METRICS_COLUMNS } from "../../src/network/training/loggers/csv.ts";

const CHILD = new URL("./training_child.ts", import.meta.url).href;
/** Steps of the child's run. */
const STEPS = 12;

/** What became of one process. */
export interface Outcome {
  /** Steps that it went on from. */
  readonly resumed: number;
  /** Steps of the last checkpoint that it said was in its place. */
  readonly saved: number;
  /** Steps that it said were done. */
  readonly steps: number;
  /** SHA-256 of the weights, where it came to its end. */
  readonly hash: string | undefined;
}

/** When to kill: after so many lines of the child, and so long after the last of them. */
export interface Moment {
  readonly lines: number;
  readonly delayMs: number;
}

/** Starts the child in `folder`; kills it at `moment` unless it is done before. */
export async function runChild(scan: string, folder: string, moment?: Moment): Promise<Outcome> {
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CHILD, scan, folder],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const said: string[] = [];
  let rest = "";
  let killing: Promise<void> | undefined;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    said.push(...lines);
    if (moment && said.length >= moment.lines) killing ??= kill(child, moment.delayMs);
  }
  await killing;
  const { success, signal } = await child.status;
  assert(success || signal === "SIGKILL", `the child failed: ${said.join(", ")}`);
  const last = (word: string) => said.findLast((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  const resumed = Number(last("resumed") ?? 0);
  return {
    resumed,
    saved: Number(last("saved") ?? resumed),
    steps: Number(last("step") ?? 0),
    hash: last("done"),
  };
}

async function kill(child: Deno.ChildProcess, delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  try {
    child.kill("SIGKILL");
  } catch (error) {
    assert(error instanceof TypeError); // it was faster and is gone
  }
}

/** What a series of kills came to. */
export interface KillReport {
  readonly kills: number;
  /** Runs that came to their end. */
  readonly runs: number;
  /** Processes that were done before they could be killed. */
  readonly escaped: number;
  /** Most steps that a kill cost. */
  readonly lostSteps: number;
}

/**
 * Kills `kills` processes; every run is gone on with until it ends, and must end with the weights of one that nobody
 * disturbed. After every kill each file under its final name is read, and the next process must go on from the last
 * checkpoint that was in its place. `largestDelayMs`: the kill comes up to so long after a line.
 */
export async function killAndResume(
  { scan, folder, kills, seed, largestDelayMs, onKill }: {
    readonly scan: string;
    readonly folder: string;
    readonly kills: number;
    readonly seed: number;
    readonly largestDelayMs: number;
    readonly onKill?: (line: string) => void;
  },
): Promise<KillReport> {
  const undisturbed = (await runChild(scan, `${folder}/undisturbed`)).hash;
  assert(undisturbed);
  const metrics = await metricsWithoutTimes(`${folder}/undisturbed`);
  const random = new Random(seed, "kills");
  const report = { kills: 0, runs: 0, escaped: 0, lostSteps: 0 };
  for (let run = 0; report.kills < kills; run++) {
    const outputDir = `${folder}/run${run}`;
    let before: Outcome | undefined;
    for (let ended = false; !ended;) {
      // it says where it begins, every step, every second one that it is saved, and its end; beyond that it gets away
      const lines = 2 + Math.ceil(1.5 * (STEPS - (before?.saved ?? 0)));
      const moment = { lines: random.integer(lines + 2), delayMs: random.integer(largestDelayMs + 1) };
      const outcome = await runChild(scan, outputDir, report.kills < kills ? moment : undefined);
      if (before) {
        assert(
          outcome.resumed >= before.saved,
          `${outcome.resumed} of ${before.saved} steps that were saved`,
        );
        report.lostSteps = Math.max(report.lostSteps, before.steps - outcome.resumed);
      }
      await checkFiles(outputDir);
      ended = outcome.hash !== undefined;
      if (ended && report.kills < kills) report.escaped++;
      if (!ended) report.kills++;
      onKill?.(
        `run ${run}: ${ended ? "ended" : `killed at ${JSON.stringify(moment)}`}, ${JSON.stringify(outcome)}`,
      );
      if (ended) assert.equal(outcome.hash, undisturbed);
      before = outcome;
    }
    assert.deepEqual(await metricsWithoutTimes(outputDir), metrics);
    report.runs++;
    await Deno.remove(outputDir, { recursive: true });
  }
  return report;
}

/** Every file under its final name is whole. */
async function checkFiles(folder: string): Promise<void> {
  const names = await filesIn(folder);
  for (const name of names.filter((one) => !one.endsWith(".tmp") && one !== ".plica.lock")) {
    const path = `${folder}/${name}`;
    if (name.startsWith("checkpoints/")) await readCheckpoint(path);
    else if (name.endsWith(".h5.zip")) await readBundle(path);
    else if (name.endsWith(".json")) JSON.parse(await Deno.readTextFile(path));
    else if (name.endsWith(".png")) decode(await Deno.readFile(path));
    else if (name.endsWith(".svg")) assert.match(await Deno.readTextFile(path), /^<svg [^]*<\/svg>\n$/);
    else if (name === "metrics.csv") await metricsWithoutTimes(folder);
    else assert.fail(`what is ${name}?`);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) names.push(...(await filesIn(`${folder}/${name}`)).map((inner) => `${name}/${inner}`));
      else names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // killed before it made the folder
  }
  return names.sort();
}

/** The rows of `metrics.csv` without speed and time; whole rows with ascending epochs. */
async function metricsWithoutTimes(folder: string): Promise<string[][]> {
  const text = await Deno.readTextFile(`${folder}/metrics.csv`);
  assert(text.endsWith("\n"), "metrics.csv ends inside a row");
  const [header, ...rows] = text.trimEnd().split("\n").map((line) => line.split(","));
  assert.deepEqual(header, [...METRICS_COLUMNS]);
  rows.forEach((row, k) => {
    assert.equal(row.length, header.length);
    assert.equal(Number(row[0]), k + 1);
  });
  return rows.map((row) => row.slice(0, 6));
}
