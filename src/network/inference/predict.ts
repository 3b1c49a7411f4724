/**
 * Patches of a scan by a trained network, batch after batch.
 *
 * @module
 */
import { breather, DataError, type ProgressListener } from "../../common/mod.ts";
import { refuseNearField } from "../model/scan_statistics.ts";
import type { AnyDevice } from "../../engine/mod.ts";

import type { Model } from "../model/model.ts";
import { checkGroupOptions, makeGroups, readAhead, type Scan } from "../../scan/mod.ts";

import { groupingOf, type Network, openNetwork } from "./network.ts";
import { openPatchStore, type PatchStore } from "../../image/mod.ts";
import { applyRectScales, type RectScales } from "./rect_scales.ts";

/** Options of the order of patterns. */
export interface OrderOptions {
  /** Patterns to reconstruct; default all. */
  readonly indices?: Int32Array;
  /** Groups of a historical network; default one for each pattern. */
  readonly nGroups?: number;
  /** K of the groups that a historical network needs. Default 7. */
  readonly neighborCount?: number;
  readonly seed?: number;
}

/** Options of {@linkcode predictPatches}. */
export interface PredictOptions extends OrderOptions {
  readonly device: AnyDevice;
  /** Patterns in a batch; by default as many as fit, see {@linkcode openNetwork}. */
  readonly batchSize?: number;
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
  /** Patterns in a batch. */
  readonly batchSize: number;
}

/** Numbers of patterns, `size` after `size` going through the network as one input. */
export interface PatternOrder {
  readonly patterns: Int32Array;
  readonly size: number;
}

/**
 * Orders the patterns of a scan. The calibrated network takes one pattern at a time; a historical one of gridsize 2
 * or more takes groups, which depend on the seed, and every member of a group counts.
 */
export function patternOrder(
  scan: Scan,
  { model, ...options }: OrderOptions & { readonly model: Model },
): PatternOrder {
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  const { channels, grouped } = groupingOf(model);
  if (!grouped) return { patterns: indices, size: 1 };
  const { indices: patterns } = makeGroups(scan.positionsPx, {
    size: channels,
    neighborCount: Math.max(options.neighborCount ?? 7, channels),
    seed: options.seed ?? 0,
    nGroups: options.nGroups,
    indices,
    source: scan.source,
  });
  return { patterns, size: channels };
}

/** Sends patterns through the network. Throws `DataError` where model and scan do not fit. */
export async function predictPatches(
  scan: Scan,
  { model, ...options }: PredictOptions & { readonly model: Model },
): Promise<PredictedPatches> {
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  refuseMisfit(scan, { model, patterns: indices.length });
  const { patterns: order } = patternOrder(scan, { ...options, model, indices });
  const { device, batchSize } = options;
  using network = await openNetwork(device, { model, batchSize, patterns: order.length });
  return await predictOrder(scan, { ...options, network, order });
}

/** Sends patterns through an open network in the order given. */
export async function predictOrder(
  scan: Scan,
  { network, order, scales, signal, onProgress, patchMemoryBytes }:
    & Pick<PredictOptions, "signal" | "onProgress" | "patchMemoryBytes">
    & { readonly network: Network; readonly order: Int32Array; readonly scales?: RectScales },
): Promise<PredictedPatches> {
  const { batch } = network;
  const pixels = scan.size ** 2;
  const patches = openPatchStore({ count: order.length, side: scan.size, memoryBytes: patchMemoryBytes });
  const begun = performance.now();
  try {
    const reads = readAhead({
      count: Math.ceil(order.length / batch),
      depth: scan.readAhead,
      read: (k) => scan.readCounts(order.subarray(k * batch, (k + 1) * batch)),
    });
    const breathe = breather(signal);
    let done = 0;
    for await (const read of reads) {
      await breathe();
      const found = await network.run(read);
      if (scales) applyRectScales(found, scales);
      patches.write(done, found);
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
    batchSize: batch,
  };
}

/**
 * The checks of {@linkcode predictPatches} alone, for use before any work. Throws `DataError` where a model is for
 * patterns of another size, and where `patterns` are too few for a group that its network needs.
 */
export function refuseMisfit(
  scan: Scan,
  { model, patterns }: { readonly model: Model; readonly patterns: number },
): void {
  refuseNearField(scan);
  if (scan.size === model.size) {
    const { channels: size, grouped } = groupingOf(model);
    if (grouped) checkGroupOptions(patterns, { size, neighborCount: size, source: scan.source });
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
