/**
 * A foreign scan under the canonical names and units: frames cropped to N around the zero frequency, positions in object
 * pixels, bad pixels as a mask, the exposure as metadata.
 *
 * @module
 */
import { DataError, describeShape } from "../../common/mod.ts";
import {
  type NpyArray,
  type Npz,
  toFloat32,
  toFloat64,
  type VirtualArray,
  virtualNpz,
} from "../../formats/mod.ts";
import type { ByteSource } from "../../host/mod.ts";
import { Fft2, type PositionsPx, rollImage } from "../../numeric/mod.ts";
import type { Probe } from "../types.ts";
import type { PatternRange, PrepareOptions } from "../hints.ts";
import { turned } from "../turned.ts";
import type { ForeignScan, Frames } from "./foreign.ts";

/** Returns the arrays of a canonical scan, whose patterns are read from the foreign file as they are asked for. */
export async function canonicalNpz(
  whole: ForeignScan,
  { source, close, ...options }: PrepareOptions & { readonly source: ByteSource; close(): Promise<void> },
): Promise<Npz> {
  const scan = withRange(whole, options.patterns, source.name);
  const size = sizeOf(scan, options, source.name);
  const [row, column] = cornerOf(scan, size, source.name);
  const pixel = objectPixel(scan, size);
  const found = positionsOf(scan, { pixel, size, file: source.name });
  const positions = turnedPositions(found, options);
  const mask = await preparedMask(scan, { ...options, size, row, column, file: source.name });
  const frames = scan.frames;
  const reader = patternReader(frames, {
    size,
    row,
    column,
    order: scan.order,
    orientation: options.orientation ?? 0,
    zeroAtCorner: options.zeroAtCorner ?? false,
  });
  const arrays = new Map<string, VirtualArray>([
    ["diffraction", {
      dtype: /^u?int(8|16|32)$/.test(frames.dtype) && scan.measurement !== "amplitude"
        ? frames.dtype
        : "float32",
      shape: [scan.order?.length ?? frames.n, size, size],
      readRows: reader,
    }],
    ["xcoords", stored({ dtype: "float64", shape: [positions.x.length], data: positions.x })],
    ["ycoords", stored({ dtype: "float64", shape: [positions.y.length], data: positions.y })],
    [
      "_metadata",
      stored({
        dtype: "string",
        shape: [],
        data: [JSON.stringify(metadataOf(scan, { size, pixel, row, column, options }))],
      }),
    ],
  ]);
  if (mask) arrays.set("mask", stored({ dtype: "uint8", shape: [size, size], data: mask }));
  const { probe, object } = scan;
  const fitting = probe && probe.size >= size ? coarser(probe, size) : undefined;
  if (fitting) {
    const shape = [probe?.modes ?? 1, size, size];
    arrays.set("probeGuess", stored({ dtype: "complex64", shape, data: fitting }));
  }
  if (object && size === frames.width) {
    arrays.set(
      "objectGuess",
      stored({ dtype: "complex64", shape: [object.height, object.width], data: object.data }),
    );
  }
  return virtualNpz({ source, arrays, close });
}

const stored = (array: NpyArray): VirtualArray => ({ dtype: array.dtype, shape: array.shape, array });

/** The scan with a part of its patterns, by their order. */
function withRange(scan: ForeignScan, range: PatternRange | undefined, file: string): ForeignScan {
  if (range === undefined) return scan;
  const { frames, order, positions } = scan, n = order?.length ?? frames.n;
  const { start, step } = range, stop = Math.min(range.stop, n);
  if (!(start >= 0 && step >= 1 && start < stop)) {
    throw new DataError({
      file,
      key: "--patterns",
      found: `${start}:${Number.isFinite(range.stop) ? range.stop : ""}:${step} of ${n} patterns`,
      expected: `START:STOP:STEP with at least one pattern of 0 to ${n - 1}`,
      remedy: "correct it",
    });
  }
  const taken = Int32Array.from({ length: Math.ceil((stop - start) / step) }, (_, k) => start + k * step);
  const of = (axis: Float64Array) => axis.length === n ? Float64Array.from(taken, (i) => axis[i]) : axis;
  return {
    ...scan,
    order: order ? taken.map((i) => order[i]) : taken,
    ...(positions ? { positions: { ...positions, x: of(positions.x), y: of(positions.y) } } : {}),
    notes: [
      ...scan.notes,
      `patterns ${start} to ${taken[taken.length - 1]}${step > 1 ? `, each ${step}th` : ""}`,
    ],
  };
}

function sizeOf({ frames, probe }: ForeignScan, { patternSize }: PrepareOptions, file: string): number {
  const largest = Math.min(frames.height, frames.width);
  const size = patternSize ?? (probe && probe.size <= largest ? probe.size : largest - largest % 2);
  if (size <= largest) return size;
  throw new DataError({
    file,
    key: "frames",
    found: `${frames.height} x ${frames.width} pixels`,
    expected: `at least ${size} x ${size}, as --pattern-size says`,
    remedy: "ask for a smaller pattern",
  });
}

/** First row and column of the crop: the zero frequency comes to index N/2. */
function cornerOf(
  { frames, exposure: { centre } }: ForeignScan,
  size: number,
  file: string,
): [number, number] {
  const middle = centre ?? [frames.height / 2, frames.width / 2];
  const corner = middle.map((at) => Math.round(at) - size / 2) as [number, number];
  const sides = [frames.height, frames.width];
  corner.forEach((at, axis) => {
    if (at >= 0 && at + size <= sides[axis]) return;
    throw new DataError({
      file,
      key: "centre",
      found: `(${middle.map((value) => Number(value.toFixed(2))).join(", ")}) in frames of ${
        sides.join(" x ")
      }`,
      expected: `${size / 2} pixels on each side of it`,
      remedy: "ask for a smaller pattern with --pattern-size, or give the centre with --centre",
    });
  });
  return corner;
}

/** Height and width of an object pixel in metres: lambda z / (N p), or as the file says. */
function objectPixel({ exposure, frames }: ForeignScan, size: number): readonly [number, number] | undefined {
  const { wavelengthM, distanceM, detectorPixelM, objectPixelM } = exposure;
  if (wavelengthM && distanceM && detectorPixelM) {
    const [height, width] = detectorPixelM;
    return [wavelengthM * distanceM / (size * height), wavelengthM * distanceM / (size * width)];
  }
  // an object pixel belongs to the whole frame: a smaller one has larger pixels
  return objectPixelM && [objectPixelM[0] * frames.height / size, objectPixelM[1] * frames.width / size];
}

function positionsOf(
  { positions, frames, order, format }: ForeignScan,
  { pixel, size, file }: {
    readonly pixel: readonly [number, number] | undefined;
    readonly size: number;
    readonly file: string;
  },
): PositionsPx {
  const refuse = (found: string, expected: string, remedy: string) =>
    new DataError({ file, key: "positions", found, expected, remedy });
  if (!positions) {
    throw refuse(`none in a file of ${format}`, "one for each pattern", "name them with --positions-path");
  }
  const n = order?.length ?? frames.n;
  if (positions.x.length !== n || positions.y.length !== n) {
    throw refuse(
      `${positions.x.length} for ${n} patterns`,
      "one for each pattern",
      "give those of this scan",
    );
  }
  if (positions.unit === "px") return positions;
  if (positions.unit === "frame-px") {
    const scale = [size / frames.width, size / frames.height];
    return {
      x: positions.x.map((value) => value * scale[0]),
      y: positions.y.map((value) => value * scale[1]),
    };
  }
  if (!pixel) {
    throw refuse(
      "lengths without the side of an object pixel",
      "energy, distance and detector pixel",
      "give --energy, --distance and --detector-pixel",
    );
  }
  return { x: positions.x.map((value) => value / pixel[1]), y: positions.y.map((value) => value / pixel[0]) };
}

function turnedPositions({ x, y }: PositionsPx, { swapXy, flipX, flipY }: PrepareOptions): PositionsPx {
  const [a, b] = swapXy ? [y, x] : [x, y];
  return { x: flipX ? a.map((value) => -value) : a, y: flipY ? b.map((value) => -value) : b };
}

interface Crop {
  readonly size: number;
  readonly row: number;
  readonly column: number;
}

function patternReader(
  frames: Frames,
  { size, row, column, order, orientation, zeroAtCorner }: Crop & {
    readonly order?: Int32Array;
    readonly orientation: number;
    readonly zeroAtCorner: boolean;
  },
): (first: number, count: number) => Promise<NpyArray> {
  const plain = size === frames.height && size === frames.width && orientation === 0 && !zeroAtCorner;
  const dtype = /^u?int(8|16|32)$/.test(frames.dtype) ? frames.dtype : "float32";
  const cut = (array: NpyArray, count: number): Float32Array => {
    const values = toFloat32(array);
    if (plain) return values;
    const out = new Float32Array(count * size * size);
    for (let k = 0; k < count; k++) {
      const pattern = new Float32Array(size * size);
      for (let r = 0; r < size; r++) {
        const from = (k * frames.height + row + r) * frames.width + column;
        pattern.set(values.subarray(from, from + size), r * size);
      }
      const middle = zeroAtCorner ? centred(pattern, size) : pattern;
      out.set(turned(middle, { size, orientation }), k * size * size);
    }
    return out;
  };
  const asStored = (values: Float32Array, count: number): NpyArray => {
    const shape = [count, size, size];
    // NaN and the largest values of a type stand for bad pixels, which the mask hides
    const finite = values.map((value) => Number.isFinite(value) ? value : 0);
    if (dtype === "uint8") return { dtype, shape, data: Uint8Array.from(finite) };
    if (dtype === "uint16") return { dtype, shape, data: Uint16Array.from(finite) };
    if (dtype === "uint32") return { dtype, shape, data: Uint32Array.from(finite) };
    if (dtype === "int32") return { dtype, shape, data: Int32Array.from(finite) };
    return { dtype: "float32", shape, data: finite };
  };
  return async (first, count) => {
    if (!order) return asStored(cut(await frames.read(first, count), count), count);
    const out = new Float32Array(count * size * size);
    for (let k = 0; k < count; k++) {
      out.set(cut(await frames.read(order[first + k], 1), 1), k * size * size);
    }
    return asStored(out, count);
  };
}

/** The modes of a probe on larger pixels: of its spectrum the middle is kept, as it is of the patterns. */
function coarser({ modes, size, data }: Probe, side: number): Float32Array {
  if (side === size) return data;
  const out = new Float32Array(2 * modes * side * side);
  const corner = (size - side) / 2, half = { rows: size / 2, columns: size / 2 };
  for (let mode = 0; mode < modes; mode++) {
    const wave = Float64Array.from(data.subarray(2 * mode * size * size, 2 * (mode + 1) * size * size));
    rollImage(wave, { height: size, width: size, ...half });
    new Fft2(size, size).forward(wave);
    rollImage(wave, { height: size, width: size, ...half });
    const small = new Float64Array(2 * side * side);
    for (let r = 0; r < side; r++) {
      const from = 2 * ((corner + r) * size + corner);
      small.set(wave.subarray(from, from + 2 * side), 2 * r * side);
    }
    rollImage(small, { height: side, width: side, rows: side / 2, columns: side / 2 });
    new Fft2(side, side).inverse(small);
    rollImage(small, { height: side, width: side, rows: side / 2, columns: side / 2 });
    out.set(small, 2 * mode * side * side);
  }
  return out;
}

/** Brings the zero frequency from index 0 to N/2. */
function centred<Values extends Float32Array | Uint8Array>(pattern: Values, size: number): Values {
  const out = pattern.slice() as Values;
  const half = size / 2;
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      out[((r + half) % size) * size + (c + half) % size] = pattern[r * size + c];
    }
  }
  return out;
}

/** 1 where a pixel of the prepared pattern is good, with those left out that a user names. */
async function preparedMask(
  scan: ForeignScan,
  { size, row, column, file, zeroAtCorner, orientation = 0, badPixels = [] }: PrepareOptions & Crop & {
    readonly file: string;
  },
): Promise<Uint8Array | undefined> {
  const raw = await maskOf(scan, { size, row, column });
  const moved = raw && turned(zeroAtCorner ? centred(raw, size) : raw, { size, orientation });
  if (badPixels.length === 0) return moved;
  const all = moved ?? new Uint8Array(size * size).fill(1);
  for (const [r, c] of badPixels) {
    if (!(r >= 0 && r < size && c >= 0 && c < size)) {
      throw new DataError({
        file,
        key: "--bad-pixels",
        found: `${r},${c}`,
        expected: `rows and columns of the pattern, 0 to ${size - 1}`,
        remedy: "correct them",
      });
    }
    all[r * size + c] = 0;
  }
  return all;
}

/** 1 where a pixel is good: not marked by the file, and not at the largest value of its type in the first frame. */
async function maskOf(
  { frames, badPixels }: ForeignScan,
  { size, row, column }: Crop,
): Promise<Uint8Array | undefined> {
  const first = toFloat64(await frames.read(0, 1));
  const top = { uint8: 0xff, uint16: 0xffff, uint32: 0xffffffff, int32: 0x7fffffff }[String(frames.dtype)] ??
    Infinity;
  const mask = new Uint8Array(size * size).fill(1);
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const at = (row + r) * frames.width + column + c;
      if (badPixels?.[at] || first[at] === top || Number.isNaN(first[at])) mask[r * size + c] = 0;
    }
  }
  return mask.includes(0) ? mask : undefined;
}

function metadataOf(
  { format, exposure, notes, frames }: ForeignScan,
  { size, pixel, row, column, options }: Crop & {
    readonly pixel: readonly [number, number] | undefined;
    readonly options: PrepareOptions;
  },
): unknown {
  const { wavelengthM, distanceM, detectorPixelM } = exposure;
  return {
    format,
    ...(wavelengthM ? { wavelength_m: wavelengthM } : {}),
    ...(distanceM ? { detector_distance_m: distanceM } : {}),
    ...(detectorPixelM ? { detector_pixel_m: detectorPixelM[1] } : {}),
    ...(pixel
      ? { pixel_size_m: pixel[1], ...(pixel[0] === pixel[1] ? {} : { pixel_height_m: pixel[0] }) }
      : {}),
    preparation: {
      frame: describeShape([frames.height, frames.width]),
      crop: { row, column, size },
      ...options,
    },
    notes,
  };
}
