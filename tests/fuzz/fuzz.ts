/**
 * Damages real files and looks at what the readers make of them.
 *
 * @module
 */
import fc from "../../src/deps/fast_check.ts";

import { ConfigError, DataError } from "../../src/common/errors.ts";
import { type Edit, edits, mutate } from "./mutate.ts";
import { type Target, Unsound } from "./targets.ts";

/** A damaged file that was not refused cleanly. */
export interface Fault {
  readonly target: string;
  readonly reason: string;
  readonly seedFile: number;
  readonly edits: readonly Edit[];
}

/** What a run found. */
export interface FuzzReport {
  readonly cases: number;
  readonly refused: number;
  readonly accepted: number;
  readonly faults: readonly Fault[];
  /** Longest time of a case. */
  readonly slowestMs: number;
  readonly slowest: string;
  /** Largest memory of the process while a case ran; 0 where the system does not say. */
  readonly peakBytes: number;
}

/** How {@linkcode fuzz} works. */
export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Called after every case. */
  readonly onCase?: (done: number) => void;
}

/** Runs `cases` damaged files, an equal number for each target. The same seed gives the same files. */
export async function fuzz(
  targets: readonly Target[],
  { cases, seed, onCase }: FuzzOptions,
): Promise<FuzzReport> {
  const count = { refused: 0, accepted: 0, done: 0 };
  const faults: Fault[] = [];
  let [slowestMs, slowest, peakBytes] = [0, "", 0];
  for (const target of targets) {
    const originals = await Promise.all(target.seeds.map((file) => attempt(target, file)));
    const runs = Math.ceil(cases / targets.length);
    const drawn = fc.sample(fc.tuple(fc.nat({ max: target.seeds.length - 1 }), edits), {
      numRuns: runs,
      seed,
    });
    for (const [seedFile, changes] of drawn) {
      const bytes = await (target.damage ?? plain)(target.seeds[seedFile], changes);
      const began = performance.now();
      const outcome = await attempt(target, bytes);
      const ms = performance.now() - began;
      if (ms > slowestMs) [slowestMs, slowest] = [ms, target.name];
      peakBytes = Math.max(peakBytes, await residentPeak());
      const reason = faultOf(outcome, { target, whole: originals[seedFile] });
      if (reason) faults.push({ target: target.name, reason, seedFile, edits: changes });
      count[outcome.refusal ? "refused" : "accepted"]++;
      onCase?.(++count.done);
    }
  }
  const { refused, accepted, done } = count;
  return { cases: done, refused, accepted, faults, slowestMs, slowest, peakBytes };
}

interface Outcome {
  readonly value?: unknown;
  readonly refusal?: Error;
}

function plain(seed: Uint8Array, changes: readonly Edit[]): Promise<Uint8Array> {
  return Promise.resolve(mutate(seed, changes));
}

async function attempt(target: Target, bytes: Uint8Array): Promise<Outcome> {
  try {
    return { value: await target.read(bytes) };
  } catch (refusal) {
    return { refusal: refusal instanceof Error ? refusal : new Error(String(refusal)) };
  }
}

function faultOf(
  { value, refusal }: Outcome,
  { target, whole }: { readonly target: Target; readonly whole: Outcome },
): string | undefined {
  if (refusal) {
    if (refusal instanceof Unsound) return refusal.message;
    if (!isClean(refusal)) return `${refusal.name}: ${refusal.message.slice(0, 300)}\n${refusal.stack}`;
    return undefined;
  }
  if (target.same && !whole.refusal && !target.same(value, whole.value)) return "damaged data was accepted";
  return undefined;
}

/** A refusal is one line of an error that is made for people. */
export function isClean(error: unknown): boolean {
  return (error instanceof DataError || error instanceof ConfigError) && !error.message.includes("\n") &&
    error.message.length < 4000;
}

/** The most memory this process has held, or 0 where the system does not say. */
export async function residentPeak(): Promise<number> {
  try {
    const status = await Deno.readTextFile("/proc/self/status");
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
