/**
 * Single values and vectors of an HDF5 file, with their units.
 *
 * @module
 */
import { DataError, describeShape } from "../../common/mod.ts";
import { countOf, type Hdf5Reader, toFloat32, toFloat64 } from "../../formats/mod.ts";
import { complexValues } from "../reading/probe.ts";
import type { Probe, ScanObject } from "../types.ts";
import type { Frames } from "./foreign.ts";
import { LENGTH_UNITS } from "../hints.ts";

/** Most bytes of a value that is no stack of frames. */
const VALUE_BYTES = 2 ** 28;

/** The first number of the first of some datasets that is there. */
export async function numberAt(file: Hdf5Reader, ...paths: readonly string[]): Promise<number | undefined> {
  for (const path of paths) {
    const dataset = await file.find(path);
    if (!dataset || dataset.dtype === undefined || dataset.dtype === "string") continue;
    const [value] = toFloat64(await file.read(path, { atMost: VALUE_BYTES }));
    if (Number.isFinite(value)) return value;
  }
  return undefined;
}

/** All numbers of a dataset, undefined where it is not there. */
export async function vectorAt(file: Hdf5Reader, path: string): Promise<Float64Array | undefined> {
  if (!await file.find(path)) return undefined;
  return toFloat64(await file.read(path, { atMost: VALUE_BYTES }));
}

/** A length in metres, by the attribute `units` of its dataset. */
export async function lengthAt(
  file: Hdf5Reader,
  path: string,
  standard: keyof typeof LENGTH_UNITS = "m",
): Promise<number | undefined> {
  const value = await numberAt(file, path);
  return value === undefined ? undefined : value * await unitAt(file, path, standard);
}

/** Metres in the unit of a dataset. Throws `DataError` for a unit that is not known. */
export async function unitAt(
  file: Hdf5Reader,
  path: string,
  standard: keyof typeof LENGTH_UNITS,
): Promise<number> {
  const attributes = await file.attributes(path);
  const unit = attributes.get("units") ?? attributes.get("unit");
  if (typeof unit !== "string" || unit === "") return LENGTH_UNITS[standard];
  const name = unit.trim().toLowerCase().replace(/^(µ|μ|u|micro)m?(eters?|etres?)?$/, "um")
    .replace(/^milli(meters?|metres?)$/, "mm").replace(/^(meters?|metres?)$/, "m").replace(
      /^(a|å|angstroms?)$/,
      "angstrom",
    );
  const known = Object.entries(LENGTH_UNITS).find(([key]) => key === name);
  if (known) return known[1];
  throw new DataError({
    file: file.file,
    key: path,
    found: `the unit ${unit}`,
    expected: `a length: ${Object.keys(LENGTH_UNITS).join(", ")}`,
    remedy: "give the length by a flag",
  });
}

/** A complex array of any rank as modes of a square probe. */
export async function probeAt(file: Hdf5Reader, path: string): Promise<Probe | undefined> {
  const dataset = await file.find(path);
  const size = dataset?.shape.at(-1);
  if (!dataset || size === undefined || dataset.shape.at(-2) !== size) return undefined;
  const data = complexValues(await file.read(path, { atMost: VALUE_BYTES }));
  return data && { modes: countOf(dataset.shape) / size ** 2, size, data };
}

/** The first image of a complex array of any rank. */
export async function objectAt(file: Hdf5Reader, path: string): Promise<ScanObject | undefined> {
  const dataset = await file.find(path);
  if (!dataset || dataset.shape.length < 2) return undefined;
  const [height, width] = dataset.shape.slice(-2);
  const data = complexValues(await file.read(path, { atMost: VALUE_BYTES }));
  return data && { height, width, data: data.subarray(0, 2 * height * width) };
}

/** A map of bad pixels, where `isBad` says so of a value. */
export async function badPixelsAt(
  file: Hdf5Reader,
  path: string,
  isBad: (value: number) => boolean = (value) => value !== 0,
): Promise<Uint8Array | undefined> {
  const values = await vectorAt(file, path);
  return values && Uint8Array.from(values, (value) => isBad(value) ? 1 : 0);
}

/** Frames of a dataset whose last two axes are those of the detector; one where it has no others. */
export async function framesAt(file: Hdf5Reader, path: string): Promise<Frames> {
  const dataset = await file.find(path);
  const { shape = [], dtype } = dataset ?? {};
  if (!dataset || dtype === undefined || !/^(bool|u?int|float)/.test(dtype) || shape.length < 2) {
    throw new DataError({
      file: file.file,
      key: path,
      found: dataset ? `${dtype ?? "values"} of shape ${describeShape(shape)}` : "no dataset",
      expected: "real frames of shape (n, height, width)",
      remedy: "name the patterns with --data-path",
    });
  }
  const [height, width] = shape.slice(-2);
  const n = countOf(shape.slice(0, -2));
  const inner = countOf(shape.slice(1, -2));
  return {
    n,
    height,
    width,
    dtype,
    async read(first, count) {
      // frames of a raster (rows, columns, height, width) are read by whole rows of it
      const from = Math.floor(first / inner), to = Math.ceil((first + count) / inner);
      const array = await file.readRows(path, { first: from, count: to - from });
      if (inner === 1) return { ...array, shape: [count, height, width] };
      const pixels = height * width, start = (first - from * inner) * pixels;
      const data = toFloat32(array).subarray(start, start + count * pixels);
      return { dtype: "float32", shape: [count, height, width], data };
    },
  };
}

/** Frames of several stacks, one after another. */
export function joinFrames(parts: readonly Frames[]): Frames {
  const [first] = parts;
  if (parts.length === 1) return first;
  const starts = parts.map((_, k) => parts.slice(0, k).reduce((sum, { n }) => sum + n, 0));
  return {
    ...first,
    n: parts.reduce((sum, { n }) => sum + n, 0),
    async read(from, count) {
      const out = new Float32Array(count * first.height * first.width);
      for (const [k, part] of parts.entries()) {
        const begin = Math.max(from, starts[k]), end = Math.min(from + count, starts[k] + part.n);
        if (begin >= end) continue;
        const values = toFloat32(await part.read(begin - starts[k], end - begin));
        out.set(values, (begin - from) * first.height * first.width);
      }
      return { dtype: "float32", shape: [count, first.height, first.width], data: out };
    },
  };
}
