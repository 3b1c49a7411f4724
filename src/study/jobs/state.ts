/**
 * The state of a job, in its folder. Only the job itself and, where it is gone, its executor's reader write it.
 *
 * @module
 */
import { isRecord, jsonText } from "../../common/mod.ts";
import { type ProcessId, readTextIfThere, writeFileAtomic } from "../../host/mod.ts";

/** States that are stored; `waiting` and `ready` follow from the states of the inputs. */
export type JobState =
  | "submitted"
  | "running"
  | "success"
  | "failed"
  | "skipped"
  | "blocked"
  | "lost"
  | "cancelled";

/** Why a job is not a success. */
export type ReasonCode =
  | "too-few"
  | "input-missing"
  | "input-damaged"
  | "not-finite"
  | "constant-image"
  | "exit"
  | "signal"
  | "timeout"
  | "out-of-memory"
  | "disk-full"
  | "node-lost"
  | "dependency-failed"
  | "cancelled";

/** A reason with what was seen. */
export interface Reason {
  readonly code: ReasonCode;
  /** One line. */
  readonly text: string;
  /** The job that it began with. */
  readonly job?: string;
}

/** One try of a job. */
export interface Attempt {
  readonly number: number;
  readonly process: ProcessId;
  readonly executor: string;
  readonly executorId: string;
  /** ISO 8601. */
  readonly started: string;
  readonly ended?: string;
  readonly returncode?: number;
  readonly signal?: string;
  readonly reason?: Reason;
  readonly seconds?: number;
  readonly cpuSeconds?: number;
  readonly peakBytes?: number;
  /** It went on from a checkpoint of the attempt before. */
  readonly resumed?: boolean;
}

/** A file that a job made. */
export interface ResultFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Content of `state.json`. */
export interface StateRecord {
  readonly state: JobState;
  readonly reason?: Reason;
  readonly attempts: readonly Attempt[];
  /** Of a success: what was made, and its digest as a whole. */
  readonly results?: readonly ResultFile[];
  readonly digest?: string;
  /** Digest of each input as it was used, by role. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Figures that the job found, such as the dose. */
  readonly facts?: Readonly<Record<string, number | string | null>>;
  /** Taken from the cache instead of being run. */
  readonly cached?: boolean;
}

/** True for a state that no process is going to change. */
export function isFinal(state: JobState | undefined): boolean {
  return state !== undefined && state !== "submitted" && state !== "running";
}

/** Returns the paths of a job. */
export function jobPaths(dir: string, hash: string) {
  const folder = `${dir}/jobs/${hash}`;
  return {
    folder,
    job: `${folder}/job.json`,
    state: `${folder}/state.json`,
    submitted: `${folder}/submitted.json`,
    lock: `${folder}/lock`,
    out: `${folder}/out`,
    log: (attempt: number) => `${folder}/log.${attempt}.txt`,
  };
}

/** Reads the state; undefined for a job that was never begun. A damaged file counts as lost. */
export async function readState(dir: string, hash: string): Promise<StateRecord | undefined> {
  const text = await readTextIfThere(jobPaths(dir, hash).state);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isState(value)) return value;
  } catch {
    // told below
  }
  const reason: Reason = { code: "input-damaged", text: "state.json cannot be read" };
  return { state: "lost", reason, attempts: [] };
}

function isState(value: unknown): value is StateRecord {
  return isRecord(value) && typeof value.state === "string" && Array.isArray(value.attempts);
}

/** Writes the state at once. */
export async function writeState(dir: string, hash: string, record: StateRecord): Promise<void> {
  await writeFileAtomic(jobPaths(dir, hash).state, `${jsonText(record, { indent: 1 })}\n`);
}

/** Executor and id of a submitted job, written before it can begin. */
export interface Submission {
  readonly executor: string;
  readonly id: string;
}

/** Reads who a job was handed to. */
export async function readSubmission(dir: string, hash: string): Promise<Submission | undefined> {
  const text = await readTextIfThere(jobPaths(dir, hash).submitted);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value) && typeof value.executor === "string" && typeof value.id === "string") {
      return { executor: value.executor, id: value.id };
    }
  } catch {
    // a file that was cut off names nobody
  }
  return undefined;
}

/** Writes who a job was handed to. */
export async function writeSubmission(dir: string, hash: string, submission: Submission): Promise<void> {
  await writeFileAtomic(jobPaths(dir, hash).submitted, `${JSON.stringify(submission)}\n`);
}
