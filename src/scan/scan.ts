/**
 * Opening a scan.
 *
 * @module
 */
import { sha256OfSource, type SourceLike } from "../host/mod.ts";
import { type NpyArray, type Npz, type NpzEntry, openNpz } from "../formats/mod.ts";

import { Findings } from "./reading/contract.ts";
import { type Examined, examineScan } from "./reading/examine.ts";
import { isZipFile } from "./preparation/open_scan_file.ts";
import { readMetadata } from "./reading/metadata.ts";
import type { PositionsPx } from "../numeric/mod.ts";
import type { PatternStack } from "./reading/stack.ts";
import type {
  Amplitudes,
  Counts,
  Measurement,
  OpenScanOptions,
  Probe,
  Scan,
  ScanGeometry,
  ScanObject,
} from "./types.ts";

/**
 * Opens a scan (path, address, bytes or Blob): an NPZ of diffraction patterns, or a file of another program that is known
 * by its content (CXI, ptychodus, pty-chi, PtyLab, ptypy, tike, 4D-STEM, any HDF5 by path), and checks all of it, every pattern
 * included, before any work starts. `onNote` is called with adaptations to the file. Throws `DataError`
 * for the first problem; `inspectScan` lists all of them.
 */
export async function openScan(source: SourceLike, options: OpenScanOptions = {}): Promise<Scan> {
  const examined = await examineScan(source, { ...options, stopEarly: true });
  try {
    const [problem] = examined.findings.problems;
    if (problem) throw problem;
    return new OpenScan(examined);
  } catch (error) {
    await examined.npz.close();
    throw error;
  }
}

/**
 * Reads the metadata of a scan alone, without a look at its patterns: what `_metadata` holds, undefined where that is missing
 * or cannot be read. Throws `DataError` where the file cannot be opened.
 */
export async function readScanMetadata(
  source: SourceLike,
  { signal }: Pick<OpenScanOptions, "signal"> = {},
): Promise<unknown> {
  if (!await isZipFile(source, { signal })) return undefined; // only files of ours have metadata of ours
  await using npz = await openNpz(source, { signal });
  return await readMetadata(npz, new Findings(npz.file));
}

class OpenScan implements Scan {
  readonly source: string;
  readonly n: number;
  readonly size: number;
  readonly positionsPx: PositionsPx;
  readonly probe: Probe;
  readonly measurement: Measurement;
  readonly meanCounts: number;
  readonly objectGuess?: ScanObject;
  readonly mask?: Uint8Array;
  readonly scanIndex?: Int32Array;
  readonly labels: readonly string[];
  readonly metadata?: unknown;
  readonly pixelSizeM?: number;
  readonly geometry?: ScanGeometry;
  readonly streams: boolean;
  readonly readAhead: number;
  readonly #npz: Npz;
  readonly #stack: PatternStack;
  #sha256: Promise<string> | undefined;

  constructor({ npz, stack, positionsPx, probe, objectGuess, mask, extras, summary }: Examined) {
    if (!stack || !positionsPx || !probe || !summary) {
      throw new Error(`${npz.file}: examined without a problem named`);
    }
    this.#npz = npz;
    this.#stack = stack;
    this.source = npz.file;
    this.n = stack.layout.n;
    this.size = stack.layout.size;
    this.measurement = stack.layout.measurement;
    this.streams = stack.streams;
    this.readAhead = stack.readAhead;
    this.positionsPx = positionsPx;
    this.probe = probe;
    this.meanCounts = summary.meanCounts;
    this.objectGuess = objectGuess;
    this.mask = mask;
    this.scanIndex = extras.scanIndex;
    this.labels = extras.labels;
    this.metadata = extras.metadata;
    this.pixelSizeM = extras.pixelSizeM;
    this.geometry = extras.geometry;
  }

  sha256(): Promise<string> {
    return this.#sha256 ??= sha256OfSource(this.#npz.source);
  }

  entry(key: string): NpzEntry | undefined {
    return this.#npz.has(key) ? this.#npz.entry(key) : undefined;
  }

  readRows(key: string, indices: ArrayLike<number>): Promise<NpyArray> {
    return this.#npz.readRows(key, indices);
  }

  async readCounts(indices: ArrayLike<number>, out?: Float32Array): Promise<Counts> {
    return await this.#stack.read(indices, { as: "counts", out });
  }

  async readAmplitudes(indices: ArrayLike<number>, out?: Float32Array): Promise<Amplitudes> {
    return await this.#stack.read(indices, { as: "amplitude", out });
  }

  close(): Promise<void> {
    this.#stack.close();
    return this.#npz.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
