/**
 * Pairs of overlapping neighbours among the patches of a scan, each pair once.
 *
 * @module
 */
import Flatbush from "../deps/flatbush.ts";
import type { Positions } from "./canvas.ts";

/** Options of the search for pairs. */
export interface NeighbourPairOptions extends Positions {
  /** Nearest neighbours of a patch that are looked at. */
  readonly maxNeighbours: number;
  /** Largest distance of a pair in pixels. */
  readonly reach: number;
  /** Returns true if two patches at this shift, in whole pixels, overlap enough. */
  overlaps(dy: number, dx: number): boolean;
}

/** Pairs j < k, by j and then by k. */
export interface Pairs {
  readonly first: Int32Array;
  readonly second: Int32Array;
}

/** Lists of numbers, one after another: list j is `items[starts[j]]` to `items[starts[j + 1] - 1]`. */
interface Lists {
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/**
 * j and k are a pair where either is among the nearest neighbours of the other. All in typed arrays: a scan of half a
 * million patterns has ten million pairs.
 */
export function neighbourPairs(options: NeighbourPairOptions): Pairs {
  const near = nearLists(options);
  const back = missingLinks(near);
  const n = near.starts.length - 1;
  const first = new Int32Array(near.items.length);
  const second = new Int32Array(near.items.length);
  let count = 0;
  for (let j = 0; j < n; j++) {
    const from = count;
    for (let e = near.starts[j]; e < near.starts[j + 1]; e++) {
      if (near.items[e] > j) second[count++] = near.items[e];
    }
    for (let e = back.starts[j]; e < back.starts[j + 1]; e++) second[count++] = back.items[e];
    first.fill(j, from, count);
    second.subarray(from, count).sort();
  }
  return { first: first.slice(0, count), second: second.slice(0, count) };
}

/** The overlapping ones among the nearest neighbours of each position, ascending. */
function nearLists({ xcoords, ycoords, maxNeighbours, reach, overlaps }: NeighbourPairOptions): Lists {
  const n = xcoords.length;
  const starts = new Int32Array(n + 1);
  let items = new Int32Array(Math.min(n * Math.min(maxNeighbours, 16), 2 ** 28));
  let count = 0;
  if (n === 0) return { starts, items };
  const index = new Flatbush(n);
  for (let i = 0; i < n; i++) index.add(xcoords[i], ycoords[i], xcoords[i], ycoords[i]);
  index.finish();
  for (let j = 0; j < n; j++) {
    for (const k of index.neighbors(xcoords[j], ycoords[j], maxNeighbours + 1, reach)) {
      const dy = Math.round(ycoords[k] - ycoords[j]), dx = Math.round(xcoords[k] - xcoords[j]);
      if (k === j || !overlaps(dy, dx)) continue;
      if (count === items.length) {
        const wider = new Int32Array(2 * count + 1024);
        wider.set(items);
        items = wider;
      }
      items[count++] = k;
    }
    items.subarray(starts[j], count).sort();
    starts[j + 1] = count;
  }
  return { starts, items: items.subarray(0, count) };
}

/** For each j the k > j that have j in their list without being in j's. */
function missingLinks({ starts, items }: Lists): Lists {
  const n = starts.length - 1;
  const has = (j: number, k: number) => {
    let low = starts[j], high = starts[j + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (items[middle] < k) low = middle + 1;
      else high = middle;
    }
    return low < starts[j + 1] && items[low] === k;
  };
  const walk = (found: (j: number, k: number) => void) => {
    for (let k = 0; k < n; k++) {
      for (let e = starts[k]; e < starts[k + 1] && items[e] < k; e++) {
        if (!has(items[e], k)) found(items[e], k);
      }
    }
  };
  const backStarts = new Int32Array(n + 1);
  walk((j) => backStarts[j + 1]++);
  for (let j = 0; j < n; j++) backStarts[j + 1] += backStarts[j];
  const back = new Int32Array(backStarts[n]);
  const next = backStarts.slice();
  walk((j, k) => back[next[j]++] = k);
  return { starts: backStarts, items: back };
}
