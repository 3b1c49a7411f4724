/**
 * Work of each kind of job: a command with arguments, or a function.
 *
 * @module
 */
import { OptionError } from "../../common/mod.ts";
import { linkTo, makeFolder, type ProcessUsage, realPath, runProcess } from "../../host/mod.ts";
import type { Kind } from "../file/schema.ts";
import type { Job } from "../plan/job.ts";
import { writeReport } from "../report/write.ts";
import { importScan, makeView, type ViewSettings } from "../views/make_view.ts";
import { inputPath } from "./inputs.ts";
import type { JobLog } from "./log.ts";
import type { Facts } from "./results.ts";

/** Context of a job. */
export interface WorkContext {
  /** Folder of the study. */
  readonly dir: string;
  /** Folder that foreign programs start in. */
  readonly home: string;
  /** Folder for results; becomes `out` when whole. */
  readonly out: string;
  /** Go on from what an attempt before left in `out`. */
  readonly resume: boolean;
  readonly log: JobLog;
  readonly signal: AbortSignal;
  /** Roles of the inputs that are there. */
  readonly roles: readonly string[];
  /** Runs one of Plica's commands to its exit code. */
  runCommand(args: readonly string[], log: JobLog): Promise<number>;
}

/** Outcome of the work. */
export interface WorkEnd {
  readonly code: number;
  readonly signal?: string | null;
  readonly facts?: Facts;
  /** Of a foreign program. */
  readonly usage?: ProcessUsage;
}

type Work = (job: Job, context: WorkContext) => Promise<WorkEnd>;

/** Does the work of a job. */
export function work(job: Job, context: WorkContext): Promise<WorkEnd> {
  return WORK[job.kind](job, context);
}

/** Kinds that go on from their own checkpoint with the same result as a run that was not interrupted. */
export const RESUMES_EXACTLY: ReadonlySet<Kind> = new Set(["train"]);
/** Kinds that have a checkpoint at all. */
export const RESUMES: ReadonlySet<Kind> = new Set(["train", "reconstruct"]);

const WORK: Readonly<Record<Kind, Work>> = {
  simulate: command((_, { out }) => [`--output-file=${out}/scan.npz`]),
  import: async (job, { dir, out }) => {
    const split = job.settings.split === "y" ? "y" : "none";
    await importScan(inputPath(dir, job.inputs.data), { split, out });
    return { code: 0 };
  },
  view: async (job, { dir, out, log }) => {
    const scans = Object.fromEntries(
      Object.entries(job.inputs).map(([split, input]) => [split, inputPath(dir, input)]),
    );
    // the settings come from the checked study by way of job.json
    const settings = job.settings as unknown as ViewSettings;
    const facts = await makeView(scans, settings, { out, onLine: (line) => log.write(`${line}\n`) });
    return { code: 0, facts };
  },
  train: command((job, { dir, out, resume }) => [
    `--train-data-file=${inputPath(dir, job.inputs.data)}`,
    `--output-dir=${out}`,
    ...(resume ? ["--resume=last"] : []),
  ]),
  infer: command((job, { dir, out }) => [
    `--model-path=${inputPath(dir, job.inputs.model)}`,
    `--test-data-file=${inputPath(dir, job.inputs.data)}`,
    `--output-dir=${out}`,
    "--overwrite",
  ]),
  reconstruct: command((job, { dir, out, resume }) => [
    `--data-file=${inputPath(dir, job.inputs.data)}`,
    `--output-dir=${out}`,
    "--overwrite",
    ...(job.inputs.initial && !resume ? [`--initial-from=${inputPath(dir, job.inputs.initial)}`] : []),
    ...(resume ? ["--resume=last"] : []),
  ]),
  command: runForeign,
  compare: async (job, context) => {
    const { dir, out, roles } = context;
    // the names of the links are the names in the tables
    const links = `${out}/in`;
    await makeFolder(links);
    const images = await Promise.all(
      roles.filter((role) => role.startsWith("image:")).map(async (role) => {
        const link = `${links}/${role.slice("image:".length)}.npz`;
        await linkTo(await realPath(inputPath(dir, job.inputs[role])), link);
        return link;
      }),
    );
    const reference = inputPath(dir, job.inputs.reference);
    const files = [
      `--reference=${reference}`,
      `--output-dir=${out}`,
      "--overwrite",
      "--keep-going",
      "--save-npz-aligned",
    ];
    return { code: await context.runCommand(["compare", ...job.args, ...files, ...images], context.log) };
  },
  report: async (job, { dir, out }) => {
    await writeReport(dir, job, { out });
    return { code: 0 };
  },
};

/** One of Plica's commands with the flags of the job, its files, and those flags that name a file. */
function command(filesOf: (job: Job, context: WorkContext) => readonly string[]): Work {
  return async (job, context) => {
    const flags = Object.entries(job.inputs).filter(([role]) => role.startsWith("flag:"))
      .map(([role, input]) => `${role.slice("flag:".length)}=${inputPath(context.dir, input)}`);
    // several jobs share a machine: each takes the processors that it was given
    const threads = job.args.some((word) => word.startsWith("--threads="))
      ? []
      : [`--threads=${job.resources.cpus}`];
    const args = [job.kind, ...job.args, ...threads, ...flags, ...filesOf(job, context)];
    return { code: await context.runCommand(args, context.log) };
  };
}

async function runForeign(job: Job, context: WorkContext): Promise<WorkEnd> {
  const { home, out, log, signal, dir } = context;
  const holes: Readonly<Record<string, string>> = {
    input: await realPath(inputPath(dir, job.inputs.data)),
    output: await realPath(out),
    seed: String(job.settings.seed),
    cpus: String(job.resources.cpus),
    ...Object.fromEntries(Object.entries(job.axes).map(([axis, value]) => [axis, String(value)])),
  };
  const call = job.args.map((word) =>
    word.replace(/\{([a-z]+)\}/g, (hole, name: string) => holes[name] ?? refuse(hole, holes))
  );
  log.write(`${call.join(" ")}\n`);
  const end = await runProcess(call, { cwd: home, signal, onOutput: (text) => log.write(text) });
  return { code: end.code, signal: end.signal, usage: end };
}

function refuse(hole: string, holes: Readonly<Record<string, string>>): never {
  throw new OptionError({
    option: "command",
    found: hole,
    expected: `one of ${Object.keys(holes).map((name) => `{${name}}`).join(", ")}`,
    remedy: "correct the command in the study file",
  });
}
