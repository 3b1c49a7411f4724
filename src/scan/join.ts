/**
 * Several scans taken as one: their patterns one after another, each with the probe of its own scan.
 *
 * @module
 */
import { sha256Hex } from "../host/mod.ts";
import { DataError } from "../common/mod.ts";
import type { NpyArray } from "../formats/mod.ts";
import type { Amplitudes, Counts, Probe, Scan } from "./types.ts";

/** One of several scans; its pattern i is pattern `start` + i of all of them. */
export interface ScanPart {
  readonly scan: Scan;
  readonly start: number;
}

/** The scans that a scan was joined from, or itself. */
export function partsOf(scan: Scan): readonly ScanPart[] {
  return scan.parts ?? [{ scan, start: 0 }];
}

/**
 * Joins scans; closing the result closes them. A single scan is returned as it is. Throws `DataError` where the patterns
 * differ in size. The positions of different scans have nothing to do with each other, so neighbours are to be looked
 * for within the {@linkcode partsOf} the result.
 */
export function joinScans(scans: readonly Scan[]): Scan {
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
  return others.length === 0 ? first : new JoinedScan(scans);
}

class JoinedScan implements Scan {
  readonly parts: readonly ScanPart[];
  readonly source: string;
  readonly n: number;
  readonly size: number;
  readonly positionsPx: Scan["positionsPx"];
  readonly probe: Probe;
  readonly measurement = "counts";
  readonly meanCounts: number;
  readonly labels: readonly string[] = [];
  readonly pixelSizeM?: number;
  readonly streams: boolean;
  readonly readAhead?: number;

  constructor(private readonly scans: readonly Scan[]) {
    let start = 0;
    this.parts = scans.map((scan) => {
      const part = { scan, start };
      start += scan.n;
      return part;
    });
    const [first] = scans;
    this.n = start;
    this.size = first.size;
    this.source = scans.map(({ source }) => source).join(", ");
    const joined = (axis: "x" | "y") => {
      const all = new Float64Array(start);
      for (const part of this.parts) all.set(part.scan.positionsPx[axis], part.start);
      return all;
    };
    this.positionsPx = { x: joined("x"), y: joined("y") };
    this.probe = first.probe;
    this.meanCounts = scans.reduce((sum, scan) => sum + scan.meanCounts * scan.n, 0) / start;
    const pixels = new Set(scans.map(({ pixelSizeM }) => pixelSizeM));
    if (pixels.size === 1) this.pixelSizeM = first.pixelSizeM;
    this.streams = scans.some(({ streams }) => streams);
    this.readAhead = Math.max(1, ...scans.map(({ readAhead = 1 }) => readAhead));
  }

  async sha256(): Promise<string> {
    const hashes = await Promise.all(this.scans.map((scan) => scan.sha256()));
    return await sha256Hex(new TextEncoder().encode(hashes.join("\n")));
  }

  readCounts(indices: ArrayLike<number>, out?: Float32Array): Promise<Counts> {
    return this.#read("readCounts", indices, out);
  }

  readAmplitudes(indices: ArrayLike<number>, out?: Float32Array): Promise<Amplitudes> {
    return this.#read("readAmplitudes", indices, out);
  }

  entry(): undefined {
    return undefined;
  }

  readRows(key: string): Promise<NpyArray> {
    return Promise.reject(new RangeError(`${key} is read from the scans one by one`));
  }

  async close(): Promise<void> {
    for (const scan of this.scans) await scan.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(
    what: "readCounts" | "readAmplitudes",
    indices: ArrayLike<number>,
    out: Float32Array = new Float32Array(indices.length * this.size ** 2),
  ): Promise<Float32Array> {
    const pixels = this.size ** 2;
    for (const { scan, start } of this.parts) {
      const places = Array.from(indices, (_, k) => k).filter((k) =>
        indices[k] >= start && indices[k] < start + scan.n
      );
      if (places.length === 0) continue;
      const read = await scan[what](Int32Array.from(places, (k) => indices[k] - start));
      places.forEach((k, i) => out.set(read.subarray(i * pixels, (i + 1) * pixels), k * pixels));
    }
    return out;
  }
}

/** The part that a pattern is in, and its number there. Throws `RangeError` for a pattern that is not there. */
export function placeIn(
  parts: readonly ScanPart[],
  pattern: number,
): { part: number; index: number } {
  const part = parts.findLastIndex(({ start }) => pattern >= start);
  const index = pattern - (parts[part]?.start ?? 0);
  if (part < 0 || index >= parts[part].scan.n) throw new RangeError(`there is no pattern ${pattern}`);
  return { part, index };
}
