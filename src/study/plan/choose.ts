/**
 * Selects jobs of a plan by axes and phase, with their inputs.
 *
 * @module
 */
import { ConfigError, nearest } from "../../common/mod.ts";
import { type Kind, KINDS } from "../file/schema.ts";
import { inputJobs, type Job, type Plan } from "./job.ts";

/** Options of {@linkcode chooseJobs}. */
export interface Choice {
  /** `key=value[,value]`; all must hold. */
  readonly only?: readonly string[];
  readonly from?: string;
  readonly until?: string;
}

const KEYS = ["phase", "dose", "view", "method", "split", "repeat"] as const;

interface Rule {
  readonly key: typeof KEYS[number];
  readonly values: readonly string[];
}

/** Chooses the wanted jobs of a plan, in its order. Throws `ConfigError` for a rule that cannot be read. */
export function chooseJobs({ jobs }: Plan, { only = [], from, until }: Choice): Job[] {
  const rules = only.map(parseRule);
  const [first, last] = [phaseAt(from, "--from") ?? 0, phaseAt(until, "--until") ?? KINDS.length - 1];
  const byHash = new Map(jobs.map((job) => [job.hash, job]));
  const direct = new Set(jobs.filter((job) => matches(job, rules, "strictly")).map(({ hash }) => hash));
  const wanted = new Set<string>();
  const need = (hash: string) => {
    if (wanted.has(hash)) return;
    wanted.add(hash);
    for (const input of inputJobs(byHash.get(hash) ?? { inputs: {} })) need(input);
  };
  for (const hash of direct) need(hash);
  // what follows from them, as long as no rule speaks against it; its other inputs are left out
  const reached = new Set(direct);
  for (const job of jobs) {
    if (!inputJobs(job).some((hash) => reached.has(hash)) || !matches(job, rules, "loosely")) continue;
    reached.add(job.hash);
    if (job.needs === "some") wanted.add(job.hash);
    else need(job.hash);
  }
  return jobs.filter(({ hash, kind }) => {
    const phase = KINDS.indexOf(kind);
    return wanted.has(hash) && phase >= first && phase <= last;
  });
}

function parseRule(text: string): Rule {
  const [, key = "", values = ""] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
  const known = KEYS.find((one) => one === key);
  if (known) return { key: known, values: values.split(",") };
  const hint = nearest(key, KEYS);
  throw new ConfigError(
    `--only: found ${text}, expected KEY=VALUE[,VALUE] with KEY of ${KEYS.join(", ")}${
      hint ? `; did you mean ${hint}?` : ""
    }`,
  );
}

/** Strictly, an axis that a job does not have speaks against it. */
function matches(job: Job, rules: readonly Rule[], how: "strictly" | "loosely"): boolean {
  return rules.every(({ key, values }) => {
    const own = key === "phase" ? job.kind : job.axes[key];
    if (own === undefined) return how === "loosely";
    return values.some((value) => typeof own === "number" ? Number(value) === own : value === own);
  });
}

function phaseAt(name: string | undefined, flag: string): number | undefined {
  if (name === undefined) return undefined;
  const known = KINDS.findIndex((kind: Kind) => kind === name);
  if (known >= 0) return known;
  const hint = nearest(name, KINDS);
  throw new ConfigError(
    `${flag}: found ${name}, expected one of ${KINDS.join(", ")}${hint ? `; did you mean ${hint}?` : ""}`,
  );
}
