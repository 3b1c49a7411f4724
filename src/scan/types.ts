/**
 * The scan as the rest of the engine sees it.
 *
 * @module
 */
import type { NpyArray, NpzEntry } from "../formats/mod.ts";

import type { ProbeSource, ReadingHints } from "./hints.ts";
import type { PositionsPx } from "../numeric/mod.ts";
import type { NearFieldLengths, Propagation } from "../physics/mod.ts";

/** Kind of the stored patterns: photon counts (intensity), or their square root. */
export type Measurement = "counts" | "amplitude";

/** Photon counts; a plain `Float32Array` will do, one of amplitudes will not. */
export type Counts = Float32Array & { readonly domain?: "counts" };

/** Square roots of photon counts. */
export type Amplitudes = Float32Array & { readonly domain?: "amplitude" };

/** The probe's modes. */
export interface Probe {
  /** P. */
  readonly modes: number;
  /** N. */
  readonly size: number;
  /** Shape [P, N, N], interleaved (re, im). */
  readonly data: Float32Array;
}

/** A complex image, interleaved (re, im), row-major. */
export interface ScanObject {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** Lengths of an exposure, and what field the detector sees. */
export interface ScanGeometry extends NearFieldLengths {
  /** All but `far` are near fields. */
  readonly propagation: Propagation;
  readonly wavelengthM: number;
}

/** Options of opening a scan. */
export interface OpenScanOptions {
  /** Kind of the stored patterns. `auto`: integers are counts, the rest amplitude. Default auto. */
  readonly measurement?: "auto" | Measurement;
  /** Key of the probe. Default `probeGuess`. */
  readonly probeKey?: string;
  /** What a file of another program does not say itself, and how its frames are prepared. */
  readonly reading?: ReadingHints;
  /** The probe: a description or another file; takes the place of one in the file. */
  readonly probeFrom?: ProbeSource;
  /** The probe of a file that has none. Default: such a file is refused. */
  readonly probeElse?: ProbeSource;
  /** Called with a line for each adaptation to the file. */
  readonly onNote?: (line: string) => void;
  /** Name for messages; default path, address or file name. */
  readonly name?: string;
  readonly signal?: AbortSignal;
  /**
   * Threads that read ahead. 0, the default, is automatic: one where the patterns stay in a local file of more than
   * 256 MiB; smaller ones are read on this thread. Results do not depend on it.
   */
  readonly numWorkers?: number;
  /** Batches that are read ahead by each thread. 0, the default, is automatic: 2. Results do not depend on it. */
  readonly prefetchFactor?: number;
}

/** An open, checked scan of n patterns, N x N pixels. Close it, or `await using`. */
export interface Scan extends AsyncDisposable {
  /** Path, address or name. */
  readonly source: string;
  /** Patterns. */
  readonly n: number;
  /** N. */
  readonly size: number;
  /** Patch centres in object pixels. */
  readonly positionsPx: PositionsPx;
  readonly probe: Probe;
  /** Kind of the stored patterns; both read methods convert from either. */
  readonly measurement: Measurement;
  /** Mean photon count of a pattern. */
  readonly meanCounts: number;
  readonly objectGuess?: ScanObject;
  /** 0 where a pixel of the detector is bad, else 1, (N, N); absent where all are good. Bad pixels are read as 0. */
  readonly mask?: Uint8Array;
  /** Scan index of each pattern, if the file has it. */
  readonly scanIndex?: Int32Array;
  /** Keys of the labels (`Y`, `label_amp`, `label_phase`) that are there. */
  readonly labels: readonly string[];
  /** The file's `_metadata`, parsed. */
  readonly metadata?: unknown;
  /** Side of an object pixel in metres, if the metadata has it. */
  readonly pixelSizeM?: number;
  /** Absent where the metadata does not give wavelength, distance and detector pixel: the far field. */
  readonly geometry?: ScanGeometry;
  /** Patterns are read from the file when they are asked for, rather than kept in memory. */
  readonly streams: boolean;
  /** Batches to read ahead. Default 1. */
  readonly readAhead?: number;
  /** Shape and type of an array of the file; undefined where there is none of that name. */
  entry(key: string): NpzEntry | undefined;
  /** Rows along the first axis of an array of the file, labels above all. */
  readRows(key: string, indices: ArrayLike<number>): Promise<NpyArray>;
  /** SHA-256 of the file. */
  sha256(): Promise<string>;
  /** Patterns as photon counts, zero frequency at N/2, shape [indices, N, N]; into `out` where given. */
  readCounts(indices: ArrayLike<number>, out?: Float32Array): Promise<Counts>;
  /** Patterns as amplitudes, zero frequency at N/2, shape [indices, N, N]; into `out` where given. */
  readAmplitudes(indices: ArrayLike<number>, out?: Float32Array): Promise<Amplitudes>;
  close(): Promise<void>;
}
