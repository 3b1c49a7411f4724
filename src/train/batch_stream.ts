/**
 * The batches of an epoch, one after another. The next one is read while the present one is worked on.
 *
 * @module
 */
import type { BatchShape } from "../nn/profile.ts";
import type { Groups } from "../scan/groups.ts";
import type { Scan } from "../scan/types.ts";
import { type Batch, readBatch } from "./batches.ts";

/** Which batches. */
export interface BatchRequest {
  readonly groups: Groups;
  /** Numbers of the groups of each batch. */
  readonly batches: readonly Int32Array[];
  readonly shape: BatchShape;
}

/** Reads the batches in their order. */
export async function* streamBatches(
  scan: Scan,
  { groups, batches, shape }: BatchRequest,
): AsyncGenerator<Batch> {
  const read = (k: number) => readBatch(scan, { groups, numbers: batches[k], shape });
  let next = batches.length > 0 ? read(0) : undefined;
  for (let k = 0; next; k++) {
    const batch: Batch = await next;
    next = k + 1 < batches.length ? read(k + 1) : undefined;
    next?.catch(() => {}); // awaited in the next turn
    yield batch;
  }
}
