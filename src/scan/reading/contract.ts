/**
 * Finding the parts of a scan in an NPZ: which key holds the patterns, in which layout and domain.
 *
 * Nothing is thrown for a fault of the data: problems are collected, so that `inspect` can show all of them.
 *
 * @module
 */
import { DataError, describeOthers, describeShape } from "../../common/mod.ts";
import type { Npz, NpzEntry } from "../../formats/mod.ts";
import type { Measurement, OpenScanOptions } from "../types.ts";

/** Sides of a pattern that the historical networks are made for. */
export const PATTERN_SIZES: readonly number[] = [64, 128, 256];
/** Smallest and largest side of a pattern; all even ones between are read. */
const LEAST_SIDE = 16, MOST_SIDE = 1024;

/** Place and layout of the stored patterns. */
export interface StackLayout {
  readonly key: string;
  readonly n: number;
  /** N. */
  readonly size: number;
  /** The pattern index comes last: (N, N, n). */
  readonly transposed: boolean;
  readonly measurement: Measurement;
}

/** Collects what {@linkcode openScan} throws and `inspectScan` lists. */
export class Findings {
  readonly problems: DataError[] = [];
  readonly notes: string[] = [];

  constructor(readonly file: string, readonly onNote?: (line: string) => void) {}

  note(line: string): void {
    this.notes.push(line);
    this.onNote?.(line);
  }

  problem(key: string, found: string, expected: string, remedy: string): void {
    this.problems.push(new DataError({ file: this.file, key, found, expected, remedy }));
  }

  /** Runs a step and keeps its `DataError` as a problem. */
  async attempt<Result>(step: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.problems.push(error);
      return undefined;
    }
  }
}

const INTEGERS = /^u?int/;
const REALS = /^(u?int|float)/;

/**
 * Finds the patterns' key, layout and domain; `undefined` with a problem in `findings` where there are none.
 */
export function findStack(
  npz: Npz,
  findings: Findings,
  { n, measurement }: { n: number | undefined; measurement: OpenScanOptions["measurement"] },
): StackLayout | undefined {
  const entry = findStackEntry(npz, findings);
  if (!entry) return undefined;
  const { key, dtype, shape } = entry;
  const expected = "real patterns of shape [n, N, N], float32 amplitude or integer counts";
  if (!REALS.test(dtype)) {
    findings.problem(key, `dtype ${dtype}`, expected, "save the measured amplitude as float32");
    return undefined;
  }
  if (shape.length !== 3) {
    findings.problem(
      key,
      `shape ${describeShape(shape)}`,
      expected,
      "stack the patterns along the first axis",
    );
    return undefined;
  }
  const transposed = isTransposed(shape, n);
  const [count, height, width] = transposed ? [shape[2], shape[0], shape[1]] : shape;
  if (height !== width || height % 2 !== 0 || height < LEAST_SIDE || height > MOST_SIDE) {
    findings.problem(
      key,
      `patterns of ${height} x ${width} (shape ${describeShape(shape)})`,
      `squares of an even side from ${LEAST_SIDE} to ${MOST_SIDE}`,
      "crop or bin the patterns, the probe and the coordinates alike",
    );
    return undefined;
  }
  if (n !== undefined && count !== n) {
    const remedy = "give one position for each pattern";
    findings.problem(
      key,
      `${count} patterns (shape ${describeShape(shape)})`,
      `${n}, as many as xcoords`,
      remedy,
    );
    return undefined;
  }
  if (count === 0) {
    findings.problem(key, "no patterns", "at least one", "check how the file was written");
    return undefined;
  }
  if (transposed) findings.note(`${key}: stack of shape ${describeShape(shape)} taken as (N, N, n)`);
  if (dtype !== "float32") findings.note(`${key}: ${dtype} is converted to float32 as it is read`);
  return {
    key,
    n: count,
    size: height,
    transposed,
    measurement: settleMeasurement(entry, findings, measurement),
  };
}

function findStackEntry(npz: Npz, findings: Findings): NpzEntry | undefined {
  for (const key of ["diffraction", "diff3d"]) {
    const damaged = npz.unreadable.get(key);
    if (damaged) {
      findings.problems.push(damaged);
      return undefined;
    }
    if (!npz.has(key)) continue;
    if (key !== "diffraction") findings.note(`${key}: taken as diffraction`);
    return npz.entry(key);
  }
  const keys = npz.entries.map((entry) => entry.key);
  findings.problem(
    "diffraction",
    describeOthers(keys, "arrays"),
    "the patterns, float32 of shape [n, N, N]",
    "add the measured amplitudes under this key",
  );
  return undefined;
}

/** The coordinates decide; without them, or where both fit, the canonical order is taken. */
export function isTransposed(shape: readonly number[], n: number | undefined): boolean {
  const [first, second, last] = shape;
  if (second === last && first === n) return false;
  if (first === second && last === n) return true;
  return first === second && second !== last && first % 2 === 0;
}

function settleMeasurement(
  { key, dtype }: NpzEntry,
  findings: Findings,
  measurement: OpenScanOptions["measurement"] = "auto",
): Measurement {
  const isInteger = INTEGERS.test(dtype);
  if (measurement === "auto") {
    if (isInteger) findings.note(`${key}: ${dtype} taken as photon counts (measurement settles doubt)`);
    return isInteger ? "counts" : "amplitude";
  }
  if (isInteger !== (measurement === "counts")) {
    findings.note(`${key}: ${dtype} taken as ${measurement}, as the measurement option says`);
  }
  return measurement;
}
