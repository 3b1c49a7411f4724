/**
 * Extra batch inputs: labels, scan index, jittered positions, probe gate.
 * All of it follows from seed, epoch and number of the batch, so that a run that is resumed goes on as it would have.
 *
 * @module
 */
import type { Config } from "../../../config/mod.ts";
import { PROBE_GATE } from "../../model/probe_refinement.ts";
import { type BatchShape, SCAN_INPUT } from "../../model/trace_context.ts";
import { partsOf, placeIn, type Scan, type ScanSet } from "../../../scan/mod.ts";

import type { Batch } from "./batches.ts";
import { jittered } from "./jitter.ts";
import { labelsOf, type LabelSource } from "./labels.ts";

/** The place of a batch in a training run. */
export interface BatchPlace {
  /** From 1. */
  readonly epoch: number;
  /** Of the batch in its epoch, from 0. */
  readonly number: number;
}

/** Completes a batch of a scan; without a place it is one that is judged and not trained on. */
export type CompleteBatch = (
  batch: Batch,
  of: { scan: Scan | ScanSet; place?: BatchPlace },
) => Promise<Batch>;

/** Makes the function for a run. */
export function batchCompletion(
  { model, training }: Pick<Config, "model" | "training">,
  shape: BatchShape,
): CompleteBatch {
  const supervised = model.modelType === "supervised";
  const sources = new Map<Scan | ScanSet, LabelSource>();
  const labels = (scan: Scan | ScanSet) => {
    const source = sources.get(scan) ?? labelsOf(scan);
    sources.set(scan, source);
    return source;
  };
  return async (batch, { scan, place }) => {
    const inputs = new Map<string, Float32Array>();
    if (supervised) {
      const { amplitude, phase } = await labels(scan).read(batch.patterns);
      inputs.set("labelAmp", amplitude).set("labelPhase", phase);
    }
    if ((shape.scans ?? 1) > 1) inputs.set(SCAN_INPUT, selector(batch.patterns, { scan, shape }));
    if (model.probeTrainable && !supervised) {
      inputs.set(PROBE_GATE, Float32Array.of(place && place.epoch < model.probeStartEpoch ? 0 : 1));
    }
    const jitter = { largest: training.positionJitter, seed: training.seed };
    const relative = place && jitter.largest > 0
      ? jittered(batch.relative, { ...jitter, ...place })
      : batch.relative;
    return { ...batch, relative, inputs };
  };
}

/** [n, S], 1 for the scan of each pattern. A scan that was not trained on is taken for the first. */
function selector(
  patterns: Int32Array,
  { scan, shape: { scans = 1 } }: { scan: Scan | ScanSet; shape: BatchShape },
): Float32Array {
  const all = new Float32Array(patterns.length * scans);
  const parts = partsOf(scan);
  patterns.forEach((pattern, k) => {
    all[k * scans + placeIn(parts, pattern).part] = 1;
  });
  return all;
}
