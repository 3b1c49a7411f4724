/**
 * The memory plan: every intermediate value gets an offset in one of a few arenas, such that values alive at the same
 * time never share bytes.
 *
 * @module
 */
import { SLICE_ALIGNMENT } from "../devices/device.ts";
import { check } from "../graph/types.ts";

/** A value that needs memory from step `from` to step `to`, both included. */
export interface Block {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** Place of a block. */
export interface Place {
  readonly arena: number;
  readonly byteOffset: number;
}

/** Places of all blocks, and the size of each arena. */
export interface MemoryPlan {
  readonly places: readonly Place[];
  readonly arenaBytes: readonly number[];
}

const align = (bytes: number) => Math.ceil(bytes / SLICE_ALIGNMENT) * SLICE_ALIGNMENT;

/**
 * Places the largest blocks first, each at the lowest offset that is free during its life (Pisarchyk and Lee 2020,
 * greedy by size). Throws `ShapeError` where one block is larger than an arena may be.
 */
export function planMemory(blocks: readonly Block[], maxArenaBytes: number): MemoryPlan {
  const order = blocks.map((_, index) => index).sort((p, q) => blocks[q].bytes - blocks[p].bytes || p - q);
  const places = new Array<Place>(blocks.length);
  const arenas: { index: number; start: number; end: number }[][] = [];
  const arenaBytes: number[] = [];
  for (const index of order) {
    const block = blocks[index];
    const bytes = align(block.bytes);
    check(
      bytes <= maxArenaBytes,
      `one value needs ${bytes} bytes, more than a buffer of the device may have`,
    );
    for (let arena = 0; !places[index]; arena++) {
      const placed = arenas[arena] ??= [];
      const alive = placed.filter((p) =>
        blocks[p.index].from <= block.to && block.from <= blocks[p.index].to
      );
      const start = lowestGap(alive, bytes);
      if (start + bytes > maxArenaBytes) continue;
      places[index] = { arena, byteOffset: start };
      insertByStart(placed, { index, start, end: start + bytes });
      arenaBytes[arena] = Math.max(arenaBytes[arena] ?? 0, start + bytes);
    }
  }
  return { places, arenaBytes };
}

/** Lowest start of a free gap among ranges sorted by start. */
function lowestGap(alive: readonly { start: number; end: number }[], bytes: number): number {
  let start = 0;
  for (const range of alive) {
    if (range.start - start >= bytes) return start;
    start = Math.max(start, range.end);
  }
  return start;
}

function insertByStart<R extends { start: number }>(ranges: R[], range: R): void {
  const at = ranges.findIndex((other) => other.start > range.start);
  ranges.splice(at < 0 ? ranges.length : at, 0, range);
}
