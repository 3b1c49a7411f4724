/**
 * Going on with a run: finding its checkpoint, and refusing one of other data or other settings.
 *
 * @module
 */
import { configFields, type ConfigLayer, type ResolvedConfig } from "../../../config/mod.ts";

import { exists, files, isMissing, isUnfinished } from "../../../host/mod.ts";
import { DataError, isRecord, OptionError } from "../../../common/mod.ts";
import { dependsOnLength } from "../schedule.ts";
import { type Checkpoint, type DataOfRun, readCheckpoint } from "./checkpoint_file.ts";
import { LAST_CHECKPOINT } from "./checkpoints.ts";

/** The word for the last checkpoint of the folder that a run writes into. */
const LAST = "last";

/**
 * Finds the checkpoint that `which` names: a path, or {@linkcode LAST} for that of `outputDir`. Undefined where a run
 * in that folder ended before its first checkpoint, or has not begun. Throws `OptionError` for a folder of something
 * else, `DataError` for a file that is no checkpoint.
 */
export async function findCheckpoint(
  which: string,
  { outputDir }: { readonly outputDir: string },
): Promise<Checkpoint | undefined> {
  if (which !== LAST) return await readCheckpoint(which);
  const path = `${outputDir}/${LAST_CHECKPOINT}`;
  if (await exists(path)) return await readCheckpoint(path);
  if (await exists(`${outputDir}/config.json`) || await holdsNothing(outputDir)) return undefined;
  throw new OptionError({
    option: "resume",
    found: `${outputDir}: a folder with files, and neither ${LAST_CHECKPOINT} nor a config.json among them`,
    expected: "the folder of a training run",
    remedy: "name the folder of the run, or the checkpoint itself",
  });
}

/** True where the checkpoint is one of the folder itself, so that its run goes on in its place. */
export function isOf(checkpoint: Checkpoint, outputDir: string): boolean {
  const plain = (path: string) => path.replaceAll("\\", "/").replace(/^(\.\/)+/, "").replace(/\/+/g, "/");
  return plain(checkpoint.file).startsWith(plain(`${outputDir}/checkpoints/`));
}

/**
 * Returns the settings that someone chose for the checkpoint's run, as a layer: a call that repeats none of them
 * means these.
 */
export function checkpointLayer({ config, file }: Checkpoint): ConfigLayer {
  const { values, provenance } = settingsOf(config);
  const chosen: Record<string, Record<string, unknown>> = {};
  for (const { section, key, path } of configFields) {
    const layer = provenance[path];
    const value = valueAt(values, section, key);
    const own = section === "execution" && (key === "quiet" || key === "json");
    if (own || value === undefined || !isRecord(layer)) continue;
    if (layer.layer === "default" || layer.layer === "preset") continue;
    (chosen[section] ??= {})[key] = value;
  }
  return { layer: "bundle", source: file, values: chosen };
}

/** Settings that only bound the length of a run. */
const ENDS = new Set([
  "training.nepochs",
  "training.maxSteps",
  "training.maxMinutes",
  "training.earlyStopPatience",
  "training.earlyStopMinDelta",
]);
const IDENTITY = new Set(["model", "data", "training"]);

/**
 * Throws `DataError` where the checkpoint's run had other data, or other settings that its result depends on. When a run
 * ends may differ, unless its learning rate is laid out over the whole of it.
 */
export function refuseOther(
  checkpoint: Checkpoint,
  { config, data }: { readonly config: ResolvedConfig; readonly data: readonly DataOfRun[] },
): void {
  const { values } = settingsOf(checkpoint.config);
  const laidOut = dependsOnLength(config.values.training.scheduler);
  for (const { section, key, path } of configFields) {
    if (!IDENTITY.has(section)) continue;
    const before = valueAt(values, section, key);
    const now = valueAt(config.values, section, key);
    if (before === undefined || JSON.stringify(before) === JSON.stringify(now)) continue;
    const length = path === "training.nepochs" || path === "training.maxSteps";
    if (ENDS.has(path) && !(length && laidOut)) continue;
    throw new DataError({
      file: checkpoint.file,
      key: path,
      found: shown(before),
      expected: `${shown(now)}, as this call says`,
      remedy: length
        ? `the ${config.values.training.scheduler} schedule is laid out over the whole run: go on with the same length`
        : "go on with the settings of the run, or begin a new one without --resume",
    });
  }
  refuseOtherData(checkpoint, data);
}

function refuseOtherData(checkpoint: Checkpoint, data: readonly DataOfRun[]): void {
  const count = Math.max(checkpoint.data.length, data.length);
  for (let k = 0; k < count; k++) {
    const [before, now] = [checkpoint.data[k], data[k]];
    if (before?.sha256 === now?.sha256) continue;
    const named = (file: DataOfRun | undefined) =>
      file ? `${file.file} (SHA-256 ${file.sha256.slice(0, 16)}...)` : "no such file";
    throw new DataError({
      file: checkpoint.file,
      key: "data",
      found: named(before),
      expected: `${named(now)}, which this call names`,
      remedy: "go on with the data of the run, or begin a new one without --resume",
    });
  }
}

function settingsOf(
  config: unknown,
): { values: Readonly<Record<string, unknown>>; provenance: Readonly<Record<string, unknown>> } {
  const { values, provenance } = isRecord(config) ? config : { values: {}, provenance: {} };
  return { values: isRecord(values) ? values : {}, provenance: isRecord(provenance) ? provenance : {} };
}

function valueAt(values: Readonly<Record<string, unknown>>, section: string, key: string): unknown {
  const settings = values[section];
  return isRecord(settings) ? settings[key] : undefined;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "nothing";
}

/** Returns true for a folder without finished files; unfinished ones of a killed run do not count. */
async function holdsNothing(folder: string): Promise<boolean> {
  try {
    for await (const { name } of files.list(folder)) if (!isUnfinished(name)) return false;
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}
