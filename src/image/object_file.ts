/**
 * Objects in files: what the solvers and the network write, the truth of a simulated scan, the results of others.
 *
 * @module
 */
import { DataError, describeShape } from "../common/mod.ts";
import { countOf, MAX_TEXT_BYTES, type Npz, openNpz, toFloat32, toFloat64 } from "../formats/mod.ts";

import type { SourceLike, SourceOptions } from "../host/mod.ts";
import type { PlacedImage, PositionsPx } from "../numeric/mod.ts";
import {
  complexValues,
  Findings,
  findPixelSize,
  type Probe,
  readForeignResult,
  readMetadata,
  readProbe,
} from "../scan/mod.ts";

/** An object with the metadata of its file. */
export interface StoredObject {
  /** Path, address or name of the file. */
  readonly source: string;
  /** In the frame of the scan; where the file has no `x0` and `y0`, its first pixel is the position (0, 0). */
  readonly object: PlacedImage & { readonly data: Float32Array };
  /** Illumination of each pixel, row-major. */
  readonly weight?: Float64Array;
  /** The frame is that of another program: {@linkcode inFrameOf} brings it to the scan's. */
  readonly ownFrame?: boolean;
  readonly probe?: Probe;
  /** Scan positions, corrected where the solver did. */
  readonly positionsPx?: PositionsPx;
  /** Numbers of the patterns that the positions belong to. */
  readonly patternIndex?: Float64Array;
  /** Error of each epoch. */
  readonly losses?: Float64Array;
  /** Momenta that a solver ended with, by name. */
  readonly memory: ReadonlyMap<string, Float32Array>;
  /** Side of a pixel in metres. */
  readonly pixelSizeM?: number;
  /** Algorithm, settings and other metadata of the file. */
  readonly metadata?: unknown;
}

/** What the names of a solver's momenta begin with in a file. */
export const MEMORY_PREFIX = "memory_";

const OBJECT_KEYS = ["object", "objectGuess"] as const;

/**
 * Reads an NPZ with an `object`, or a scan's `objectGuess`; besides, where they are there: `x0`, `y0`, `weight`, `probe` (or
 * `probeGuess`), `xcoords` and `ycoords`, `losses`, `pixel_size_m`, `_metadata`. Throws `DataError` where there is no
 * object, or what is there does not fit it. Results of other programs are read as well, in a frame of their own.
 */
export async function readObjectFile(file: SourceLike, options: SourceOptions = {}): Promise<StoredObject> {
  const foreign = await readForeignResult(file, options);
  if (foreign) {
    const { file: source, program, object, ...rest } = foreign;
    const placed = { ...object, x0: 0, y0: 0 };
    return { source, object: placed, ownFrame: true, memory: new Map(), metadata: { program }, ...rest };
  }
  await using npz = await openNpz(file, options);
  const findings = new Findings(npz.file);
  const object = await readImage(npz);
  const number = async (key: string) =>
    npz.has(key) ? toFloat64(await npz.readArray(key, { atMost: MAX_TEXT_BYTES }))[0] : undefined;
  const vector = async (key: string) => npz.has(key) ? toFloat64(await npz.readArray(key)) : undefined;
  const probeKey = ["probe", "probeGuess"].find((key) => npz.has(key));
  const probe = probeKey && await readProbe(npz, findings, { key: probeKey, size: undefined });
  const [x, y, weight] = await Promise.all(["xcoords", "ycoords", "weight"].map(vector));
  if (findings.problems.length > 0) throw findings.problems[0];
  if (weight && weight.length !== object.height * object.width) {
    throw new DataError({
      file: npz.file,
      key: "weight",
      found: `shape ${describeShape(npz.entry("weight").shape)}`,
      expected: `${object.height} x ${object.width}, as the object`,
      remedy: "write both with the same canvas, or leave the weight out",
    });
  }
  const wrong = Object.entries({ weight, xcoords: x, ycoords: y })
    .find(([, values]) => values && !values.every(Number.isFinite));
  if (wrong) {
    throw new DataError({
      file: npz.file,
      key: wrong[0],
      found: "NaN or infinite values",
      expected: "finite values",
      remedy: "repair the file, or make it anew",
    });
  }
  const metadata = await readMetadata(npz, findings);
  return {
    source: npz.file,
    object: { ...object, x0: await number("x0") ?? 0, y0: await number("y0") ?? 0 },
    weight,
    probe: probe || undefined,
    positionsPx: x && y && x.length === y.length ? { x, y } : undefined,
    patternIndex: await vector("pattern_index"),
    losses: await vector("losses"),
    memory: await readMemory(npz),
    pixelSizeM: await number("pixel_size_m") ?? findPixelSize(metadata),
    metadata,
  };
}

/**
 * Moves the result of another program by whole pixels to where another one lies: position to position where both have as
 * many, else middle to middle.
 */
export function inFrameOf(
  stored: StoredObject,
  { positionsPx, middle }: { readonly positionsPx?: PositionsPx; readonly middle: { x: number; y: number } },
): StoredObject {
  const { object, positionsPx: own } = stored;
  if (!stored.ownFrame) return stored;
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const shift = (axis: "x" | "y") => {
    const from = own && positionsPx && own[axis].length === positionsPx[axis].length
      ? mean(positionsPx[axis]) - mean(own[axis])
      : middle[axis] - (axis === "x" ? object.width : object.height) / 2;
    return Math.round(from);
  };
  const [dx, dy] = [shift("x"), shift("y")];
  return {
    ...stored,
    ownFrame: false,
    object: { ...object, x0: object.x0 + dx, y0: object.y0 + dy },
    ...(own ? { positionsPx: { x: own.x.map((x) => x + dx), y: own.y.map((y) => y + dy) } } : {}),
  };
}

async function readMemory(npz: Npz): Promise<Map<string, Float32Array>> {
  const memory = new Map<string, Float32Array>();
  for (const { key } of npz.entries) {
    if (!key.startsWith(MEMORY_PREFIX)) continue;
    memory.set(key.slice(MEMORY_PREFIX.length), toFloat32(await npz.readArray(key)));
  }
  return memory;
}

async function readImage(npz: Npz): Promise<{ height: number; width: number; data: Float32Array }> {
  const key = OBJECT_KEYS.find((name) => npz.has(name));
  if (!key) {
    throw new DataError({
      file: npz.file,
      found: `no ${OBJECT_KEYS.join(" or ")} among ${
        npz.entries.map((entry) => entry.key).join(", ") || "nothing"
      }`,
      expected: "the NPZ of a reconstruction, or a scan with its true object",
      remedy: "name a reconstruction.npz, or make one with infer or reconstruct",
    });
  }
  const { shape, dtype } = npz.entry(key);
  const [height, width] = shape.slice(-2);
  const data = shape.length >= 2 && countOf(shape) === height * width
    ? complexValues(await npz.readArray(key))
    : undefined;
  const isImage = data !== undefined;
  if (!isImage || data.some((value) => !Number.isFinite(value))) {
    throw new DataError({
      file: npz.file,
      key,
      found: isImage ? "NaN or infinite values" : `${dtype} of shape ${describeShape(shape)}`,
      expected: "one complex image of finite values",
      remedy: "repair the file, or make it anew",
    });
  }
  return { height, width, data };
}
