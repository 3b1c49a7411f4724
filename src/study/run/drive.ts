/**
 * Brings the wanted jobs of a plan to their ends through an executor.
 *
 * @module
 */
import type { Job, Plan } from "../plan/job.ts";
import { type Executor, fits, type JobStatus, sumOf } from "../executors/executor.ts";
import { reasonOfLoss } from "../jobs/causes.ts";
import { type InputState, verdictOf } from "../jobs/inputs.ts";
import { damageOf } from "../jobs/results.ts";
import {
  isFinal,
  jobPaths,
  readState,
  readSubmission,
  type Reason,
  type StateRecord,
  type Submission,
  writeState,
  writeSubmission,
} from "../jobs/state.ts";
import { isAlive, removeAll } from "../../host/mod.ts";
import { ConfigError } from "../../common/mod.ts";
import { holderOf } from "../jobs/job_lock.ts";

/** Selects ended jobs to run again. */
export type Retry = "none" | "failed" | "skipped" | "all";

/** Options of {@linkcode drive}. */
export interface DriveOptions {
  readonly dir: string;
  readonly plan: Plan;
  /** The wanted jobs, in the order of the plan. */
  readonly jobs: readonly Job[];
  readonly executor: Executor;
  readonly retry?: Retry;
  /** No further job is begun after the first that failed. */
  readonly failFast?: boolean;
  /** Aborted by the first interrupt: no new jobs, and those that run write their checkpoints. */
  readonly signal: AbortSignal;
  /** Aborted by the second: they are ended. */
  readonly hurry?: AbortSignal;
  onChange?(job: Job, state: StateRecord): void;
}

const POLL_MS = 500;
const LOCAL_POLL_MS = 200;
/** Checks of a job unknown to its executor before it counts as lost: its state may still arrive. */
const LOOKS = 2;
/** Seconds between the signals to jobs that are to end at once. */
const GRACE_MS = 10_000;

/** Resolves to the hashes of the jobs that were begun. */
export async function drive(options: DriveOptions): Promise<ReadonlySet<string>> {
  const driver = new Driver(options);
  await driver.begin();
  await driver.loop();
  return driver.executed;
}

class Driver {
  readonly executed = new Set<string>();
  /** States of all jobs of the plan, as last read. */
  readonly #states = new Map<string, StateRecord | undefined>();
  /** Executor's ids of the jobs that it has. */
  readonly #handed = new Map<string, string>();
  readonly #missed = new Map<string, number>();
  #stopped = false;

  constructor(readonly options: DriveOptions) {}

  /** Takes up what is there: successes that still hold, jobs that still run. */
  async begin(): Promise<void> {
    const { dir, plan, jobs, executor, retry = "none" } = this.options;
    const wanted = new Set(jobs.map(({ hash }) => hash));
    for (const { hash } of plan.jobs) this.#states.set(hash, await readState(dir, hash));
    const submissions = new Map<string, string>();
    for (const { hash } of jobs) {
      if (isFinal(this.#states.get(hash)?.state)) continue;
      const owner = await ownerOf(dir, hash);
      if (owner?.executor === executor.name) submissions.set(hash, owner.id);
      else if (owner) refuseOther(hash, owner);
    }
    const known = await executor.poll([...submissions.values()]);
    for (const job of plan.jobs) {
      const { hash } = job;
      const state = this.#states.get(hash);
      const id = submissions.get(hash);
      const status = id === undefined ? undefined : known.get(id);
      if (id !== undefined && (status?.kind === "running" || status?.kind === "waiting")) {
        this.#handed.set(hash, id);
        continue;
      }
      if (state?.state === "success") await this.#examine(job, state);
      else if (wanted.has(hash) && this.#again(state, retry)) this.#states.set(hash, reopened(state));
    }
  }

  /** True for a job that this run begins anew. */
  #again(state: StateRecord | undefined, retry: Retry): boolean {
    if (!state) return false;
    if (state.state === "failed") return retry === "failed" || retry === "all";
    if (state.state === "skipped") {
      return retry === "skipped" || retry === "all" || state.reason?.job !== undefined;
    }
    return true;
  }

  /** A success counts while its results are what they were. */
  async #examine(job: Job, state: StateRecord): Promise<void> {
    const { dir } = this.options;
    const damage = await damageOf(jobPaths(dir, job.hash).out, state.results ?? []);
    if (damage === undefined) return;
    const reason: Reason = { code: "input-damaged", text: damage };
    const { digest: _digest, results: _results, ...rest } = state;
    await this.#set(job, { ...rest, state: "failed", reason });
  }

  async loop(): Promise<void> {
    const { executor, signal, hurry } = this.options;
    let asked: "no" | "gently" | "firmly" | "now" = "no";
    let firmly = Infinity;
    for (;;) {
      if (signal.aborted && asked === "no") asked = await this.#ask("gently");
      if (hurry?.aborted && asked === "gently") {
        [asked, firmly] = [await this.#ask("firmly"), performance.now()];
      }
      if (asked === "firmly" && performance.now() - firmly > GRACE_MS) asked = await this.#ask("now");
      await this.#collect();
      const begun = signal.aborted || this.#stopped ? false : await this.#advance();
      if (this.#handed.size === 0 && !begun) return;
      if (this.#handed.size > 0) await executor.wait(executor.chains ? POLL_MS : LOCAL_POLL_MS);
    }
  }

  async #ask<How extends "gently" | "firmly" | "now">(how: How): Promise<How> {
    await this.options.executor.cancel([...this.#handed.values()], how);
    return how;
  }

  /** Reads what became of the jobs that the executor has. */
  async #collect(): Promise<void> {
    const { dir, executor, plan } = this.options;
    const ids = [...this.#handed.values()];
    const statuses = ids.length > 0 ? await executor.poll(ids) : new Map<string, JobStatus>();
    for (const job of plan.jobs) {
      const id = this.#handed.get(job.hash);
      const status = id === undefined ? undefined : statuses.get(id);
      if (id === undefined || status?.kind === "running" || status?.kind === "waiting") continue;
      const state = await readState(dir, job.hash);
      if (state && isFinal(state.state) && state !== this.#states.get(job.hash)) {
        await this.#ended(job, state.state === "lost" && isCancelled(status) ? cancelled(state) : state);
        continue;
      }
      if (isCancelled(status)) {
        await this.#ended(job, cancelled(state));
        continue;
      }
      const missed = (this.#missed.get(job.hash) ?? 0) + 1;
      this.#missed.set(job.hash, missed);
      if (status?.kind === "ended" || missed >= LOOKS) await this.#lose(job, status, state);
    }
  }

  /** A process that is gone without a word is tried again, once for each cause and so many times in all. */
  async #lose(job: Job, status: JobStatus | undefined, state: StateRecord | undefined): Promise<void> {
    const { dir, plan: { retries }, executor } = this.options;
    // what was started last found another process at work, which an earlier run had started
    const holder = await holderOf(dir, job.hash);
    if (
      holder?.executor === executor.name && holder.id !== this.#handed.get(job.hash) &&
      await isAlive(holder.process)
    ) {
      this.#handed.set(job.hash, holder.id);
      return await writeSubmission(dir, job.hash, holder);
    }
    await removeAll(jobPaths(dir, job.hash).lock);
    const reason = await reasonOfLoss(
      jobPaths(dir, job.hash).folder,
      status?.kind === "ended" ? status : undefined,
    );
    const before = state?.attempts ?? [];
    const begun = state?.state === "running";
    const last = begun ? before.at(-1) : undefined;
    const now = { ended: new Date().toISOString(), reason };
    const signal = status?.kind === "ended" && status.signal ? { signal: status.signal } : {};
    const code = status?.kind === "ended" && status.code !== undefined ? { returncode: status.code } : {};
    const attempts = last ? [...before.slice(0, -1), { ...last, ...now, ...signal, ...code }] : before;
    const same =
      before.slice(0, begun ? -1 : undefined).filter((one) => one.reason?.code === reason.code).length;
    const retriable = ["signal", "node-lost", "timeout"].includes(reason.code);
    const again = retriable && same === 0 && attempts.length <= retries;
    await this.#ended(job, { ...state, state: again ? "lost" : "failed", reason, attempts });
  }

  async #ended(job: Job, state: StateRecord): Promise<void> {
    const { dir, signal, failFast } = this.options;
    this.#handed.delete(job.hash);
    this.#missed.delete(job.hash);
    await removeAll(jobPaths(dir, job.hash).submitted);
    await removeAll(jobPaths(dir, job.hash).lock);
    await this.#set(job, state);
    if (state.reason?.code === "disk-full" || (failFast && state.state === "failed")) this.#stopped = true;
    if (state.state === "lost" && !signal.aborted) this.#states.set(job.hash, reopened(state));
  }

  async #set(job: Job, state: StateRecord): Promise<void> {
    const { dir, onChange } = this.options;
    this.#states.set(job.hash, state);
    // the job wrote its own end; what is written here is what only the executor knew
    if (JSON.stringify(await readState(dir, job.hash)) !== JSON.stringify(state)) {
      await writeState(dir, job.hash, state);
    }
    onChange?.(job, state);
  }

  /** Settles what can be settled and hands over what can run; true where anything was done. */
  async #advance(): Promise<boolean> {
    const { jobs, executor } = this.options;
    const ready: Job[] = [];
    let settled = false;
    const open = new Set(jobs.filter((job) => this.#isOpen(job)).map(({ hash }) => hash));
    for (const job of jobs) {
      if (this.#handed.has(job.hash)) continue;
      const verdict = verdictOf(job, (hash) => this.#inputState(hash, open));
      const state = this.#states.get(job.hash);
      if (!open.has(job.hash)) {
        const ended = state?.state === "success" || state?.state === "failed";
        const stale = ended && verdict.kind === "ready" && isStale(state, verdict.digests);
        if (stale && !this.executed.has(job.hash)) ready.push(job);
        continue;
      }
      if (verdict.kind === "ready" || (executor.chains && verdict.kind === "waiting")) ready.push(job);
      if (verdict.kind !== "skipped" && verdict.kind !== "blocked") continue;
      await this.#set(job, { state: verdict.kind, reason: verdict.reason, attempts: state?.attempts ?? [] });
      open.delete(job.hash);
      settled = true;
    }
    const handed = executor.chains ? await this.#handLevels(ready) : await this.#handFitting(ready);
    return handed || settled;
  }

  #isOpen({ hash }: Job): boolean {
    return !isFinal(this.#states.get(hash)?.state);
  }

  #inputState(hash: string, open: ReadonlySet<string>): InputState {
    if (this.#handed.has(hash) || open.has(hash)) return "pending";
    const state = this.#states.get(hash);
    return state && isFinal(state.state) ? state : undefined;
  }

  async #handFitting(ready: readonly Job[]): Promise<boolean> {
    const { executor, plan } = this.options;
    const limits = await executor.limits();
    let handed = false;
    for (const job of ready) {
      const running = plan.jobs.filter(({ hash }) => this.#handed.has(hash)).map(({ resources }) =>
        resources
      );
      // a job that is too large for the machine runs alone
      if (!fits(job.resources, sumOf(running), limits) && running.length > 0) continue;
      await this.#hand([job], []);
      handed = true;
    }
    return handed;
  }

  /** All jobs at once, each level after those before it. */
  async #handLevels(ready: readonly Job[]): Promise<boolean> {
    const levels = [...new Set(ready.map(({ level }) => level))].sort((a, b) => a - b);
    const after: string[] = [...this.#handed.values()];
    for (const level of levels) {
      after.push(...await this.#hand(ready.filter((job) => job.level === level), after));
    }
    return ready.length > 0;
  }

  async #hand(jobs: readonly Job[], after: readonly string[]): Promise<string[]> {
    const { dir, executor } = this.options;
    for (const { hash } of jobs) {
      await removeAll(`${jobPaths(dir, hash).folder}/timeout`);
      const state = this.#states.get(hash);
      if (state) await writeState(dir, hash, { ...state, state: "submitted" });
    }
    const ids = await executor.submit(jobs, { after: [...after] });
    for (const [k, job] of jobs.entries()) {
      this.#handed.set(job.hash, ids[k]);
      this.executed.add(job.hash);
      await writeSubmission(dir, job.hash, { executor: executor.name, id: ids[k] });
    }
    return ids;
  }
}

function isCancelled(status: JobStatus | undefined): boolean {
  return status?.kind === "ended" && (status.cancelled ?? false);
}

function cancelled(state: StateRecord | undefined): StateRecord {
  const reason: Reason = { code: "cancelled", text: "cancelled by the means of its executor" };
  return { ...state, state: "cancelled", reason, attempts: state?.attempts ?? [] };
}

/** Returns the submission of a job, or the process that runs it if the submitter ended before writing one. */
async function ownerOf(dir: string, hash: string): Promise<Submission | undefined> {
  const holder = await holderOf(dir, hash);
  if (holder && await isAlive(holder.process)) return holder;
  return await readSubmission(dir, hash);
}

/** A job that another executor may still run is not given to a second one. */
function refuseOther(hash: string, { executor, id }: Submission): never {
  throw new ConfigError(
    `job ${hash}: found it in the hands of ${executor} as ${id}, expected it free; run with --executor ${executor}, or end it with plica study cancel`,
  );
}

/** The attempts stay, the end is forgotten. */
function reopened(state: StateRecord | undefined): StateRecord | undefined {
  return state && { state: "submitted", attempts: state.attempts };
}

/** True for a result that was made of other inputs than there are now. */
function isStale({ inputs }: StateRecord, digests: Readonly<Record<string, string>>): boolean {
  if (!inputs) return false; // it never came so far
  const roles = new Set([...Object.keys(inputs), ...Object.keys(digests)]);
  return [...roles].some((role) => inputs[role] !== digests[role]);
}
