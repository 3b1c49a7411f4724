/**
 * Inspects a scan file and names every problem, for people who want to look before they train.
 *
 * @module
 */
import type { DataError } from "../common/mod.ts";
import type { NpzEntry } from "../formats/mod.ts";
import type { SourceLike } from "../host/mod.ts";
import { checkScan } from "./check/check.ts";
import { examineScan } from "./reading/examine.ts";
import { type ScanOverlap, scanOverlap } from "./overlap.ts";
import { extentOf } from "./reading/positions.ts";
import type { Measurement, OpenScanOptions, ScanGeometry } from "./types.ts";

/** The report of {@linkcode inspectScan}. Figures that a problem prevents are absent. */
export interface ScanReport {
  readonly file: string;
  /** Bytes of the file. */
  readonly bytes: number;
  readonly entries: readonly NpzEntry[];
  /** Empty for a scan that `openScan` accepts. */
  readonly problems: readonly DataError[];
  /** What can be read, but makes a wrong image; empty where there are problems already. */
  readonly doubts: readonly string[];
  /** Adaptations to what is there. */
  readonly notes: readonly string[];
  /** Patterns. */
  readonly n?: number;
  /** N. */
  readonly size?: number;
  readonly measurement?: Measurement;
  /** Patterns can be read in place. */
  readonly streams?: boolean;
  readonly probeModes?: number;
  /** Pixels of the detector that do not count, where the file has a map of them. */
  readonly badPixels?: number;
  /** Mean photon count of a pattern. */
  readonly meanCounts?: number;
  /** Largest photon count of a pixel. */
  readonly maxCounts?: number;
  readonly extentPx?: {
    readonly minX: number;
    readonly maxX: number;
    readonly minY: number;
    readonly maxY: number;
  };
  /** Overlap of neighbouring patterns. */
  readonly overlap?: ScanOverlap;
  readonly labels: readonly string[];
  readonly hasObjectGuess: boolean;
  readonly pixelSizeM?: number;
  /** Lengths of the exposure, and whether the detector sees a near field. */
  readonly geometry?: ScanGeometry;
  readonly metadata?: unknown;
}

/** Looks at all of a file. Throws `DataError` only where it cannot be opened at all. */
export async function inspectScan(source: SourceLike, options: OpenScanOptions = {}): Promise<ScanReport> {
  const { npz, findings, stack, positionsPx, probe, objectGuess, mask, extras, summary } = await examineScan(
    source,
    {
      ...options,
      stopEarly: false,
    },
  );
  const readable = findings.problems.length === 0 && stack;
  const doubts = readable
    ? (await checkScan({
      ...stack.layout,
      geometry: extras.geometry,
      mask,
      probe,
      positionsPx,
      readCounts: (indices, out) => stack.read(indices, { as: "counts", out }),
      readAmplitudes: (indices, out) => stack.read(indices, { as: "amplitude", out }),
    })).map(({ line }) => line)
    : [];
  stack?.close();
  await npz.close();
  return {
    file: npz.file,
    bytes: npz.source.size,
    entries: npz.entries,
    problems: [...findings.problems],
    doubts,
    notes: [...findings.notes],
    n: stack?.layout.n,
    size: stack?.layout.size,
    measurement: stack?.layout.measurement,
    streams: stack?.streams,
    probeModes: probe?.modes,
    ...(mask ? { badPixels: mask.reduce((bad, good) => bad + 1 - good, 0) } : {}),
    ...summary,
    extentPx: positionsPx && extentOf(positionsPx),
    overlap: positionsPx && probe && scanOverlap({ positionsPx, probe }),
    labels: extras.labels,
    hasObjectGuess: objectGuess !== undefined,
    pixelSizeM: extras.pixelSizeM,
    ...(extras.geometry ? { geometry: extras.geometry } : {}),
    metadata: extras.metadata,
  };
}
