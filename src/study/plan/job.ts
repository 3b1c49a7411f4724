/**
 * A job of a study: one command with its inputs, known by the hash of what it depends on.
 *
 * @module
 */
import type { Kind } from "../file/schema.ts";

/** The half of a scan. */
export type SplitName = "train" | "test" | "all";

/** The place of a job in the study; an axis that it does not depend on is absent. */
export interface JobAxes {
  readonly dose?: number;
  readonly view?: string;
  readonly method?: string;
  readonly split?: SplitName;
  readonly repeat?: number;
}

/** An input: what another job made, or a file. */
export type JobInput =
  | { readonly job: string; readonly path: string }
  | { readonly file: string; readonly sha256: string };

/** Resources of a job. */
export interface JobResources {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  /** Seconds; 0 is no limit. */
  readonly seconds: number;
}

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One job. Everything that it needs is here, so that any process can run it. */
export interface Job {
  /** First 16 hexadecimal digits of the SHA-256 of what its result depends on. */
  readonly hash: string;
  readonly kind: Kind;
  readonly axes: JobAxes;
  /** Arguments of the command; of a foreign program the whole call. Without inputs and outputs. */
  readonly args: readonly string[];
  /** Further settings of the kind. */
  readonly settings: Readonly<Record<string, Json>>;
  readonly inputs: Readonly<Record<string, JobInput>>;
  /** All inputs are needed, or at least one of those whose role begins with `image:`. */
  readonly needs: "all" | "some";
  /** Jobs of one level do not depend on each other. */
  readonly level: number;
  readonly resources: JobResources;
}

/** All jobs of a study, each after those that it depends on. */
export interface Plan {
  readonly name: string;
  /** Folder that foreign programs start in: that of the study file. */
  readonly folder: string;
  readonly retries: number;
  readonly cache?: string;
  readonly jobs: readonly Job[];
}

/** Hashes of the jobs whose results a job takes. */
export function inputJobs({ inputs }: Pick<Job, "inputs">): string[] {
  return [...new Set(Object.values(inputs).flatMap((input) => "job" in input ? [input.job] : []))];
}

/** `dose=1000,view=dense,method=pinn`, for people. */
export function axesText(axes: JobAxes): string {
  const order = ["dose", "view", "method", "split", "repeat"] as const;
  return order.flatMap((axis) => axes[axis] === undefined ? [] : [`${axis}=${axes[axis]}`]).join(",") ||
    "all";
}
