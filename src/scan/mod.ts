/**
 * The door of `scan`.
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
export { type Fixture, makeFixture } from "./fixture.ts";
export { blocksOf } from "./grouping/blocks.ts";
export {
  checkGroupOptions,
  type GroupOptions,
  type Groups,
  groupsOf,
  joinGroups,
  makeGroups,
} from "./grouping/groups.ts";
export { checkerboardHalves } from "./grouping/halves.ts";
export { samplePositions } from "./grouping/sampling.ts";
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
export { findPixelSize, readMetadata } from "./reading/metadata.ts";
export { complexValues, readProbe } from "./reading/probe.ts";
export { readAhead } from "./reading/read_ahead.ts";
export { openScan, readScanMetadata } from "./scan.ts";
export { joinScans, partsOf, placeIn, type ScanPart, type ScanSet } from "./scan_set.ts";
export type { OpenScanOptions, Probe, Scan, ScanObject } from "./types.ts";
