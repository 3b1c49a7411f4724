/**
 * Patches of a scan by a trained network, batch after batch.
 *
 * @module
 */
import type { ProgressListener } from "../config/logger.ts";
import type { AnyDevice } from "../device/any.ts";
import { DataError } from "../io/errors.ts";
import type { Model } from "../nn/model.ts";
import { frozenInputs } from "../nn/profile.ts";
import { Scope, Weights } from "../nn/parameters.ts";
import { makeProfile } from "../nn/profiles/mod.ts";
import { checkGroupOptions, makeGroups } from "../scan/groups.ts";
import { readAhead } from "../scan/read_ahead.ts";
import type { Scan } from "../scan/types.ts";
import { Graph } from "../tensor/graph.ts";
import { compile, type Program } from "../tensor/program.ts";
import { Storage } from "../tensor/storage.ts";
import { openPatchStore, type PatchStore } from "./patch_store.ts";

/** How {@linkcode predictPatches} works. */
export interface PredictOptions {
  readonly device: AnyDevice;
  /** Patterns to reconstruct; default all. */
  readonly indices?: Int32Array;
  /** Patterns in a batch. Default {@linkcode DEFAULT_BATCH} at N = 64, fewer for larger ones. */
  readonly batchSize?: number;
  /** K of the groups that a historical network needs. Default 7. */
  readonly neighborCount?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Bytes of patches that are held in memory; more go to a temporary file. Default 512 MiB. */
  readonly patchMemoryBytes?: number;
}

/** Predicted patches. */
export interface PredictedPatches {
  /** The patches; dispose of them when done. */
  readonly patches: PatchStore;
  readonly xcoords: Float64Array;
  readonly ycoords: Float64Array;
  /** Patterns that went through the network for each second. */
  readonly patternsPerSecond: number;
}

/** Patterns of 64 x 64 in a batch. */
export const DEFAULT_BATCH = 32;

/**
 * Sends patterns through the network. The calibrated network takes one at a time; a historical one of gridsize 2 or more
 * takes groups, and every member of a group counts. Throws `DataError` where model and scan do not fit.
 */
export async function predictPatches(
  scan: Scan,
  { model, ...options }: PredictOptions & { readonly model: Model },
): Promise<PredictedPatches> {
  const { device, signal, onProgress, seed = 0 } = options;
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  refuseMisfit(scan, { model, patterns: indices.length });
  const { channels, grouped } = groupingOf(model);
  const order = grouped
    ? makeGroups(scan.positionsPx, {
      gridsize: model.config.gridsize,
      neighborCount: Math.max(options.neighborCount ?? 7, channels),
      seed,
      indices,
      source: scan.source,
    }).indices
    : indices;
  const step = grouped ? channels : 1;
  const asked = options.batchSize ?? Math.max(1, Math.round(DEFAULT_BATCH * (64 / scan.size) ** 2));
  const batch = Math.min(Math.max(step, Math.floor(asked / step) * step), order.length);
  using network = await openNetwork(device, { model, batch, channels: step });
  const pixels = scan.size ** 2;
  const patches = openPatchStore({
    count: order.length,
    side: scan.size,
    memoryBytes: options.patchMemoryBytes,
  });
  const counts = new Float32Array(batch * pixels);
  const begun = performance.now();
  try {
    const reads = readAhead({
      count: Math.ceil(order.length / batch),
      depth: scan.readAhead,
      read: (k) => scan.readCounts(order.subarray(k * batch, (k + 1) * batch)),
    });
    let done = 0;
    for await (const read of reads) {
      signal?.throwIfAborted();
      counts.set(read);
      for (let k = read.length; k < counts.length; k += pixels) counts.copyWithin(k, 0, pixels);
      const found = await network.run(counts);
      patches.write(done, found.subarray(0, 2 * read.length));
      done += read.length / pixels;
      onProgress?.({ phase: "infer", done, total: order.length, unit: "patterns" });
    }
  } catch (error) {
    patches[Symbol.dispose]();
    throw error;
  }
  const { x, y } = scan.positionsPx;
  return {
    patches,
    xcoords: Float64Array.from(order, (index) => x[index]),
    ycoords: Float64Array.from(order, (index) => y[index]),
    patternsPerSecond: order.length / Math.max((performance.now() - begun) / 1000, 1e-9),
  };
}

/** How many patterns the network takes together, and whether it does. */
function groupingOf({ config }: Model): { channels: number; grouped: boolean } {
  const channels = config.mergeObject ? config.gridsize ** 2 : 1;
  return { channels, grouped: channels > 1 && makeProfile(config).groupedInput };
}

/**
 * The checks of {@linkcode predictPatches} alone, for use before any work. Throws `DataError` where a model is for
 * patterns of another size, and where `patterns` are too few for a group that its network needs.
 */
export function refuseMisfit(
  scan: Scan,
  { model, patterns }: { readonly model: Model; readonly patterns: number },
): void {
  if (scan.size === model.size) {
    const { gridsize } = model.config;
    const options = { gridsize, neighborCount: gridsize ** 2, source: scan.source };
    if (groupingOf(model).grouped) checkGroupOptions(patterns, options);
    return;
  }
  throw new DataError({
    file: scan.source,
    key: "diffraction",
    found: `patterns of ${scan.size} x ${scan.size}`,
    expected: `${model.size} x ${model.size}, as the model was trained on`,
    remedy: "use a model trained at this size, or data of the model's size",
  });
}

/** A network with its weights on a device. */
class Network {
  constructor(private readonly program: Program, private readonly storage: Storage) {}

  /** Patches [batch, N, N] of photon counts [batch, N, N]. */
  async run(counts: Float32Array): Promise<Float32Array> {
    this.program.write("counts", counts);
    this.program.run();
    return await this.program.read("patches");
  }

  [Symbol.dispose](): void {
    this.program[Symbol.dispose]();
    this.storage[Symbol.dispose]();
  }
}

async function openNetwork(
  device: AnyDevice,
  { model, batch, channels }: { model: Model; batch: number; channels: number },
): Promise<Network> {
  const { size, statistics } = model;
  const modes = statistics.get("probe")?.shape[0] ?? 1;
  const graph = new Graph();
  const weights = new Weights();
  const frozen = frozenInputs(graph);
  const shape = { groups: batch / channels, channels, size, modes, regionSize: size };
  const counts = graph.input("counts", [batch, size, size]);
  const patches = makeProfile(model.config).patches({
    scope: new Scope(graph, weights),
    shape,
    counts,
    frozen,
  });
  const storage = new Storage(device, weights.space);
  try {
    for (const { name } of weights.entries) {
      const stored = model.weights.get(name);
      if (!stored) throw new RangeError(`the model has no weight ${name}`);
      storage.write(name, stored.data);
    }
    const program = await compile(device, { graph, outputs: { patches }, storages: [storage] });
    for (const name of frozen.names) program.write(name, statistics.get(name)?.data ?? new Float32Array());
    return new Network(program, storage);
  } catch (error) {
    storage[Symbol.dispose]();
    throw error;
  }
}
