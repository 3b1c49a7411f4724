/**
 * Scans: patterns with positions and a probe, checked before any work.
 *
 * In: an NPZ file by path, address or bytes, or patterns that arrive one after another.
 *
 * Out: a `Scan`, whose patterns are read as photon counts or amplitudes where they are asked for; a `ScanSet` of several;
 * what is wrong with a file (`inspectScan`); samples, splits, groups and blocks of positions; overlaps.
 *
 * `writeCxi`, `writeProduct` and `writeDiffraction` write the files of other programs.
 *
 * Imports `common`, `host`, `numeric` and `formats`, of `config` the types of the settings of reading, and of `physics` probes and
 * the lengths of a near field. Knows no network and no solver.
 *
 * @module
 */
export {
  type Arrival,
  arrivalFromJson,
  arrivalFromNpz,
  type ArrivalOptions,
  arrivalsInFolder,
  arrivalsInLines,
} from "./arriving.ts";
export { openChecked, type ReadScan } from "./check/open_checked.ts";
export { AUTO_PROBE, type FindsProbe, READING_SETTINGS, readingOptions } from "./settings.ts";
export { type Fixture, makeFixture, subsetArrays } from "./fixture.ts";
export { centralPositions } from "./grouping/central.ts";
export { turned } from "./turned.ts";
export { blocksOf } from "./grouping/partition.ts";
export {
  checkGroupOptions,
  type GroupOptions,
  type Groups,
  groupsOf,
  joinGroups,
  makeGroups,
} from "./grouping/groups.ts";
export { checkerboardHalves, splitHalves } from "./grouping/partition.ts";
export { samplePositions } from "./grouping/split.ts";
export { type Split, splitPositions } from "./grouping/split.ts";
export { inspectScan, type ScanReport } from "./inspect.ts";
export {
  discOverlap,
  groupCentreOverlap,
  groupOverlap,
  neighbourOverlap,
  type OverlapOptions,
  type ScanOverlap,
  scanOverlap,
  type ScanOverlapOptions,
} from "./overlap.ts";
export { Findings, PATTERN_SIZES } from "./reading/contract.ts";
export { meanPattern, spreadSample } from "./mean_pattern.ts";
export { scanWith } from "./scan_with.ts";
export { findPixelSize, readMetadata } from "./reading/metadata.ts";
export { complexValues, readProbe } from "./reading/probe.ts";
export { readAhead } from "./reading/read_ahead.ts";
export type { ReadingHints } from "./hints.ts";
export { readForeignResult } from "./readers/results.ts";
export { isZipFile, openScanFile } from "./preparation/open_scan_file.ts";
export { openScan, readScanMetadata } from "./scan.ts";
export { joinScans, partsOf, placeIn, type ScanPart, type ScanSet } from "./scan_set.ts";
export type { OpenScanOptions, Probe, Scan, ScanGeometry, ScanObject } from "./types.ts";
export { type CxiContent, writeCxi } from "./writers/cxi.ts";
export { writeDiffraction, writeProduct } from "./writers/ptychodus.ts";
