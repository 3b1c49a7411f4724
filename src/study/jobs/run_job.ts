/**
 * Runs one job from its folder: what every executor calls, on whatever machine.
 *
 * @module
 */
import { ConfigError, isRecord } from "../../common/mod.ts";
import {
  makeFolder,
  namesIn,
  ownProcess,
  ownUsage,
  type ProcessUsage,
  readTextIfThere,
  removeAll,
  renamePath,
} from "../../host/mod.ts";
import type { Job, Plan } from "../plan/job.ts";
import { CommandEnd, failureOf, reasonOf } from "./causes.ts";
import { fetchCached, storeCached } from "./cache.ts";
import { inputDamage, type InputState, verdictOf } from "./inputs.ts";
import { lockJob } from "./job_lock.ts";
import { type JobLog, openJobLog } from "./log.ts";
import { checkResults, describeResults, digestOfAll } from "./results.ts";
import {
  type Attempt,
  isFinal,
  jobPaths,
  readState,
  type Reason,
  type StateRecord,
  writeState,
} from "./state.ts";
import { RESUMES, RESUMES_EXACTLY, work } from "./work.ts";

/** Services that the calling process gives to {@linkcode runJob}. */
export interface JobHost {
  /** Runs one of Plica's commands to its exit code; its text goes to the log. */
  runCommand(args: readonly string[], log: JobLog): Promise<number>;
  readonly signal: AbortSignal;
  readonly executor: string;
  /** Id of the job at the executor. */
  readonly executorId: string;
}

/** A job as its folder describes it. */
export interface StoredJob {
  readonly job: Job;
  readonly study: Pick<Plan, "name" | "folder" | "retries" | "cache">;
}

/** Reads a job. Throws `ConfigError` where there is none of that hash. */
async function readJob(dir: string, hash: string): Promise<StoredJob> {
  const path = jobPaths(dir, hash).job;
  const text = /^[0-9a-f]{16}$/.test(hash) ? await readTextIfThere(path) : undefined;
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (isRecord(value) && isRecord(value.job) && isRecord(value.study)) return value as unknown as StoredJob;
  throw new ConfigError(
    `${path}: found no job, expected a folder that plica study run made; check the folder and the hash`,
  );
}

/** Looks at the inputs, runs the job, checks its results and writes its state. Resolves to that state. */
export async function runJob(dir: string, hash: string, host: JobHost): Promise<StateRecord> {
  const stored = await readJob(dir, hash);
  await using _lock = await lockJob(dir, hash, host);
  const before = await readState(dir, hash);
  const record = await runStored(dir, stored, { before, host });
  await writeState(dir, hash, record);
  return record;
}

interface Run {
  readonly before: StateRecord | undefined;
  readonly host: JobHost;
}

async function runStored(dir: string, stored: StoredJob, { before, host }: Run): Promise<StateRecord> {
  const { job, study } = stored;
  const attempts = before?.attempts ?? [];
  const makers = await statesOf(dir, job);
  const verdict = verdictOf(job, (hash) => inputState(makers.get(hash)));
  if (verdict.kind === "waiting") {
    throw new ConfigError(
      `job ${job.hash}: found inputs that are not there yet, expected them all; run the study`,
    );
  }
  if (verdict.kind !== "ready") return { state: verdict.kind, reason: verdict.reason, attempts };
  for (const role of Object.keys(verdict.digests)) {
    const input = job.inputs[role];
    const reason = await inputDamage(dir, input, "job" in input ? makers.get(input.job) : undefined);
    if (reason) return { state: "blocked", reason, attempts };
  }
  const cached = study.cache === undefined
    ? undefined
    : await fetchCached(study.cache, { dir, hash: job.hash });
  if (cached) return { ...cached, attempts, inputs: verdict.digests, cached: true };
  const record = await attempt(dir, stored, { attempts, host, digests: verdict.digests });
  if (study.cache !== undefined && record.state === "success") {
    await storeCached(study.cache, { dir, hash: job.hash, record });
  }
  return record;
}

async function statesOf(dir: string, job: Job): Promise<Map<string, StateRecord>> {
  const states = new Map<string, StateRecord>();
  for (const input of Object.values(job.inputs)) {
    const state = "job" in input && !states.has(input.job) ? await readState(dir, input.job) : undefined;
    if (state && "job" in input) states.set(input.job, state);
  }
  return states;
}

/** A job does not wait: what is not there when it begins is missing. */
function inputState(state: StateRecord | undefined): InputState {
  return state && isFinal(state.state) ? state : undefined;
}

interface Trial {
  readonly attempts: readonly Attempt[];
  readonly host: JobHost;
  readonly digests: Readonly<Record<string, string>>;
}

async function attempt(dir: string, { job, study }: StoredJob, trial: Trial): Promise<StateRecord> {
  const { attempts, host, digests } = trial;
  const { folder, out: final, log: logPath } = jobPaths(dir, job.hash);
  const number = attempts.length + 1;
  const out = `${folder}/out.part-${number}`;
  const resumed = await prepareOut(job, { folder, out, last: attempts.at(-1) });
  const started = performance.now();
  const first: Attempt = {
    number,
    process: await ownProcess(),
    executor: host.executor,
    executorId: host.executorId,
    started: new Date().toISOString(),
    resumed,
  };
  await writeState(dir, job.hash, { state: "running", attempts: [...attempts, first], inputs: digests });
  const used = await ownUsage();
  const close = async (
    end: Pick<Attempt, "returncode" | "reason" | "signal">,
    foreign?: ProcessUsage,
  ): Promise<Attempt> => {
    const now = await ownUsage();
    return {
      ...first,
      ended: new Date().toISOString(),
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: now.cpuSeconds - used.cpuSeconds + (foreign?.cpuSeconds ?? 0),
      peakBytes: foreign?.peakBytes ?? now.peakBytes,
      ...end,
    };
  };
  using log = openJobLog(logPath(number));
  try {
    const roles = Object.keys(digests);
    const end = await work(job, {
      dir,
      home: study.folder,
      out,
      resume: resumed,
      log,
      signal: host.signal,
      roles,
      runCommand: host.runCommand,
    });
    if (end.code !== 0) {
      throw new CommandEnd(end, await failureOf(end, { log, folder, interrupted: host.signal.aborted }));
    }
    const checked = await checkResults(job, out);
    await removeAll(`${out}/in`);
    await removeAll(final);
    await renamePath(out, final);
    const results = await describeResults(final);
    return {
      state: "success",
      attempts: [...attempts, await close({ returncode: 0 }, end.usage)],
      results,
      digest: await digestOfAll(results),
      inputs: digests,
      facts: { ...checked, ...end.facts },
    };
  } catch (error) {
    const reason = await reasonOf(error, folder);
    log.write(`${reason.code}: ${reason.text}\n`);
    const code = error instanceof CommandEnd ? error.end.code : undefined;
    const state = stateOf(reason, { attempts, retries: study.retries });
    if (state !== "lost") await removeAll(out);
    return {
      state,
      reason,
      attempts: [...attempts, await close({ reason, ...(code === undefined ? {} : { returncode: code }) })],
      inputs: digests,
    };
  }
}

/** Interrupted attempts are tried again, until the same thing has happened too often. */
function stateOf(
  { code }: Reason,
  { attempts, retries }: { readonly attempts: readonly Attempt[]; readonly retries: number },
): StateRecord["state"] {
  if (code === "too-few") return "skipped";
  if (code !== "timeout" && code !== "signal") return "failed";
  const same = attempts.filter(({ reason }) => reason?.code === code).length;
  return code === "timeout" && same >= Math.max(1, retries) ? "failed" : "lost";
}

/** Leaves the newest unfinished output where the job goes on from it, and removes all others. */
async function prepareOut(
  job: Job,
  { folder, out, last }: {
    readonly folder: string;
    readonly out: string;
    readonly last: Attempt | undefined;
  },
): Promise<boolean> {
  const parts = (await namesIn(folder)).filter((name) => /^out\.part-\d+$/.test(name))
    .sort((a, b) => Number(a.split("-")[1]) - Number(b.split("-")[1]));
  const newest = parts.pop();
  for (const name of parts) await removeAll(`${folder}/${name}`);
  const held = last?.reason?.code === "timeout" || last?.reason?.code === "signal";
  const resumes = RESUMES_EXACTLY.has(job.kind) || RESUMES.has(job.kind) && held;
  if (newest !== undefined && resumes && await hasCheckpoint(`${folder}/${newest}`)) {
    await renamePath(`${folder}/${newest}`, out);
    return true;
  }
  if (newest !== undefined) await removeAll(`${folder}/${newest}`);
  await makeFolder(out);
  return false;
}

async function hasCheckpoint(out: string): Promise<boolean> {
  const names = await namesIn(out);
  return names.includes("checkpoints") || names.includes("reconstruction.npz");
}
