/**
 * The batches of an epoch, one after another. The next ones are read while the present one is worked on.
 *
 * @module
 */
import type { BatchShape } from "../../model/profile.ts";
import { type Groups, readAhead, type Scan } from "../../../scan/mod.ts";

import { type Batch, readBatch } from "./batches.ts";

/** Which batches. */
export interface BatchRequest {
  readonly groups: Groups;
  /** Numbers of the groups of each batch. */
  readonly batches: readonly Int32Array[];
  readonly shape: BatchShape;
  /** Adds to a batch what it needs beside its patterns; `number` counts from 0. Default: nothing. */
  readonly complete?: (batch: Batch, number: number) => Promise<Batch>;
}

/** Reads the batches in their order. */
export async function* streamBatches(
  scan: Scan,
  { groups, batches, shape, complete = (batch) => Promise.resolve(batch) }: BatchRequest,
): AsyncGenerator<Batch> {
  yield* readAhead({
    count: batches.length,
    depth: scan.readAhead,
    read: async (k) => await complete(await readBatch(scan, { groups, numbers: batches[k], shape }), k),
  });
}
