/**
 * The epoch plan: when a parameter is updated or a constraint applied.
 *
 * @module
 */
import { ConfigError } from "../../common/mod.ts";

/** Schedule of an action, in epochs from 1. */
export interface EpochPlan {
  readonly start: number;
  /** The last epoch. */
  readonly stop: number;
  readonly stride: number;
}

/**
 * Reads `START:STOP:STRIDE`; what is left out is 1, never and 1. Throws `ConfigError` where it ends before it begins.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const plan = epochPlan("5::10");
 * assert.deepEqual([4, 5, 6, 15].map((epoch) => isDue(plan, epoch)), [false, true, false, true]);
 * ```
 */
export function epochPlan(text: string, what = "epochs"): EpochPlan {
  const [start, stop, stride] = text.split(":").map((part) => part === "" ? undefined : Number(part));
  const plan = { start: Math.max(1, start ?? 1), stop: stop ?? Infinity, stride: Math.max(1, stride ?? 1) };
  if (plan.stop < plan.start) {
    throw new ConfigError(`${what}: found ${text}, expected START:STOP:STRIDE with STOP of at least START`);
  }
  return plan;
}

/** Returns true if the plan contains the epoch. */
export function isDue({ start, stop, stride }: EpochPlan, epoch: number): boolean {
  return epoch >= start && epoch <= stop && (epoch - start) % stride === 0;
}
