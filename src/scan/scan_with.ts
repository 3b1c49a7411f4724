/**
 * A scan of which some parts are others.
 *
 * @module
 */
import type { Scan } from "./types.ts";

/** Parts that can be others. */
export type ScanChanges = Partial<
  Pick<Scan, "probe" | "positionsPx" | "mask" | "entry" | "readCounts" | "readAmplitudes">
>;

/** Returns the scan with `changes`; the file stays that of `scan`, which is to be closed by whoever opened it. */
export function scanWith(scan: Scan, changes: ScanChanges): Scan {
  return {
    source: scan.source,
    n: scan.n,
    size: scan.size,
    positionsPx: scan.positionsPx,
    probe: scan.probe,
    measurement: scan.measurement,
    meanCounts: scan.meanCounts,
    objectGuess: scan.objectGuess,
    mask: scan.mask,
    scanIndex: scan.scanIndex,
    labels: scan.labels,
    metadata: scan.metadata,
    pixelSizeM: scan.pixelSizeM,
    geometry: scan.geometry,
    streams: scan.streams,
    readAhead: scan.readAhead,
    entry: (key) => scan.entry(key),
    readRows: (key, indices) => scan.readRows(key, indices),
    sha256: () => scan.sha256(),
    readCounts: (indices, out) => scan.readCounts(indices, out),
    readAmplitudes: (indices, out) => scan.readAmplitudes(indices, out),
    ...changes,
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
