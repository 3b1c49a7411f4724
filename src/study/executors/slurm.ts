/**
 * Jobs of a Slurm cluster: arrays of one level and size, each after those before it, whatever became of them.
 *
 * `afterok` would leave a job pending for ever when one of many fails, and `aftercorr` pairs task with task; so arrays
 * follow by `afterany`, and each job looks at its own inputs.
 *
 * @module
 */
import { pause } from "../../common/mod.ts";
import { makeFolder, outputOf, writeFileAtomic } from "../../host/mod.ts";
import type { StudyFile } from "../file/schema.ts";
import type { Job } from "../plan/job.ts";
import { type Executor, ExecutorError, type JobStatus } from "./executor.ts";
import { arraysOf } from "./slurm_arrays.ts";
import { batchScript } from "./slurm_script.ts";

/** Options of {@linkcode slurmExecutor}. */
export interface SlurmOptions {
  readonly dir: string;
  /** The command that starts Plica, to which `study job DIR HASH` is added. */
  readonly program: readonly string[];
  readonly settings: StudyFile["slurm"];
  /** Most jobs of an array at once. */
  readonly jobs?: number;
}

/** Tasks of an array where the site does not say. */
const ARRAY_SIZE = 1001;
/** Ids are handed to the commands in pieces, so that no command line is too long. */
const PIECE = 200;

/** Ids are `ARRAY_TASK`. */
export function slurmExecutor(options: SlurmOptions): Executor {
  return {
    name: "slurm",
    chains: true,
    limits: () => Promise.resolve({ cpus: Infinity, memoryBytes: Infinity, gpus: Infinity, jobs: Infinity }),
    submit: (jobs, { after }) => submit(jobs, after, options),
    poll,
    cancel: async (ids, how) => {
      const args = how === "gently" ? ["--batch", "--signal=INT"] : [];
      for (const piece of piecesOf(ids)) {
        await outputOf(["scancel", ...args, ...piece]).catch(() => undefined);
      }
      if (how !== "gently") return;
      // a signal reaches running jobs alone
      for (const piece of piecesOf(ids)) {
        await outputOf(["scancel", "--state=PENDING", ...piece]).catch(() => undefined);
      }
    },
    wait: pause,
  };
}

async function submit(
  jobs: readonly Job[],
  after: readonly string[],
  options: SlurmOptions,
): Promise<string[]> {
  const size = await arraySize();
  const ids = new Map<string, string>();
  for (const group of arraysOf(jobs, size)) {
    const array = await submitArray(group, { after, ...options });
    for (const [task, job] of group.entries()) ids.set(job.hash, `${array}_${task}`);
  }
  return jobs.map(({ hash }) => ids.get(hash) ?? "");
}

async function submitArray(
  jobs: readonly Job[],
  { after, dir, program, settings, jobs: most }: SlurmOptions & { readonly after: readonly string[] },
): Promise<string> {
  const [{ kind, resources }] = jobs;
  const folder = `${dir}/slurm`;
  await makeFolder(folder);
  const name = `${kind}-${crypto.randomUUID().slice(0, 8)}`;
  await writeFileAtomic(`${folder}/${name}.list`, jobs.map(({ hash }) => `${hash}\n`).join(""));
  await writeFileAtomic(
    `${folder}/${name}.sh`,
    batchScript({ dir, list: `${folder}/${name}.list`, program, prolog: settings.prolog }),
  );
  const limit = Math.min(settings.limit ?? Infinity, most ?? Infinity);
  const arrays = [...new Set(after.map((id) => id.replace(/_.*$/, "")))];
  const { code, stdout, stderr } = await run([
    "sbatch",
    "--parsable",
    `--job-name=plica-${kind}`,
    `--array=0-${jobs.length - 1}${Number.isFinite(limit) ? `%${limit}` : ""}`,
    `--output=${folder}/${name}-%a.out`,
    "--open-mode=append",
    "--requeue",
    "--signal=B:USR1@90",
    `--cpus-per-task=${resources.cpus}`,
    `--mem=${Math.ceil(resources.memoryBytes / 2 ** 20)}M`,
    ...(resources.seconds > 0 ? [`--time=${Math.max(1, Math.ceil(resources.seconds / 60))}`] : []),
    ...(resources.gpus > 0 && settings.gres === undefined ? [`--gres=gpu:${resources.gpus}`] : []),
    ...(resources.gpus > 0 && settings.gres !== undefined ? [`--gres=${settings.gres}`] : []),
    ...(["account", "partition", "qos", "constraint"] as const).flatMap((key) =>
      settings[key] === undefined ? [] : [`--${key}=${settings[key]}`]
    ),
    ...settings.extra,
    ...(arrays.length > 0 ? [`--dependency=afterany:${arrays.join(":")}`] : []),
    `${folder}/${name}.sh`,
  ]);
  const id = /^(\d+)/.exec(stdout.trim())?.[1];
  if (code === 0 && id !== undefined) return id;
  throw new ExecutorError(
    `slurm: sbatch refused ${jobs.length} jobs of kind ${kind}: ${stderr.trim().split("\n").at(-1)}`,
  );
}

async function run(command: readonly string[]) {
  try {
    return await outputOf(command);
  } catch {
    throw new ExecutorError(
      `slurm: found no ${
        command[0]
      } on this machine, expected Slurm's commands; run where jobs are submitted, or use --executor local`,
    );
  }
}

async function arraySize(): Promise<number> {
  const { stdout } = await run(["scontrol", "show", "config"]);
  return Number(/MaxArraySize\s*=\s*(\d+)/.exec(stdout)?.[1] ?? ARRAY_SIZE) || ARRAY_SIZE;
}

const RUNNING = new Set(["RUNNING", "COMPLETING", "SUSPENDED", "STAGE_OUT", "SIGNALING", "STOPPED"]);
const WAITING = new Set([
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_FED",
  "REQUEUE_HOLD",
  "SPECIAL_EXIT",
  "RESIZING",
  "PREEMPTED",
]);

/** Without an accounting database, `squeue` alone knows jobs, for a few minutes after their end as well. */
async function poll(ids: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
  const found = new Map<string, JobStatus>(ids.map((id) => [id, { kind: "gone" }]));
  const arrays = [...new Set(ids.map((id) => id.replace(/_.*$/, "")))];
  for (const piece of piecesOf(arrays)) {
    const { code, stdout } = await listed(piece);
    // ids that are all forgotten are an error to squeue
    if (code !== 0 && piece.length > 1) {
      for (const one of piece) readInto(found, (await listed([one])).stdout);
      continue;
    }
    readInto(found, stdout);
  }
  return found;
}

function listed(arrays: readonly string[]) {
  const columns = "ArrayJobID:.20,ArrayTaskID:.20,State:.24,exit_code:.16";
  const what = ["--noheader", "--array", "--states=all", `--Format=${columns}`];
  return run(["squeue", ...what, `--jobs=${arrays.join(",")}`]);
}

function readInto(found: Map<string, JobStatus>, stdout: string): void {
  for (const line of stdout.split("\n")) {
    const [array, task, state, code = ""] = line.trim().split(/\s+/);
    const id = `${array}_${task}`;
    if (found.has(id)) found.set(id, statusOf(state, code));
  }
}

const SIGNALS: Readonly<Record<number, string>> = { 2: "SIGINT", 6: "SIGABRT", 9: "SIGKILL", 15: "SIGTERM" };

/** `code` as `squeue` gives it: that of `wait`, or `CODE:SIGNAL`. */
function statusOf(state: string, code: string): JobStatus {
  if (RUNNING.has(state)) return { kind: "running" };
  if (WAITING.has(state)) return { kind: "waiting" };
  if (state === "OUT_OF_MEMORY") return { kind: "ended", code: 137 };
  if (state === "CANCELLED") return { kind: "ended", cancelled: true };
  if (state === "COMPLETED") return { kind: "ended", code: 0 };
  if (state !== "FAILED") return { kind: "ended" };
  const [whole, signal] = code.split(":").map(Number);
  const exit = signal === undefined ? whole >> 8 : whole;
  // a shell adds 128 to the number of the signal that ended what it ran
  const by = exit > 128 ? exit - 128 : signal ?? (whole & 127);
  return by > 0 ? { kind: "ended", signal: SIGNALS[by] ?? `signal ${by}` } : { kind: "ended", code: exit };
}

function piecesOf(ids: readonly string[]): string[][] {
  return Array.from(
    { length: Math.ceil(ids.length / PIECE) },
    (_, k) => ids.slice(k * PIECE, (k + 1) * PIECE),
  );
}
