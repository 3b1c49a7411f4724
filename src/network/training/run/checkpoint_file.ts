/**
 * A checkpoint: a bundle that holds the state of its run besides, so that it can be used as a model and gone on from.
 * `state.json` holds the progress of the run, `state.h5` holds the optimiser's moments and the weights of the best
 * epoch.
 *
 * @module
 */
import { z } from "../../../deps/zod.ts";
import {
  type BundleContent,
  decodeHdf5,
  encodeHdf5,
  type Json,
  readBundle,
  type StoredArray,
  writeBundle,
} from "../../../formats/mod.ts";
import { DataError, messageOf } from "../../../common/mod.ts";

import { bundleContent, modelOf, type Origin } from "../../model/model.ts";
import { runStateSchema, type Snapshot } from "./run_state.ts";

/** A file that a run depends on. */
export interface DataOfRun {
  readonly file: string;
  readonly sha256: string;
}

/** A checkpoint that was read. */
export interface Checkpoint {
  /** Path of the file. */
  readonly file: string;
  readonly snapshot: Snapshot;
  /** The settings of its run, as `config.json` holds them. */
  readonly config: Json;
  /** Training data first, then what the run is judged by. */
  readonly data: readonly DataOfRun[];
}

const STATE_JSON = "state.json";
const STATE_ARRAYS = "state.h5";
const BEST = "best.";

const stateSchema = z.strictObject({
  formatVersion: z.literal(1),
  state: runStateSchema,
  data: z.array(z.strictObject({ file: z.string(), sha256: z.string() })),
});

/** Contents of a checkpoint besides its snapshot. */
export interface CheckpointOrigin extends Origin {
  /** Training data first, then what the run is judged by. */
  readonly data: readonly DataOfRun[];
}

/** Writes a checkpoint, whole or not at all. Throws `DataError` where it cannot. */
export async function writeCheckpoint(
  path: string,
  { snapshot, origin }: { snapshot: Snapshot; origin: CheckpointOrigin },
): Promise<void> {
  const { state, model, moments, best } = snapshot;
  const arrays = new Map<string, StoredArray>(moments);
  for (const [name, array] of best ?? []) arrays.set(BEST + name, array);
  const described: z.input<typeof stateSchema> = { formatVersion: 1, state, data: [...origin.data] };
  const content: BundleContent = {
    ...bundleContent(model, origin),
    extra: new Map([
      [STATE_JSON, new TextEncoder().encode(JSON.stringify(described) + "\n")],
      [STATE_ARRAYS, await encodeHdf5(arrays)],
    ]),
  };
  await writeBundle(path, content);
}

/**
 * Reads a checkpoint. Throws `DataError` where the file is damaged, or is a bundle that holds no state of a run, such as
 * the one that a finished run leaves.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bundle = await readBundle(path, { extra: [STATE_JSON, STATE_ARRAYS] });
  const [json, arrays] = [bundle.extra.get(STATE_JSON), bundle.extra.get(STATE_ARRAYS)];
  if (!json || !arrays) throw noState(path, "a model without the state of its run");
  const { state, data } = parseState(json, path);
  const moments = new Map<string, StoredArray>();
  const best = new Map<string, StoredArray>();
  for (const [name, array] of await decodeHdf5(arrays, path)) {
    if (name.startsWith(BEST)) best.set(name.slice(BEST.length), array);
    else moments.set(name, array);
  }
  const snapshot = { state, model: modelOf(bundle), moments, best: best.size > 0 ? best : undefined };
  return { file: path, snapshot, config: bundle.config, data };
}

function parseState(bytes: Uint8Array, path: string): z.output<typeof stateSchema> {
  try {
    return stateSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw noState(path, `a state that cannot be read (${messageOf(error).split("\n")[0]})`, error);
  }
}

function noState(file: string, found: string, cause?: unknown): DataError {
  return new DataError({
    file,
    key: STATE_JSON,
    found,
    expected: "a checkpoint of a training run",
    remedy: "resume from checkpoints/last.h5.zip in the folder of the run",
    cause,
  });
}
