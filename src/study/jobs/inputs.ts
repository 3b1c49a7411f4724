/**
 * Decides by the states of its inputs if a job can run.
 *
 * @module
 */
import type { Job, JobInput } from "../plan/job.ts";
import { factsOf } from "../../host/mod.ts";
import { digestOfFile } from "./results.ts";
import { jobPaths, type Reason, type StateRecord } from "./state.ts";

/** State of the job that makes an input; undefined if it was left out of this run. */
export type InputState = StateRecord | "pending" | undefined;

/** Decision about a job. */
export type Verdict =
  | { readonly kind: "waiting" }
  /** Digest of each usable input by role. */
  | { readonly kind: "ready"; readonly digests: Readonly<Record<string, string>> }
  | { readonly kind: "skipped" | "blocked"; readonly reason: Reason };

/** Decides by the states of the inputs alone. */
export function verdictOf(job: Job, stateOf: (hash: string) => InputState): Verdict {
  const digests: Record<string, string> = {};
  const refusals: { readonly role: string; readonly kind: "skipped" | "blocked"; readonly reason: Reason }[] =
    [];
  for (const [role, input] of Object.entries(job.inputs)) {
    if ("file" in input) {
      digests[role] = input.sha256;
      continue;
    }
    const state = stateOf(input.job);
    if (state === "pending") return { kind: "waiting" };
    if (state?.state === "success") digests[role] = state.digest ?? "";
    else refusals.push({ role, ...refusalOf(input.job, state) });
  }
  const optional = (role: string) => job.needs === "some" && role.startsWith("image:");
  const fatal = refusals.find(({ role }) => !optional(role));
  if (fatal) return { kind: fatal.kind, reason: fatal.reason };
  const images = Object.keys(job.inputs).filter((role) => role.startsWith("image:"));
  // a report of nothing but holes is a report
  if (job.needs === "all" || job.kind === "report" || images.some((role) => role in digests)) {
    return { kind: "ready", digests };
  }
  const blocked = refusals.find(({ kind }) => kind === "blocked");
  return blocked ?? refusals[0] ??
    { kind: "blocked", reason: { code: "input-missing", text: "found no image to compare" } };
}

function refusalOf(
  hash: string,
  state: StateRecord | undefined,
): { kind: "skipped" | "blocked"; reason: Reason } {
  if (!state) {
    return {
      kind: "blocked",
      reason: { code: "input-missing", text: `job ${hash} was left out and has no result`, job: hash },
    };
  }
  const { reason } = state;
  const root = reason?.job ?? hash;
  const why = reason ? `: ${reason.text}` : "";
  if (state.state === "skipped") {
    return {
      kind: "skipped",
      reason: {
        code: reason?.code ?? "too-few",
        text: reason?.job ? reason.text : `job ${root} was skipped${why}`,
        job: root,
      },
    };
  }
  const text = reason?.job ? reason.text : `job ${root} is ${state.state}${why}`;
  return { kind: "blocked", reason: { code: "dependency-failed", text, job: root } };
}

/** Returns the path of an input. */
export function inputPath(dir: string, input: JobInput): string {
  return "file" in input ? input.file : `${jobPaths(dir, input.job).out}/${input.path}`;
}

/** Reads all bytes of an input and describes the damage; undefined if there is none. */
export async function inputDamage(
  dir: string,
  input: JobInput,
  maker: StateRecord | undefined,
): Promise<Reason | undefined> {
  const path = inputPath(dir, input);
  const expected = "file" in input
    ? input.sha256
    : maker?.results?.find((file) => file.path === input.path)?.sha256;
  const facts = await factsOf(path);
  const job = "job" in input ? { job: input.job } : {};
  if (!facts?.isFile) return { code: "input-missing", text: `${path}: found no such file`, ...job };
  const { sha256 } = await digestOfFile(path);
  if (sha256 === expected) return undefined;
  return {
    code: "input-damaged",
    text: `${path}: found SHA-256 ${sha256.slice(0, 16)}..., expected ${expected?.slice(0, 16) ?? "none"}...`,
    ...job,
  };
}
