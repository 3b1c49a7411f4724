/**
 * NPZ files of other programs, which are recognised by their keys: tike, and the diffraction data of ptychodus.
 *
 * @module
 */
import type { Npz } from "../../formats/mod.ts";
import { toFloat64 } from "../../formats/mod.ts";
import { isRecord } from "../../common/mod.ts";
import { Findings, isTransposed } from "../reading/contract.ts";
import { readGeometry } from "../reading/geometry.ts";
import { findPixelSizeOf, readMetadata } from "../reading/metadata.ts";
import { complexValues } from "../reading/probe.ts";
import { PatternStack } from "../reading/stack.ts";
import type { ForeignScan, Frames } from "./foreign.ts";

/** Returns the scan of an NPZ of another program; undefined for our own, and for files of neither. */
export async function foreignNpz(npz: Npz): Promise<ForeignScan | undefined> {
  if (npz.has("diffraction") || npz.has("diff3d")) return undefined;
  if (npz.has("data") && npz.has("scan")) return await tike(npz);
  if (npz.has("patterns")) return await patterns(npz);
  return undefined;
}

function framesOf(npz: Npz, key: string): Frames {
  const { shape: [n, height, width], dtype } = npz.entry(key);
  return {
    n,
    height,
    width,
    dtype,
    read: (first, count) => npz.readRows(key, Int32Array.from({ length: count }, (_, i) => first + i)),
  };
}

/** tike (Ching et al.): zero frequency at index 0, positions (n, 2) = y, x of the patch's first pixel. */
async function tike(npz: Npz): Promise<ForeignScan> {
  const stored = framesOf(npz, "data");
  const { height, width } = stored;
  const scan = toFloat64(await npz.readArray("scan"));
  const axis = (k: 0 | 1, side: number) =>
    Float64Array.from({ length: stored.n }, (_, i) => scan[2 * i + k] + side / 2);
  const probe = npz.has("probe") ? await npz.readArray("probe") : undefined;
  const psi = npz.has("psi") ? await npz.readArray("psi") : undefined;
  const values = probe && complexValues(probe), image = psi && complexValues(psi);
  const [rows, columns] = psi?.shape.slice(-2) ?? [0, 0];
  return {
    format: "tike",
    frames: {
      ...stored,
      dtype: "float32",
      async read(first, count) {
        const { data } = await stored.read(first, count);
        const out = new Float32Array(count * height * width);
        for (let k = 0; k < count; k++) {
          for (let r = 0; r < height; r++) {
            for (let c = 0; c < width; c++) {
              const to = (k * height + (r + height / 2) % height) * width + (c + width / 2) % width;
              out[to] = Number(data[(k * height + r) * width + c]);
            }
          }
        }
        return { dtype: "float32", shape: [count, height, width], data: out };
      },
    },
    positions: { y: axis(0, height), x: axis(1, width), unit: "frame-px" },
    probe: values && { modes: values.length / (2 * width * width), size: width, data: values },
    object: image && { height: rows, width: columns, data: image.subarray(0, 2 * rows * columns) },
    exposure: {},
    notes: [
      "zero frequency brought from index 0 to N/2",
      "positions taken from the first to the middle pixel",
    ],
  };
}

/** A scan of ours, for one that is to be prepared: cropped, turned, with other positions. */
export async function ownScan(npz: Npz): Promise<ForeignScan> {
  const vector = async (key: string) => npz.has(key) ? toFloat64(await npz.readArray(key)) : undefined;
  const image = async (key: string) => npz.has(key) ? await npz.readArray(key) : undefined;
  const [x, y, mask] = [await vector("xcoords"), await vector("ycoords"), await vector("mask")];
  const frames = ownFrames(npz, x?.length);
  const probe = await image("probeGuess"), object = await image("objectGuess");
  const values = probe && complexValues(probe), picture = object && complexValues(object);
  const side = probe?.shape.at(-1) ?? 1, [rows, columns] = object?.shape.slice(-2) ?? [0, 0];
  const findings = new Findings(npz.file), metadata = await readMetadata(npz, findings);
  const length = (key: string) => {
    const value = isRecord(metadata) ? metadata[key] : undefined;
    return typeof value === "number" && value > 0 ? value : undefined;
  };
  const detector = length("detector_pixel_m"), pixel = await findPixelSizeOf(npz, metadata);
  const geometry = readGeometry(metadata, { findings, size: frames.width, pixelSizeM: pixel });
  return {
    format: "NPZ",
    frames,
    positions: x && y && { x, y, unit: "frame-px" },
    measurement: /^u?int/.test(frames.dtype) ? "counts" : "amplitude",
    probe: values && { modes: values.length / (2 * side * side), size: side, data: values },
    object: picture && { height: rows, width: columns, data: picture },
    badPixels: mask && Uint8Array.from(mask, (good) => good === 0 ? 1 : 0),
    exposure: {
      wavelengthM: length("wavelength_m"),
      distanceM: length("detector_distance_m"),
      ...(detector ? { detectorPixelM: [detector, detector] as const } : {}),
      ...(pixel ? { objectPixelM: [pixel, pixel] as const } : {}),
      propagation: geometry?.propagation,
      focusDistanceM: length("focus_distance_m"),
    },
    notes: [],
  };
}

/** Patterns of ours; a stack whose last axis is their index is turned in memory. */
function ownFrames(npz: Npz, n: number | undefined): Frames {
  const key = npz.has("diffraction") ? "diffraction" : "diff3d";
  const frames = framesOf(npz, key), { shape } = npz.entry(key);
  if (!isTransposed(shape, n)) return frames;
  const [height, width, count] = shape;
  const layout = { key, n: count, size: height, transposed: true, measurement: "amplitude" } as const;
  const stack = new PatternStack(npz, layout);
  return {
    ...{ n: count, height, width, dtype: frames.dtype },
    async read(first, some) {
      const data = await stack.read(Int32Array.from({ length: some }, (_, i) => first + i), {
        as: "amplitude",
      });
      return { dtype: "float32", shape: [some, height, width], data };
    },
  };
}

/** `patterns` with `indexes` and `bad_pixels`, or with `x_m` and `y_m`. */
async function patterns(npz: Npz): Promise<ForeignScan> {
  const vector = async (key: string) => npz.has(key) ? toFloat64(await npz.readArray(key)) : undefined;
  const [x, y] = [await vector("x_m"), await vector("y_m")];
  const bad = await vector("bad_pixels");
  return {
    format: "ptychodus diffraction data",
    frames: framesOf(npz, "patterns"),
    positions: x && y && { x, y, unit: "m" },
    badPixels: bad && Uint8Array.from(bad),
    exposure: {},
    notes: [],
  };
}
