/**
 * A scan in a file of another program: its frames as they lie there, with what the file says about positions, probe and
 * exposure. `canonical.ts` makes of it what the rest of the wing reads.
 *
 * @module
 */
import type { Hdf5Reader, NpyArray, NpyDType } from "../../formats/mod.ts";
import type { ByteSource } from "../../host/mod.ts";
import type { PositionsPx } from "../../numeric/mod.ts";
import type { Propagation } from "../../physics/mod.ts";
import type { ReaderHints } from "../hints.ts";
import type { Measurement, Probe, ScanObject } from "../types.ts";

/** Frames of a detector, read when they are asked for. */
export interface Frames {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly dtype: NpyDType;
  /** Consecutive frames, (count, height, width). */
  read(first: number, count: number): Promise<NpyArray>;
}

/** Lengths of an exposure; what a file does not say is absent. */
export interface Exposure {
  readonly wavelengthM?: number;
  readonly distanceM?: number;
  /** Height and width of a detector pixel in metres. */
  readonly detectorPixelM?: readonly [number, number];
  /** Height and width of an object pixel in metres, where the file gives it by itself. */
  readonly objectPixelM?: readonly [number, number];
  /** Row and column of the zero frequency in a frame. Default: the middle. */
  readonly centre?: readonly [number, number];
  /** Default: far. */
  readonly propagation?: Propagation;
  /** From the focus to the sample, where a beam diverges onto a near field. */
  readonly focusDistanceM?: number;
}

/** A scan as another program stored it. */
export interface ForeignScan {
  /** Name of the format, for messages. */
  readonly format: string;
  readonly frames: Frames;
  /**
   * Places of the patch centres along columns (x) and rows (y), in metres, in object pixels of the whole frame, or in those
   * of the prepared patterns; unstated are lengths in metres, unless a user says otherwise.
   */
  readonly positions?: PositionsPx & { readonly unit: "m" | "frame-px" | "px" | "unstated" };
  /** Frames by the index that the positions are joined by, where that is not their order. */
  readonly order?: Int32Array;
  /** Default counts. */
  readonly measurement?: Measurement;
  readonly probe?: Probe;
  readonly object?: ScanObject;
  /** 1 where a pixel is bad, (height, width). */
  readonly badPixels?: Uint8Array;
  readonly exposure: Exposure;
  /** What was decided. */
  readonly notes: readonly string[];
}

/** An open file that a reader looks at. */
export interface ForeignFile {
  readonly source: ByteSource;
  readonly hints: ReaderHints;
  /** Closed with the scan, with all that {@linkcode open} opened. */
  readonly hdf5?: Hdf5Reader;
  /** Opens another HDF5 file by its path beside this one; undefined where it is not there. */
  beside(name: string): Promise<Hdf5Reader | undefined>;
}

/** Reads one format. */
export interface ScanReader {
  readonly format: string;
  /** True for a file of the format, by its content. */
  recognises(file: ForeignFile): boolean | Promise<boolean>;
  read(file: ForeignFile): Promise<ForeignScan>;
}
