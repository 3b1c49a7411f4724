/**
 * Finished jobs that several studies share.
 *
 * @module
 */
import { isRecord, jsonText } from "../../common/mod.ts";
import {
  copyFile,
  factsOf,
  makeFolder,
  readTextIfThere,
  removeAll,
  renamePath,
  writeFileAtomic,
} from "../../host/mod.ts";
import { damageOf } from "./results.ts";
import { jobPaths, type ResultFile, type StateRecord } from "./state.ts";

interface Place {
  readonly dir: string;
  readonly hash: string;
}

/** Copies a finished job out of the cache; undefined where it has none, or a damaged one. */
export async function fetchCached(
  cache: string,
  { dir, hash }: Place,
): Promise<Pick<StateRecord, "state" | "results" | "digest" | "facts"> | undefined> {
  const from = `${cache}/${hash}`;
  const text = await readTextIfThere(`${from}/state.json`);
  const known: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!isRecord(known) || !Array.isArray(known.results)) return undefined;
  const { results, digest, facts } = known as unknown as Required<StateRecord>;
  if (await damageOf(`${from}/out`, results)) return undefined;
  const { out } = jobPaths(dir, hash);
  await removeAll(out);
  await copyFiles(`${from}/out`, { to: out, files: results });
  return { state: "success", results, digest, facts };
}

/** Puts a finished job into the cache; one that is there already stays. */
export async function storeCached(
  cache: string,
  { dir, hash, record }: Place & { readonly record: StateRecord },
): Promise<void> {
  const target = `${cache}/${hash}`;
  if (await factsOf(target)) return;
  const part = `${target}.part-${crypto.randomUUID().slice(0, 8)}`;
  const { results = [], digest, facts } = record;
  await copyFiles(jobPaths(dir, hash).out, { to: `${part}/out`, files: results });
  await writeFileAtomic(`${part}/state.json`, jsonText({ results, digest, facts }));
  // somebody else may have been faster
  await renamePath(part, target).catch(() => removeAll(part));
}

async function copyFiles(
  from: string,
  { to, files }: { readonly to: string; readonly files: readonly ResultFile[] },
): Promise<void> {
  await makeFolder(to);
  for (const { path } of files) {
    await makeFolder(`${to}/${path}`.replace(/\/[^/]*$/, ""));
    await copyFile(`${from}/${path}`, `${to}/${path}`);
  }
}
