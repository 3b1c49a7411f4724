/**
 * The second stage of a reconstruction: patches of a scan by a trained network, batch after batch.
 *
 * @module
 */
import { breather, DataError, type ProgressListener } from "../../common/mod.ts";
import type { PatchLog } from "../model/patch_log.ts";
import { refuseNearField } from "../model/scan_statistics.ts";

import type { Model } from "../model/model.ts";
import { checkGroupOptions, readAhead, type Scan } from "../../scan/mod.ts";

import { groupingOf, type Network } from "./network.ts";
import { openPatchStore, type PatchStore } from "../../image/mod.ts";
import { applyRectScales, type RectScales } from "./rect_scales.ts";

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

/** Sends patterns through an open network in the order given. */
export async function predictOrder(
  scan: Scan,
  { network, order, scales, signal, onProgress, patchLog, pass = 0, patchMemoryBytes }: {
    readonly network: Network;
    /** Numbers of the patterns. */
    readonly order: Int32Array;
    readonly scales?: RectScales;
    readonly signal?: AbortSignal;
    readonly onProgress?: ProgressListener;
    /** Records patches of some batches; `pass` is from 0. */
    readonly patchLog?: PatchLog;
    readonly pass?: number;
    /** Bytes of patches that are held in memory; more go to a temporary file. Default 512 MiB. */
    readonly patchMemoryBytes?: number;
  },
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
    let done = 0, number = 0;
    for await (const read of reads) {
      await breathe();
      const found = await network.run(read);
      if (scales) applyRectScales(found, scales);
      if (patchLog?.watches(number, Math.ceil(order.length / batch))) {
        patchLog.add(found.slice(), { epoch: pass + 1, number });
      }
      number++;
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
 * Checks before any work that a model fits a scan. Throws `DataError` where a model is for
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
