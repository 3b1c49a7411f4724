/**
 * The inference graph of a trained model on a device, at a batch size that fits its memory.
 *
 * @module
 */
import { machine } from "../../host/mod.ts";
import {
  type AnyDevice,
  arenaBytesOf,
  compile,
  DeviceMemoryError,
  Graph,
  type Program,
  Storage,
} from "../../engine/mod.ts";

import { channelsOf } from "../../config/mod.ts";
import type { Model } from "../model/model.ts";
import { Scope, Weights } from "../model/parameters.ts";
import { frozenInputs } from "../model/trace_context.ts";
import { makeProfile } from "../model/profiles/make_profile.ts";

/** Patterns of 64 x 64 that are enough for any device; more bring no speed. */
const MOST = 64;
/** Bytes of intermediate values that a network may take. */
const MOST_BYTES = 2 ** 28;
/** Part of the memory that is free now. */
const FREE_PART = 0.25;

/** Returns the patterns that a network takes together, and true if they are one input. */
export function groupingOf({ config }: Pick<Model, "config">): { channels: number; grouped: boolean } {
  const channels = channelsOf(config);
  return { channels, grouped: channels > 1 && makeProfile(config).groupedInput };
}

/** A network with its weights on a device. Dispose of it to give the memory back. */
export class Network implements Disposable {
  readonly #counts: Float32Array;

  constructor(
    private readonly parts: {
      readonly program: Program;
      readonly storage: Storage;
      /** Patterns in a run. */
      readonly batch: number;
      readonly size: number;
    },
  ) {
    this.#counts = new Float32Array(parts.batch * parts.size ** 2);
  }

  /** Patterns in a run. */
  get batch(): number {
    return this.parts.batch;
  }

  /** Bytes of intermediate values. */
  get arenaBytes(): number {
    return this.parts.program.arenaBytes;
  }

  /** Patches [n, N, N], interleaved, of photon counts [n, N, N], n at most the batch. */
  async run(counts: Float32Array): Promise<Float32Array> {
    const { program, size, batch } = this.parts;
    const all = this.#counts;
    if (counts.length > all.length) {
      throw new RangeError(`${counts.length / size ** 2} patterns, not ${batch}`);
    }
    all.set(counts);
    for (let k = counts.length; k < all.length; k += size ** 2) all.copyWithin(k, 0, size ** 2);
    program.write("counts", all);
    program.run();
    return (await program.read("patches")).subarray(0, 2 * counts.length);
  }

  [Symbol.dispose](): void {
    this.parts.program[Symbol.dispose]();
    this.parts.storage[Symbol.dispose]();
  }
}

/** Options of opening a network. */
export interface OpenNetworkOptions {
  readonly model: Model;
  /** Patterns in a run; by default as many as fit. */
  readonly batchSize?: number;
  /** Patterns that there are. */
  readonly patterns?: number;
}

/**
 * Opens the network. Without `batchSize` the batch is what 256 MiB of intermediate values hold, or a quarter of the free
 * memory, or the largest array of the device; at most 64 patterns of 64 x 64. Results do not depend on it.
 */
export async function openNetwork(
  device: AnyDevice,
  { model, batchSize, patterns = Infinity }: OpenNetworkOptions,
): Promise<Network> {
  const { channels, grouped } = groupingOf(model);
  const step = grouped ? channels : 1;
  const whole = (batch: number) => Math.max(step, Math.floor(Math.min(batch, patterns) / step) * step);
  const open = (batch: number) => compileNetwork(device, { model, batch: whole(batch), channels: step });
  if (batchSize !== undefined) return await open(batchSize);
  // what kernels need besides, such as transformed weights, does not grow with the batch
  const bytesOf = (batch: number) => {
    const { graph, outputs } = traceNetwork({ model, batch: whole(batch), channels: step });
    return arenaBytesOf(device, { graph, outputs });
  };
  const [one, two] = [bytesOf(step), bytesOf(2 * step)];
  const room = (roomOf(device) - one) / Math.max((two - one) / step, 1) + step;
  let batch = Math.min(MOST * Math.min(1, (64 / model.size) ** 2), Math.floor(room));
  for (;;) {
    try {
      return await open(batch);
    } catch (error) {
      if (!(error instanceof DeviceMemoryError) || whole(batch) === step) throw error;
      batch = Math.floor(batch / 2);
    }
  }
}

function roomOf({ info: { kind, limits, software } }: AnyDevice): number {
  const ownMemory = kind === "webgpu" && !software;
  return Math.min(MOST_BYTES, limits.maxSliceBytes, ownMemory ? Infinity : FREE_PART * machine.freeMemory());
}

interface NetworkSizes {
  readonly model: Model;
  readonly batch: number;
  readonly channels: number;
}

function traceNetwork({ model, batch, channels }: NetworkSizes) {
  const { size, statistics } = model;
  const modes = statistics.get("probe")?.shape[0] ?? 1;
  const graph = new Graph();
  const weights = new Weights();
  const frozen = frozenInputs(graph);
  const shape = { batchSize: batch / channels, channels, size, modes, regionSize: size };
  const counts = graph.input("counts", [batch, size, size]);
  const patches = makeProfile(model.config).patches({
    scope: new Scope(graph, weights),
    shape,
    counts,
    frozen,
  });
  return { graph, outputs: { patches }, weights, frozen };
}

async function compileNetwork(device: AnyDevice, sizes: NetworkSizes): Promise<Network> {
  const { model, batch } = sizes;
  const { size, statistics } = model;
  const { graph, outputs, weights, frozen } = traceNetwork(sizes);
  const storage = new Storage(device, weights.space);
  try {
    for (const { name } of weights.entries) {
      const stored = model.weights.get(name);
      if (!stored) throw new RangeError(`the model has no weight ${name}`);
      storage.write(name, stored.data);
    }
    const program = await compile(device, { graph, outputs, storages: [storage] });
    for (const name of frozen.names) program.write(name, statistics.get(name)?.data ?? new Float32Array());
    return new Network({ program, storage, batch, size });
  } catch (error) {
    storage[Symbol.dispose]();
    throw error;
  }
}
