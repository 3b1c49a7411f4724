/**
 * Results of a job: whether they open, hold finite values, and are what they were when the job ended.
 *
 * @module
 */
import { DataError, describeOthers, isRecord, messageOf } from "../../common/mod.ts";
import {
  factsOf,
  filesBelow,
  openSource,
  readTextIfThere,
  sha256Hex,
  sha256OfSource,
} from "../../host/mod.ts";
import { readBundle } from "../../formats/mod.ts";
import { openScan } from "../../scan/mod.ts";
import { readObjectFile } from "../../image/mod.ts";
import type { Kind } from "../file/schema.ts";
import type { Job } from "../plan/job.ts";
import type { Reason, ReasonCode, ResultFile } from "./state.ts";

/** A result that cannot be used. */
export class ResultError extends Error {
  override name = "ResultError";

  constructor(readonly code: ReasonCode, text: string) {
    super(text);
  }

  /** As it stands in the state. */
  get reason(): Reason {
    return { code: this.code, text: this.message };
  }
}

/** Figures that a check computes. */
export type Facts = Readonly<Record<string, number | string | null>>;

/** Opens the declared results in `out`. Throws {@linkcode ResultError} where one is missing, not finite or constant. */
export async function checkResults(job: Job, out: string): Promise<Facts> {
  try {
    return await CHECKS[job.kind](job, out);
  } catch (error) {
    if (error instanceof ResultError) throw error;
    const text = messageOf(error);
    if (error instanceof DataError && /no such file|a folder/.test(error.found)) {
      throw new ResultError("exit", `the result is missing: ${text}`);
    }
    throw new ResultError(
      /NaN|not finite|infinite/.test(text) ? "not-finite" : "exit",
      `the result cannot be used: ${text}`,
    );
  }
}

type Check = (job: Job, out: string) => Promise<Facts>;

const CHECKS: Readonly<Record<Kind, Check>> = {
  simulate: (_, out) => checkScans(out),
  import: (_, out) => checkScans(out),
  view: (_, out) => checkScans(out),
  train: async (_, out) => {
    const bundle = await readBundle(`${out}/wts.h5.zip`);
    for (const [name, { data }] of bundle.weights) {
      if (!everyFinite(data)) {
        throw new ResultError("not-finite", `wts.h5.zip: ${name}: found values that are not finite`);
      }
    }
    return {};
  },
  infer: (_, out) => checkImage(`${out}/reconstruction.npz`),
  reconstruct: (_, out) => checkImage(`${out}/reconstruction.npz`),
  command: (job, out) => checkImage(`${out}/${String(job.settings.result)}`),
  compare: async (_, out) => {
    const table = await readJson(`${out}/comparison.json`);
    if (isRecord(table) && Array.isArray(table.methods) && table.methods.length > 0) return {};
    throw new ResultError("exit", "comparison.json: found no methods");
  },
  report: async (_, out) => {
    const facts = await factsOf(`${out}/index.html`);
    if (facts && facts.size > 0) return {};
    throw new ResultError("exit", "index.html: found none, expected the report");
  },
};

/** Checks that every scan opens with all its patterns, and measures dose and number of patterns. */
async function checkScans(out: string): Promise<Facts> {
  const names = (await filesBelow(out)).filter((name) => name.endsWith(".npz"));
  if (names.length === 0) {
    throw new ResultError("exit", `found ${describeOthers(await filesBelow(out), "files")}, expected a scan`);
  }
  const facts: Record<string, number> = {};
  for (const name of names) {
    await using scan = await openScan(`${out}/${name}`);
    const [split = "all"] = /(train|test)(?=\.npz$)/.exec(name) ?? [];
    facts[`dose_${split}`] = scan.meanCounts;
    facts[`patterns_${split}`] = scan.n;
  }
  return facts;
}

/** Spread of an image, relative to its size, under which it shows nothing. */
const LEAST_SPREAD = 1e-6;

async function checkImage(file: string): Promise<Facts> {
  const { object: { data } } = await readObjectFile(file);
  let [re, im, square] = [0, 0, 0];
  const pixels = data.length / 2;
  for (let i = 0; i < data.length; i += 2) {
    re += data[i];
    im += data[i + 1];
    square += data[i] ** 2 + data[i + 1] ** 2;
  }
  const variance = square / pixels - (re / pixels) ** 2 - (im / pixels) ** 2;
  if (square > 0 && variance > LEAST_SPREAD ** 2 * (square / pixels)) return {};
  throw new ResultError(
    "constant-image",
    `${file.split("/").at(-1)}: found one value everywhere, expected an image`,
  );
}

function everyFinite(data: ArrayLike<number | bigint>): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(Number(data[i]))) return false;
  return true;
}

/** Reads the content of a JSON file. Throws {@linkcode ResultError} where it cannot be read. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readTextIfThere(path);
  if (text === undefined) throw new ResultError("exit", `${path}: found no such file`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ResultError("exit", `${path}: found no valid JSON: ${messageOf(error)}`);
  }
}

/** Returns the digest of one file. */
export async function digestOfFile(
  path: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const source = await openSource(path);
  try {
    return { bytes: source.size, sha256: await sha256OfSource(source) };
  } finally {
    await source.close();
  }
}

/** All files of a finished job. */
export async function describeResults(out: string): Promise<ResultFile[]> {
  const files: ResultFile[] = [];
  for (const path of await filesBelow(out)) files.push({ path, ...await digestOfFile(`${out}/${path}`) });
  return files;
}

/** One digest for all of a job's files. */
export async function digestOfAll(files: readonly ResultFile[]): Promise<string> {
  const text = files.map(({ path, bytes, sha256 }) => `${path} ${bytes} ${sha256}\n`).join("");
  return await sha256Hex(new TextEncoder().encode(text));
}

/** Reads all bytes of a finished job's files and describes the damage; undefined if there is none. */
export async function damageOf(out: string, files: readonly ResultFile[]): Promise<string | undefined> {
  for (const { path, bytes, sha256 } of files) {
    const facts = await factsOf(`${out}/${path}`);
    if (!facts?.isFile) return `${path}: found no such file, expected ${bytes} bytes`;
    if (facts.size !== bytes) return `${path}: found ${facts.size} bytes, expected ${bytes}`;
    const now = await digestOfFile(`${out}/${path}`);
    if (now.sha256 !== sha256) {
      return `${path}: found SHA-256 ${now.sha256.slice(0, 16)}..., expected ${sha256.slice(0, 16)}...`;
    }
  }
  return undefined;
}
