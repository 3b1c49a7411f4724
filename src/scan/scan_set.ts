/**
 * Several scans of one detector size that are trained on together.
 *
 * @module
 */
import { DataError } from "../common/mod.ts";
import type { Counts, Scan } from "./types.ts";

/** One of several scans; its pattern i is pattern `start` + i of the set. */
export interface ScanPart {
  readonly scan: Scan;
  readonly start: number;
}

/**
 * Several scans whose patterns are numbered one after another. Probe, positions and labels are those of each scan: the
 * positions of different scans have nothing to do with each other. Close it, or `await using`; that closes the scans.
 */
export interface ScanSet extends AsyncDisposable {
  readonly parts: readonly ScanPart[];
  /** Sources of the scans, with commas. */
  readonly source: string;
  /** Patterns of all scans. */
  readonly n: number;
  /** N. */
  readonly size: number;
  /** Side of an object pixel in metres, where it is that of all scans. */
  readonly pixelSizeM?: number;
  /** Batches to ask for before they are needed; the most of any scan. */
  readonly readAhead: number;
  /** Patterns as photon counts, shape [indices, N, N]. */
  readCounts(indices: ArrayLike<number>): Promise<Counts>;
  close(): Promise<void>;
}

/** Returns the scans of a set with their first numbers; a scan alone starts at 0. */
export function partsOf(scan: Scan | ScanSet): readonly ScanPart[] {
  return "parts" in scan ? scan.parts : [{ scan, start: 0 }];
}

/** Makes a set. Throws `DataError` where the patterns differ in size. */
export function joinScans(scans: readonly Scan[]): ScanSet {
  const [first, ...others] = scans;
  if (!first) throw new RangeError("there are no scans to join");
  for (const { source, size } of others) {
    if (size === first.size) continue;
    throw new DataError({
      file: source,
      key: "diffraction",
      found: `patterns of ${size} x ${size}`,
      expected: `${first.size} x ${first.size}, as in ${first.source}`,
      remedy: "train on scans of one detector size",
    });
  }
  return new JoinedScans(scans);
}

class JoinedScans implements ScanSet {
  readonly parts: readonly ScanPart[];
  readonly source: string;
  readonly n: number;
  readonly size: number;
  readonly pixelSizeM?: number;
  readonly readAhead: number;

  constructor(scans: readonly Scan[]) {
    let start = 0;
    this.parts = scans.map((scan) => {
      const part = { scan, start };
      start += scan.n;
      return part;
    });
    this.n = start;
    this.size = scans[0].size;
    this.source = scans.map(({ source }) => source).join(", ");
    if (new Set(scans.map(({ pixelSizeM }) => pixelSizeM)).size === 1) this.pixelSizeM = scans[0].pixelSizeM;
    this.readAhead = Math.max(1, ...scans.map(({ readAhead = 1 }) => readAhead));
  }

  async readCounts(indices: ArrayLike<number>): Promise<Counts> {
    if (this.parts.length === 1) return await this.parts[0].scan.readCounts(indices);
    const pixels = this.size ** 2;
    const out = new Float32Array(indices.length * pixels);
    for (const { scan, start } of this.parts) {
      const places = Array.from(indices, (_, k) => k)
        .filter((k) => indices[k] >= start && indices[k] < start + scan.n);
      if (places.length === 0) continue;
      const read = await scan.readCounts(Int32Array.from(places, (k) => indices[k] - start));
      places.forEach((k, i) => out.set(read.subarray(i * pixels, (i + 1) * pixels), k * pixels));
    }
    return out;
  }

  async close(): Promise<void> {
    for (const { scan } of this.parts) await scan.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Returns the part that a pattern is in, and its number there. Throws `RangeError` for a pattern that is not there.
 */
export function placeIn(
  parts: readonly ScanPart[],
  pattern: number,
): { part: number; index: number } {
  const part = parts.findLastIndex(({ start }) => pattern >= start);
  const index = pattern - (parts[part]?.start ?? 0);
  if (part < 0 || index >= parts[part].scan.n) throw new RangeError(`there is no pattern ${pattern}`);
  return { part, index };
}
