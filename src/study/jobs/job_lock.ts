/**
 * One process at a time for a job.
 *
 * @module
 */
import { ConfigError, isRecord } from "../../common/mod.ts";
import {
  createExclusive,
  isAlive,
  ownProcess,
  type ProcessId,
  readTextIfThere,
  removeAll,
} from "../../host/mod.ts";
import { jobPaths, type Submission } from "./state.ts";

/** Process that runs a job. */
export interface JobHolder extends Submission {
  readonly process: ProcessId;
}

/** Takes a job. Throws `ConfigError` where another process has it; one that was requeued takes it from itself. */
export async function lockJob(
  dir: string,
  hash: string,
  { executor, executorId }: { readonly executor: string; readonly executorId: string },
): Promise<AsyncDisposable> {
  const path = jobPaths(dir, hash).lock;
  const own = await ownProcess();
  const text = JSON.stringify({ ...own, executor, id: executorId || `${own.host}:${own.pid}:${own.start}` });
  for (let tries = 0; !await createExclusive(path, text); tries++) {
    const holder = await holderOf(dir, hash);
    const itself = executorId !== "" && holder?.executor === executor && holder.id === executorId;
    const free = itself || holder && await isAlive(holder.process) === false;
    if (free && tries < 3) {
      await removeAll(path);
      continue;
    }
    throw new ConfigError(
      `job ${hash}: found it run by ${
        holder ? `process ${holder.process.pid} on ${holder.process.host}` : "another process"
      }, expected it idle; wait for it, or remove ${path}`,
    );
  }
  return { [Symbol.asyncDispose]: () => removeAll(path) };
}

/** Reads the holder of a job; undefined for none, or one that has not written its name yet. */
export async function holderOf(dir: string, hash: string): Promise<JobHolder | undefined> {
  try {
    const value: unknown = JSON.parse(await readTextIfThere(jobPaths(dir, hash).lock) ?? "");
    if (!isRecord(value)) return undefined;
    const { host, pid, start, executor, id } = value;
    if (typeof host !== "string" || typeof pid !== "number" || typeof start !== "string") return undefined;
    return { process: { host, pid, start }, executor: String(executor), id: String(id) };
  } catch {
    return undefined;
  }
}
