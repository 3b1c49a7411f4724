/**
 * What a user says about a scan's file: what it does not say itself, how its frames are prepared, where a probe comes from.
 *
 * @module
 */
import type { SourceLike } from "../host/mod.ts";

/** What a user says about a file that does not say it itself. */
export interface ReaderHints {
  /** Paths of datasets in an HDF5 file. */
  readonly dataPath?: string;
  /** `PATH`, or `FILE:PATH` in another HDF5 file, or a text file of two columns. */
  readonly positionsPath?: string;
  /** Unit of positions that have none. Default m. */
  readonly positionsUnit?: LengthUnit;
  readonly wavelengthM?: number;
  readonly distanceM?: number;
  readonly detectorPixelM?: number;
  /** Row and column. */
  readonly centre?: readonly [number, number];
  /** Images of the detector, in counts: of no light, one number for all pixels or a file; of even light; 0 where it is bad. */
  readonly dark?: number | string;
  readonly flat?: string;
  readonly mask?: string;
}

/** Units of length by name, in metres; `px` is an object pixel. */
export const LENGTH_UNITS = {
  m: 1,
  cm: 1e-2,
  mm: 1e-3,
  um: 1e-6,
  nm: 1e-9,
  angstrom: 1e-10,
  pm: 1e-12,
} as const;

/** A unit of length, or object pixels. */
export type LengthUnit = keyof typeof LENGTH_UNITS | "px";

/** A part of the patterns; `stop` may lie behind the last one. */
export interface PatternRange {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** How a foreign scan is prepared. */
export interface PrepareOptions {
  /** N. Default: that of the probe; else the frames' own where they are square, else the largest even square. */
  readonly patternSize?: number;
  /** The zero frequency is at the centre of mass of the light. Default false. */
  readonly centreOfLight?: boolean;
  /** Fill up what lies outside of the frame with pixels that do not count. Default false. */
  readonly pad?: boolean;
  /** Detector pixels along each axis whose counts are added up to one. Default 1. */
  readonly bin?: number;
  /** Counts from which on a pixel of a frame is saturated, and does not count in any. */
  readonly saturation?: number;
  /** Radius around the zero frequency, in pixels of the pattern, in which no pixel counts. */
  readonly beamStopPx?: number;
  /** 0 to 7: bit 4 transposes frames first, then bit 1 flips columns and bit 2 rows (ptypy, PtyLab). Default 0. */
  readonly orientation?: number;
  /** The zero frequency is at index 0: it is brought to N/2. Default false. */
  readonly zeroAtCorner?: boolean;
  /** Rows and columns of pixels of the prepared patterns that do not count. */
  readonly badPixels?: readonly (readonly [number, number])[];
  /** First pattern, the one behind the last, and the step between them. Default: all. */
  readonly patterns?: PatternRange;
  readonly swapXy?: boolean;
  readonly flipX?: boolean;
  readonly flipY?: boolean;
  /** Degrees by which positions are rotated, from x to y, after swap and flips. Default 0. */
  readonly rotationDeg?: number;
}

/** What a user says about a file, and how it is prepared. */
export type ReadingHints = ReaderHints & PrepareOptions;

/** A probe by its description; lengths in metres, the defocus behind the focus. */
export type ProbeDescription =
  /** The wave that the mean pattern is of, with a flat phase on the detector. */
  | { readonly kind: "mean-pattern"; readonly defocusM?: number }
  | { readonly kind: "disk" | "gaussian" | "pinhole"; readonly diameterM: number; readonly defocusM?: number }
  | {
    readonly kind: "zone-plate";
    readonly diameterM: number;
    readonly outermostZoneM: number;
    readonly centralStopM?: number;
    readonly defocusM?: number;
  }
  /** A lens of electrons: half its angle of convergence, Cs of the third order. */
  | {
    readonly kind: "electron";
    readonly convergenceMrad: number;
    readonly defocusM?: number;
    readonly csM?: number;
  };

/** A description, or a file with a probe: a scan, a result, a product. */
export type ProbeSource = ProbeDescription | SourceLike;
