/**
 * Ends a study that runs, from any process.
 *
 * @module
 */
import { pause } from "../../common/mod.ts";
import { removeAll } from "../../host/mod.ts";
import type { Executor } from "../executors/executor.ts";
import { holderOf } from "../jobs/job_lock.ts";
import { isFinal, jobPaths, readState, readSubmission, writeState } from "../jobs/state.ts";
import { readPlan } from "../plan/plan_files.ts";

/** Milliseconds that jobs have to write their checkpoints before they are ended. */
const GRACE_MS = 30_000;
const POLL_MS = 300;

/** Asks all jobs of a study to end, waits for them, and marks what had not ended as cancelled. Resolves to their number. */
export async function cancelStudy(
  dir: string,
  executorOf: (name: string) => Promise<Executor>,
): Promise<number> {
  const { jobs } = await readPlan(dir);
  const byExecutor = new Map<string, string[]>();
  const open: string[] = [];
  for (const { hash } of jobs) {
    const state = await readState(dir, hash);
    if (isFinal(state?.state)) continue;
    const owner = await holderOf(dir, hash) ?? await readSubmission(dir, hash);
    if (!owner) continue;
    open.push(hash);
    byExecutor.set(owner.executor, [...byExecutor.get(owner.executor) ?? [], owner.id]);
  }
  for (const [name, ids] of byExecutor) await end(await executorOf(name), ids);
  for (const hash of open) {
    const state = await readState(dir, hash);
    if (state?.state === "success" || state?.state === "failed") continue;
    const reason = { code: "cancelled", text: "cancelled by plica study cancel" } as const;
    await writeState(dir, hash, { ...state, state: "cancelled", reason, attempts: state?.attempts ?? [] });
    await removeAll(jobPaths(dir, hash).submitted);
  }
  return open.length;
}

async function end(executor: Executor, ids: readonly string[]): Promise<void> {
  await executor.cancel(ids, "gently");
  for (let waited = 0; waited < GRACE_MS; waited += POLL_MS) {
    const states = [...(await executor.poll(ids)).values()];
    if (states.every(({ kind }) => kind === "gone" || kind === "ended")) return;
    await pause(POLL_MS);
  }
  await executor.cancel(ids, "now");
}
