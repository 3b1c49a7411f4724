/**
 * Why an attempt failed, from what its process left behind.
 *
 * @module
 */
import { messageOf } from "../../common/mod.ts";
import { factsOf, filesBelow, freeBytes, readTail } from "../../host/mod.ts";
import type { JobLog } from "./log.ts";
import { ResultError } from "./results.ts";
import type { Reason } from "./state.ts";
import type { WorkEnd } from "./work.ts";

/** A command that ended with a code other than 0. */
export class CommandEnd extends ResultError {
  constructor(readonly end: WorkEnd, reason: Reason) {
    super(reason.code, reason.text);
  }
}

const DISK_FULL = /no space left on device|os error 28\b|ENOSPC|disk quota exceeded|EDQUOT/i;
const OUT_OF_MEMORY = /out of memory|cannot allocate memory|MemoryError|Allocation failed|std::bad_alloc/i;

/** Name of the file by which an executor says that the time of an attempt is over. */
export const TIMEOUT_MARK = "timeout";

/** Returns the reason of a command that ended with a code other than 0. */
export async function failureOf(
  { code, signal }: WorkEnd,
  { log, folder, interrupted }: {
    readonly log: JobLog;
    readonly folder: string;
    readonly interrupted: boolean;
  },
): Promise<Reason> {
  const last = log.lastLine();
  if (await factsOf(`${folder}/${TIMEOUT_MARK}`)) {
    return { code: "timeout", text: "stopped at the time limit" };
  }
  if (DISK_FULL.test(log.recent())) return await diskFull(folder, last);
  if (OUT_OF_MEMORY.test(log.recent())) return { code: "out-of-memory", text: last };
  if (interrupted || code === 130 || code === 143) return { code: "signal", text: "interrupted" };
  if (signal) return { code: "signal", text: `ended by ${signal}` };
  return { code: "exit", text: `exit code ${code}: ${last}` };
}

/** Returns the reason of an error that was thrown on this side. */
export async function reasonOf(error: unknown, folder: string): Promise<Reason> {
  const text = messageOf(error);
  if (DISK_FULL.test(text)) return await diskFull(folder, text);
  if (error instanceof ResultError) return error.reason;
  return { code: "exit", text };
}

/** Returns the reason of an attempt whose process is gone without a word. */
export async function reasonOfLoss(
  folder: string,
  end: { readonly code?: number; readonly signal?: string | null } | undefined,
): Promise<Reason> {
  if (await factsOf(`${folder}/${TIMEOUT_MARK}`)) {
    return { code: "timeout", text: "stopped at the time limit" };
  }
  const said = await readTail(`${folder}/process.txt`, 1 << 14);
  const last = said.split("\n").map((line) => line.trim()).filter(Boolean).at(-1);
  if (DISK_FULL.test(said)) return await diskFull(folder, last ?? "");
  if (OUT_OF_MEMORY.test(said)) return { code: "out-of-memory", text: last ?? "" };
  if (end?.signal) return { code: "signal", text: `ended by ${end.signal}` };
  if (end?.code !== undefined && end.code !== 0) {
    return { code: "exit", text: `exit code ${end.code}: ${last ?? "no word"}` };
  }
  return { code: "node-lost", text: "its process is gone, and nobody knows how it ended" };
}

/** With what the attempt had written, and what is free: by these it can be seen how much it needs. */
async function diskFull(folder: string, text: string): Promise<Reason> {
  const free = await freeBytes(folder).catch(() => undefined);
  let written = 0;
  for (const path of await filesBelow(folder).catch(() => [])) {
    if (path.startsWith("out.part-")) written += (await factsOf(`${folder}/${path}`))?.size ?? 0;
  }
  const room = free === undefined ? "" : `, ${free} bytes are free`;
  return {
    code: "disk-full",
    text: `${text.replace(/; \d+ bytes are free$/, "")}; the job had written ${written} bytes${room}`,
  };
}
