/**
 * Batches: which groups are trained together, and the reading of their patterns, ahead of the one that is worked on.
 *
 * @module
 */
import type { BatchShape } from "../../model/trace_context.ts";
import { type Groups, readAhead, type Scan, type ScanSet } from "../../../scan/mod.ts";

/** Inputs of a program for one batch. */
export interface Batch {
  /** Numbers of the patterns, [B C]. */
  readonly patterns: Int32Array;
  /** Photon counts [B C, N, N]. */
  readonly counts: Float32Array;
  /** -(position - mean), (x, y) in pixels, [B C, 2]. */
  readonly relative: Float32Array;
  /** Share of each group in the batch's mean; 0 for groups that only fill it up. */
  readonly share: Float32Array;
  /** Groups that count. */
  readonly groups: number;
  /** Extra inputs by name. */
  readonly inputs?: ReadonlyMap<string, Float32Array>;
}

/** Returns the groups' numbers, in batches of `batchSize`; the last one may be shorter. */
export function batchesOf(order: Int32Array, batchSize: number): Int32Array[] {
  const count = Math.ceil(order.length / batchSize);
  return Array.from({ length: count }, (_, k) => order.subarray(k * batchSize, (k + 1) * batchSize));
}

/** Reads the patterns of some groups; a short batch is filled up with its first group, which then has no share. */
async function readBatch(
  scan: Scan | ScanSet,
  { groups, numbers, shape }: { groups: Groups; numbers: Int32Array; shape: BatchShape },
): Promise<Batch> {
  const { size: channels } = groups;
  const patterns = new Int32Array(shape.batchSize * channels);
  const relative = new Float32Array(2 * patterns.length);
  const share = new Float32Array(shape.batchSize);
  for (let k = 0; k < shape.batchSize; k++) {
    const group = k < numbers.length ? numbers[k] : numbers[0];
    if (k < numbers.length) share[k] = 1 / numbers.length;
    const from = group * channels;
    patterns.set(groups.indices.subarray(from, from + channels), k * channels);
    relative.set(groups.offsetsPx.subarray(2 * from, 2 * (from + channels)), 2 * k * channels);
  }
  return { patterns, counts: await scan.readCounts(patterns), relative, share, groups: numbers.length };
}

/** Options of {@linkcode streamBatches}. */
export interface BatchRequest {
  readonly groups: Groups;
  /** Numbers of the groups of each batch. */
  readonly batches: readonly Int32Array[];
  readonly shape: BatchShape;
  /** Adds the extra inputs of a batch; `number` counts from 0. Default: none. */
  readonly complete?: (batch: Batch, number: number) => Promise<Batch>;
}

/** Reads the batches in their order. */
export async function* streamBatches(
  scan: Scan | ScanSet,
  { groups, batches, shape, complete = (batch) => Promise.resolve(batch) }: BatchRequest,
): AsyncGenerator<Batch> {
  yield* readAhead({
    count: batches.length,
    depth: scan.readAhead,
    read: async (k) => await complete(await readBatch(scan, { groups, numbers: batches[k], shape }), k),
  });
}

/** Returns the side of a merged region that holds every patch of every group: N + 2 ceil(largest offset). */
export function regionSizeOf(size: number, groups: readonly Groups[]): number {
  let largest = 0;
  for (const { offsetsPx } of groups) {
    for (const offset of offsetsPx) largest = Math.max(largest, Math.abs(offset));
  }
  return size + 2 * Math.ceil(largest);
}
