/**
 * Resources of jobs, from the words of the study file.
 *
 * @module
 */
import type { Kind, StudyFile } from "../file/schema.ts";
import type { JobResources } from "./job.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** Returns the resources of a kind: its own settings over those of `default`. */
export function resourcesOf({ resources }: StudyFile, kind: Kind): JobResources {
  const { cpus = 1, memory = "1G", gpus = 0, time = "0s" } = { ...resources.default, ...resources[kind] };
  return { cpus, memoryBytes: bytesOf(memory), gpus, seconds: secondsOf(time) };
}

/** `4G` as bytes. */
function bytesOf(text: string): number {
  const [, number = "0", unit = ""] = /^([\d.]+)([KMGT]?)$/.exec(text) ?? [];
  return Math.ceil(Number(number) * UNITS[unit]);
}

/** `1h30m` as seconds. */
function secondsOf(text: string): number {
  return [...text.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * SECONDS[unit],
    0,
  );
}
