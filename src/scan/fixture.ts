/**
 * A minimal data set of a scan, for tests and examples: few patterns, canonical types, and where they come from.
 *
 * @module
 */
import { DataError, describeShape, fileName, PLICA_VERSION } from "../common/mod.ts";

import { sha256Hex } from "../host/mod.ts";
import { encodeNpz, type NpyArray, openNpz, textArray, toFloat32, toFloat64 } from "../formats/mod.ts";

import { openScan } from "./scan.ts";
import { type StratifiedSample, stratifiedSample } from "./grouping/stratified.ts";
import type { OpenScanOptions, Scan } from "./types.ts";

/** Options of {@linkcode makeFixture}. */
export interface FixtureOptions extends OpenScanOptions {
  /** Patterns of the data set. Default 64. */
  readonly subsetSize?: number;
  /** Seed of the choice. Default 0. */
  readonly seed?: number;
  /** Commit of the repository that holds the scan, where it is known. */
  readonly sourceCommit?: string;
  /** Commit of the program, where it is known. */
  readonly programCommit?: string;
}

/** The text of the sidecar, as an object. */
export type FixtureRecord = Readonly<Record<string, unknown>>;

/** A data set and its sidecar. */
export interface Fixture {
  readonly npz: Uint8Array<ArrayBuffer>;
  readonly record: FixtureRecord;
  readonly sample: StratifiedSample;
}

/** Arrays with one entry for each pattern, besides those that every scan has; taken over where they are there. */
const PER_PATTERN = [
  "xcoords_start",
  "ycoords_start",
  "xcoords_true",
  "ycoords_true",
  "Y",
  "label_amp",
  "label_phase",
] as const;

/**
 * Makes a part of the scan in a file: `diffraction` as float32 amplitude (n, N, N), coordinates as float64, complex
 * arrays as complex64, and all other metadata. The same file and options give the same bytes. Throws `DataError` for
 * a scan that is wrong, `OptionError` where the subset does not fit it.
 */
export async function makeFixture(file: string, options: FixtureOptions = {}): Promise<Fixture> {
  const { subsetSize = 64, seed = 0, sourceCommit, programCommit } = options;
  await using scan = await openScan(file, options);
  const sample = stratifiedSample(scan.positionsPx, { subsetSize, seed });
  const arrays = await subsetArrays(scan, { file, indices: sample.indices });
  const npz = await encodeNpz(arrays);
  const record = {
    sha256: await sha256Hex(npz),
    bytes: npz.length,
    n: subsetSize,
    size: scan.size,
    arrays: Object.fromEntries(
      Object.entries(arrays).map(([key, { dtype, shape }]) => [key, { dtype, shape }]),
    ),
    source: {
      file: fileName(file),
      sha256: await scan.sha256(),
      patterns: scan.n,
      measurement: scan.measurement,
      commit: sourceCommit ?? null,
    },
    program: { name: "plica", version: PLICA_VERSION, commit: programCommit ?? null },
    strategy: {
      name: "stratified",
      meaning:
        "the outermost positions in x and y, one of every cell of the grid, then one more of each in turn",
      subset_size: subsetSize,
      seed,
      grid: sample.grid,
    },
    coverage: {
      x: sample.coverage.x,
      y: sample.coverage.y,
      bounding_box: sample.coverage.boundingBox,
      cells: sample.coverage.cells,
    },
    indices: [...sample.indices],
  };
  return { npz, record, sample };
}

/**
 * Returns the arrays of a scan of some of its patterns, as a file holds them: float32 amplitudes, float64
 * coordinates, complex64 probe and object, and the metadata of single patterns. `metadata` replaces that of the file.
 */
export async function subsetArrays(
  scan: Scan,
  { file, indices, metadata = scan.metadata }: {
    readonly file: string;
    readonly indices: Int32Array;
    readonly metadata?: unknown;
  },
): Promise<Record<string, NpyArray>> {
  const { size, probe, positionsPx: { x, y }, objectGuess, scanIndex, mask } = scan;
  const n = indices.length;
  const arrays: Record<string, NpyArray> = {
    diffraction: { dtype: "float32", shape: [n, size, size], data: await scan.readAmplitudes(indices) },
    xcoords: { dtype: "float64", shape: [n], data: Float64Array.from(indices, (i) => x[i]) },
    ycoords: { dtype: "float64", shape: [n], data: Float64Array.from(indices, (i) => y[i]) },
    probeGuess: {
      dtype: "complex64",
      shape: probe.modes === 1 ? [size, size] : [probe.modes, size, size],
      data: probe.data,
    },
  };
  if (objectGuess) {
    const { height, width, data } = objectGuess;
    arrays.objectGuess = { dtype: "complex64", shape: [height, width], data };
  }
  if (mask) arrays.mask = { dtype: "uint8", shape: [size, size], data: mask };
  if (scanIndex) {
    arrays.scan_index = { dtype: "int32", shape: [n], data: Int32Array.from(indices, (i) => scanIndex[i]) };
  }
  await using npz = await openNpz(file);
  for (const key of PER_PATTERN.filter((name) => npz.has(name))) {
    arrays[key] = chosen(await npz.readArray(key), { file, key, indices, n: scan.n });
  }
  if (metadata !== undefined) arrays._metadata = textArray(JSON.stringify(metadata));
  return arrays;
}

/** The entries of the chosen patterns; stacks with the pattern index last are turned around. */
function chosen(
  array: NpyArray,
  { file, key, indices, n }: { file: string; key: string; indices: Int32Array; n: number },
): NpyArray {
  const { shape, dtype } = array;
  const last = shape[0] !== n && shape.at(-1) === n;
  if (shape[0] !== n && !last) {
    throw new DataError({
      file,
      key,
      found: `shape ${describeShape(shape)}`,
      expected: `${n} along the first or the last axis, as many as patterns`,
      remedy: "give one for each pattern, or leave the key out",
    });
  }
  const rest = last ? shape.slice(0, -1) : shape.slice(1);
  const complex = dtype.startsWith("complex");
  const coordinates = /_(start|true)$/.test(key);
  const values = coordinates ? toFloat64(array) : toFloat32(array);
  const each = rest.reduce((product, length) => product * length, 1);
  const parts = complex ? 2 : 1;
  const out = coordinates
    ? new Float64Array(indices.length * each)
    : new Float32Array(indices.length * each * parts);
  indices.forEach((index, row) => {
    for (let i = 0; i < each; i++) {
      for (let part = 0; part < parts; part++) {
        const from = last ? i * n + index : index * each + i;
        out[(row * each + i) * parts + part] = values[from * parts + part];
      }
    }
  });
  const type = complex ? "complex64" : coordinates ? "float64" : "float32";
  return { dtype: type, shape: [indices.length, ...rest], data: out };
}
