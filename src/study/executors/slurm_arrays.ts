/**
 * Jobs of a cluster in arrays.
 *
 * @module
 */
import type { Job } from "../plan/job.ts";

/** Returns jobs of one kind and size, cut at the largest array of the site. */
export function arraysOf(jobs: readonly Job[], size: number): Job[][] {
  const groups = new Map<string, Job[]>();
  for (const job of jobs) {
    const key = JSON.stringify([job.kind, job.resources]);
    groups.set(key, [...groups.get(key) ?? [], job]);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / size) }, (_, k) => group.slice(k * size, (k + 1) * size))
  );
}
