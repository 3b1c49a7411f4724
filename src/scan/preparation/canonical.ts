/**
 * A foreign scan under the canonical names and units: frames prepared as patterns of N around the zero frequency, positions
 * in object pixels, bad pixels as a mask, the exposure as metadata.
 *
 * @module
 */
import { DataError, describeShape } from "../../common/mod.ts";
import { type NpyArray, type Npz, toFloat32, type VirtualArray, virtualNpz } from "../../formats/mod.ts";
import type { ByteSource } from "../../host/mod.ts";
import type { PatternRange, PrepareOptions, ReaderHints } from "../hints.ts";
import type { ForeignScan, Frames } from "../readers/foreign.ts";
import { goodPixels } from "./good_pixels.ts";
import { changesCounts, isWhole, patternOf, type PatternPlan } from "./pattern_plan.ts";
import { centreOfMass, cornerOf, fastSide, isFast, sizeOf } from "./placement.ts";
import { placedPositions, turnedPositions } from "./placed_positions.ts";
import { resampledProbe } from "./resampled_probe.ts";

/** Images of the detector that were read from files, (height, width) as its frames. */
export interface DetectorImages {
  /** Counts without light. */
  readonly dark?: Float32Array | number;
  /** Counts under even light. */
  readonly flat?: Float32Array;
  /** 0 where a pixel does not count. */
  readonly map?: Float32Array;
}

/** What {@linkcode canonicalNpz} takes besides the scan. */
export interface CanonicalOptions extends PrepareOptions {
  readonly images: DetectorImages;
  /** Where they are from. */
  readonly recorded: Pick<ReaderHints, "dark" | "flat" | "mask">;
  readonly source: ByteSource;
  close(): Promise<void>;
}

/** Bytes of frames that are held to make patterns of them. */
const FRAMES_BYTES = 1 << 24;
/** Patterns are kept once they are made where all of them are no more than this. */
const KEPT_BYTES = 1 << 28;
const INTEGER = /^u?int(8|16|32)$/;

/** Returns the arrays of a canonical scan, whose patterns are read from the foreign file as they are asked for. */
export async function canonicalNpz(
  whole: ForeignScan,
  { source, close, images, recorded, ...options }: CanonicalOptions,
): Promise<{ readonly npz: Npz; readonly notes: readonly string[] }> {
  const file = source.name;
  const scan = await centred(withRange(whole, options.patterns, file), options);
  const { frames, order } = scan, bin = options.bin ?? 1;
  const size = sizeOf(scan, options, file);
  const [row, column] = cornerOf(scan, { ...options, size, file });
  const plan: PatternPlan = {
    ...{ height: frames.height, width: frames.width, size, bin, row, column },
    orientation: options.orientation ?? 0,
    zeroAtCorner: options.zeroAtCorner ?? false,
    amplitude: scan.measurement === "amplitude",
    ...(images.dark === undefined ? {} : { dark: images.dark }),
    ...(images.flat ? { gain: gainOf(images.flat) } : {}),
  };
  const { pixel, perFramePixel } = objectPixels(scan, plan);
  const positions = turnedPositions(placedPositions(scan, { pixel, perFramePixel, file }), options);
  const mask = await goodPixels(scan, { ...options, plan, ...images, file });
  const integer = INTEGER.test(frames.dtype) && !plan.amplitude && !changesCounts(plan);
  const arrays = new Map<string, VirtualArray>([
    ["diffraction", {
      dtype: integer ? frames.dtype : "float32",
      shape: [order?.length ?? frames.n, size, size],
      readRows: patternReader(frames, { plan, order, integer }),
    }],
    ["xcoords", stored({ dtype: "float64", shape: [positions.x.length], data: positions.x })],
    ["ycoords", stored({ dtype: "float64", shape: [positions.y.length], data: positions.y })],
    ["_metadata", text(metadataOf(scan, { plan, pixel, options: { ...options, ...recorded } }))],
  ]);
  if (mask) arrays.set("mask", stored({ dtype: "uint8", shape: [size, size], data: mask }));
  const { probe, object } = scan, side = size * bin;
  if (probe && probe.size % 2 === 0 && (probe.size >= side || options.pad)) {
    const data = resampledProbe(probe, { side, window: size });
    arrays.set("probeGuess", stored({ dtype: "complex64", shape: [probe.modes, size, size], data }));
  }
  if (object && side === frames.width) {
    const shape = [object.height, object.width];
    arrays.set("objectGuess", stored({ dtype: "complex64", shape, data: object.data }));
  }
  return { npz: virtualNpz({ source, arrays, close }), notes: [...scan.notes, ...notesOf(plan)] };
}

/** What was done to the frames, beyond a crop around their middle. */
function notesOf({ size, bin, row, column, height, width, dark, gain }: PatternPlan): string[] {
  const side = size * bin, outside = row < 0 || column < 0 || row + side > height || column + side > width;
  return [
    ...(dark === undefined ? [] : ["dark counts taken off"]),
    ...(gain ? ["divided by the flat field"] : []),
    ...(bin > 1 ? [`bins of ${bin} x ${bin} detector pixels`] : []),
    ...(outside ? [`frames filled up to ${side} x ${side}; what was added does not count`] : []),
    ...(side !== height || side !== width
      ? [`patterns of ${size} x ${size} from frames of ${height} x ${width}`]
      : []),
    ...(isFast(size)
      ? []
      : [`transforms of ${size} are slow, those of ${fastSide(size)} fast (--pattern-size)`]),
  ];
}

const stored = (array: NpyArray): VirtualArray => ({ dtype: array.dtype, shape: array.shape, array });
const text = (value: unknown) => stored({ dtype: "string", shape: [], data: [JSON.stringify(value)] });

/** The scan with a part of its patterns, by their order; positions that are more or fewer are taken by theirs. */
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
  const last = taken[taken.length - 1];
  const of = (axis: Float64Array) =>
    axis.length > last ? Float64Array.from(taken, (i) => axis[i]) : axis.subarray(start);
  return {
    ...scan,
    order: order ? taken.map((i) => order[i]) : taken,
    ...(positions ? { positions: { ...positions, x: of(positions.x), y: of(positions.y) } } : {}),
    notes: [...scan.notes, `patterns ${start} to ${last}${step > 1 ? `, each ${step}th` : ""}`],
  };
}

/** The scan with the place of the zero frequency, where that is to be the light's centre of mass. */
async function centred(scan: ForeignScan, { centreOfLight }: PrepareOptions): Promise<ForeignScan> {
  if (!centreOfLight) return scan;
  const centre = await centreOfMass(scan.frames, scan.badPixels);
  return {
    ...scan,
    exposure: { ...scan.exposure, centre },
    notes: [
      ...scan.notes,
      `zero frequency at row ${centre[0].toFixed(1)}, column ${
        centre[1].toFixed(1)
      }, the centre of mass of the light`,
    ],
  };
}

/** 1 / sensitivity, as 1 for the mean of the pixels that have any. */
function gainOf(flat: Float32Array): Float32Array {
  const lit = flat.filter((value) => value > 0);
  const mean = lit.reduce((sum, value) => sum + value, 0) / lit.length;
  return flat.map((value) => value > 0 ? mean / value : 0);
}

/**
 * Height and width of an object pixel, where they are known, and how many are one of the whole frame. A part of `side`
 * detector pixels has object pixels of lambda z / (side p) in the far field; in the near field only bins change them.
 */
function objectPixels({ exposure, frames }: ForeignScan, { size, bin }: PatternPlan) {
  const { wavelengthM, distanceM, detectorPixelM, objectPixelM, propagation = "far" } = exposure;
  const side = size * bin;
  const perFramePixel = propagation === "far"
    ? [side / frames.height, side / frames.width] as const
    : [1 / bin, 1 / bin] as const;
  const pixel = propagation === "far" && wavelengthM && distanceM && detectorPixelM
    ? detectorPixelM.map((length) => wavelengthM * distanceM / (side * length))
    : objectPixelM?.map((length, axis) => length / perFramePixel[axis]);
  return { pixel: pixel && ([pixel[0], pixel[1]] as const), perFramePixel };
}

function patternReader(
  frames: Frames,
  { plan, order, integer }: {
    readonly plan: PatternPlan;
    readonly order: Int32Array | undefined;
    readonly integer: boolean;
  },
): (first: number, count: number) => Promise<NpyArray> {
  const { height, width, size } = plan, pixels = size * size;
  const asStored = (values: Float32Array): NpyArray => {
    const shape = [values.length / pixels, size, size];
    if (!integer) return { dtype: "float32", shape, data: values };
    if (frames.dtype === "uint8") return { dtype: "uint8", shape, data: Uint8Array.from(values) };
    if (frames.dtype === "uint16") return { dtype: "uint16", shape, data: Uint16Array.from(values) };
    if (frames.dtype === "uint32") return { dtype: "uint32", shape, data: Uint32Array.from(values) };
    if (frames.dtype === "int32") return { dtype: "int32", shape, data: Int32Array.from(values) };
    return { dtype: "float32", shape, data: values };
  };
  const patterns = (array: NpyArray, count: number): Float32Array => {
    const values = toFloat32(array);
    if (isWhole(plan)) return values.map((value) => Number.isFinite(value) ? value : 0);
    const out = new Float32Array(count * pixels);
    for (let k = 0; k < count; k++) {
      const frame = values.subarray(k * height * width, (k + 1) * height * width);
      out.set(patternOf(frame, plan), k * pixels);
    }
    return out;
  };
  // frames are larger than patterns, so they are read a few at a time
  const some = order ? 1 : Math.max(1, Math.floor(FRAMES_BYTES / (4 * height * width)));
  const read = async (first: number, count: number): Promise<Float32Array> => {
    const out = new Float32Array(count * pixels);
    for (let k = 0; k < count; k += some) {
      const from = order ? order[first + k] : first + k, part = Math.min(some, count - k);
      out.set(patterns(await frames.read(from, part), part), k * pixels);
    }
    return out;
  };
  const n = order?.length ?? frames.n;
  const kept = 4 * n * pixels <= KEPT_BYTES ? keptPatterns(read, { n, pixels }) : read;
  return async (first, count) => asStored(await kept(first, count));
}

type ReadPatterns = (first: number, count: number) => Promise<Float32Array>;

/** Reads each pattern once: frames are large and often compressed. */
function keptPatterns(
  read: ReadPatterns,
  { n, pixels }: { readonly n: number; readonly pixels: number },
): ReadPatterns {
  const known = new Uint8Array(n);
  // most counts take two bytes
  let held: Uint16Array | Float32Array | undefined;
  return async (first, count) => {
    held ??= new Uint16Array(n * pixels);
    const last = first + count;
    for (let from = first; from < last;) {
      if (known[from]) {
        from++;
        continue;
      }
      let to = from;
      while (to < last && !known[to]) to++;
      const values = await read(from, to - from);
      if (held instanceof Uint16Array && !values.every(isShort)) held = Float32Array.from(held);
      held.set(values, from * pixels);
      known.fill(1, from, to);
      from = to;
    }
    return Float32Array.from(held.subarray(first * pixels, last * pixels));
  };
}

const isShort = (value: number): boolean => value >= 0 && value <= 0xffff && Number.isInteger(value);

function metadataOf(
  { format, exposure, notes }: ForeignScan,
  { plan: { height, width, size, bin, row, column }, pixel, options }: {
    readonly plan: PatternPlan;
    readonly pixel: readonly [number, number] | undefined;
    readonly options: PrepareOptions & CanonicalOptions["recorded"];
  },
): unknown {
  const { wavelengthM, distanceM, detectorPixelM, propagation, focusDistanceM } = exposure;
  return {
    format,
    ...(wavelengthM ? { wavelength_m: wavelengthM } : {}),
    ...(distanceM ? { detector_distance_m: distanceM } : {}),
    ...(detectorPixelM ? { detector_pixel_m: bin * detectorPixelM[1] } : {}),
    ...(propagation ? { propagation } : {}),
    ...(focusDistanceM ? { focus_distance_m: focusDistanceM } : {}),
    ...(pixel
      ? { pixel_size_m: pixel[1], ...(pixel[0] === pixel[1] ? {} : { pixel_height_m: pixel[0] }) }
      : {}),
    preparation: { frame: describeShape([height, width]), crop: { row, column, size }, ...options },
    notes,
  };
}
