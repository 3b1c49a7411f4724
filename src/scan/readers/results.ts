/**
 * Results of other programs: the object, with probe and positions where they lie on its pixels for certain.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { decodeMat, type Hdf5Reader, isHdf5, isMat, openHdf5 } from "../../formats/mod.ts";
import { openSource, type SourceLike, type SourceOptions } from "../../host/mod.ts";
import type { PositionsPx } from "../../numeric/mod.ts";
import { complexValues } from "../reading/probe.ts";
import type { Probe, ScanObject } from "../types.ts";
import { isProduct, readProduct } from "./hdf5/ptychodus_product.ts";
import { numberAt, objectAt, probeAt, vectorAt } from "./values.ts";

/** A result; its first pixel is (0, 0). */
export interface ForeignResult {
  readonly file: string;
  readonly program: string;
  readonly object: ScanObject;
  readonly probe?: Probe;
  /** Patch centres on the object. */
  readonly positionsPx?: PositionsPx;
  readonly losses?: Float64Array;
  readonly pixelSizeM?: number;
}

const SHELVES = "/reconstruction/p/objects/object_0";

/** Reads a result in HDF5 or MATLAB's format; undefined for a file of another kind. */
export async function readForeignResult(
  source: SourceLike,
  options: SourceOptions = {},
): Promise<ForeignResult | undefined> {
  const bytes = await openSource(source, options);
  const { name } = bytes;
  try {
    const head = await bytes.read(0, Math.min(128, bytes.size));
    if (isMat(head)) return matlabResult(await decodeMat(await bytes.read(0, bytes.size), name), name);
    // MATLAB 7.3 is HDF5 behind a block of its own
    const matlab = new TextDecoder("latin1").decode(head.subarray(0, 10)) === "MATLAB 7.3";
    if (!matlab && !isHdf5(head)) return undefined;
  } finally {
    await bytes.close();
  }
  await using hdf5 = await openHdf5(source, options);
  const found = await hdf5Result(hdf5);
  if (!found) {
    throw new DataError({
      file: name,
      found: "an HDF5 file without a result that is known",
      expected: "a result of ptychodus, PtychoPINN, PtyLab, ptypy, fold_slice or PtychoShelves",
      remedy: "save the object as `object` in an NPZ",
    });
  }
  return { file: name, ...found };
}

type Found = Omit<ForeignResult, "file">;

async function hdf5Result(file: Hdf5Reader): Promise<Found | undefined> {
  if (await isProduct(file)) return await productResult(file);
  if (await file.find("/dxp")) return await ptylabResult(file);
  const [id] = await file.names("/content/obj");
  if (id !== undefined) return await ptypyResult(file, id);
  if (await file.find(SHELVES)) {
    return await columnMajorResult(file, {
      program: "PtychoShelves",
      object: SHELVES,
      probe: "/reconstruction/p/probes/probe_0",
    });
  }
  if (!await file.find("/p/dx_spec")) return undefined;
  const [pixelSizeM] = await vectorAt(file, "/p/dx_spec") ?? [];
  return {
    ...await columnMajorResult(file, { program: "fold_slice", object: "/object", probe: "/probe" }),
    pixelSizeM,
  };
}

async function productResult(file: Hdf5Reader): Promise<Found> {
  const product = await readProduct(file);
  const { probe, losses, pixelSizeM, distanceM } = product;
  const root = await file.attributes("/");
  const pinn = root.get("bundle_version") !== undefined;
  const own = pinn && await file.find("/raw_data/xcoords") !== undefined;
  return {
    program: pinn ? "PtychoPINN" : "ptychodus",
    object: await projected(file, "/object"),
    probe,
    // the positions of PtychoPINN begin at the corner, whatever the centre of the product says
    positionsPx: own
      ? {
        x: await vectorAt(file, "/raw_data/xcoords") ?? product.x,
        y: await vectorAt(file, "/raw_data/ycoords") ?? product.y,
      }
      : { x: product.x, y: product.y },
    losses,
    // without a distance its pixels are dummies
    ...(pinn && !distanceM ? {} : { pixelSizeM }),
  };
}

/** PtyLab: first pixel = encoder / dxp + No/2 - Np/2. */
async function ptylabResult(file: Hdf5Reader): Promise<Found> {
  const object = await oneImage(file, "/object");
  const dx = await numberAt(file, "/dxp") ?? NaN;
  const encoder = await vectorAt(file, "/encoder_corrected");
  const axis = (k: 0 | 1, side: number) =>
    Float64Array.from(
      { length: (encoder?.length ?? 0) / 2 },
      (_, i) => (encoder?.[2 * i + k] ?? NaN) / dx + side / 2,
    );
  return {
    program: "PtyLab",
    object,
    probe: await probeAt(file, "/probe"),
    ...(encoder ? { positionsPx: { y: axis(0, object.height), x: axis(1, object.width) } } : {}),
    losses: await vectorAt(file, "/error"),
    pixelSizeM: dx,
  };
}

/** ptypy: `_origin` is the coordinate of pixel 0. */
async function ptypyResult(file: Hdf5Reader, id: string): Promise<Found> {
  const [probeId = id] = await file.names("/content/probe");
  const object = await oneImage(file, `/content/obj/${id}/data`);
  const pixel = await vectorAt(file, `/content/obj/${id}/_psize`);
  const origin = await vectorAt(file, `/content/obj/${id}/_origin`);
  const places = await vectorAt(file, `/content/positions/${id}`);
  const axis = (k: 0 | 1) =>
    Float64Array.from(
      { length: (places?.length ?? 0) / 2 },
      (_, i) => ((places?.[2 * i + k] ?? NaN) - (origin?.[k] ?? NaN)) / (pixel?.[k] ?? NaN),
    );
  return {
    program: "ptypy",
    object,
    probe: await probeAt(file, `/content/probe/${probeId}/data`),
    ...(places ? { positionsPx: { y: axis(0), x: axis(1) } } : {}),
    pixelSizeM: pixel?.[1],
  };
}

/** The transmission of all layers: their product. */
async function projected(file: Hdf5Reader, path: string): Promise<ScanObject> {
  const { shape = [] } = await file.find(path) ?? {};
  const [height = 0, width = 0] = shape.slice(-2), pixels = height * width;
  const values = pixels > 0 ? complexValues(await file.read(path)) : undefined;
  if (!values) throw notOne(file.file, path, shape);
  const data = values.slice(0, 2 * pixels);
  for (let layer = 2 * pixels; layer < values.length; layer += 2 * pixels) {
    for (let i = 0; i < 2 * pixels; i += 2) {
      const [re, im] = [data[i], data[i + 1]], [a, b] = [values[layer + i], values[layer + i + 1]];
      data[i] = re * a - im * b;
      data[i + 1] = re * b + im * a;
    }
  }
  return { height, width, data };
}

async function oneImage(file: Hdf5Reader, path: string): Promise<ScanObject> {
  const object = await objectAt(file, path), { shape = [] } = await file.find(path) ?? {};
  if (object && shape.slice(0, -2).every((side) => side === 1)) return object;
  throw notOne(file.file, path, shape);
}

function notOne(file: string, key: string, shape: readonly number[]): DataError {
  return new DataError({
    file,
    key,
    found: `shape ${shape.join(" x ")}`,
    expected: "one complex image",
    remedy: "save the layer or mode that is wanted as `object` in an NPZ",
  });
}

/** MATLAB's arrays in HDF5 have their axes reversed. */
async function columnMajorResult(
  file: Hdf5Reader,
  paths: { readonly program: string; readonly object: string; readonly probe: string },
): Promise<Found> {
  const read = async (path: string) => {
    if (!await file.find(path)) return undefined;
    const array = await file.read(path), data = complexValues(array);
    return data && { shape: array.shape.toReversed(), data };
  };
  return columnMajor(await read(paths.object), await read(paths.probe), { ...paths, file: file.file });
}

function matlabResult(arrays: Awaited<ReturnType<typeof decodeMat>>, file: string): ForeignResult {
  const read = (key: string) => {
    const array = arrays.get(key);
    if (!array) return undefined;
    const { shape, data, complex } = array;
    const pairs = complex
      ? data
      : Float64Array.from({ length: 2 * data.length }, (_, i) => i % 2 === 0 ? data[i / 2] : 0);
    return { shape, data: pairs };
  };
  const pixelSizeM = arrays.get("p.dx_spec")?.data[0];
  const options = { program: "fold_slice", object: "object", file };
  return { file, ...columnMajor(read("object"), read("probe"), options), pixelSizeM };
}

interface Columns {
  /** As in MATLAB: rows, columns, and the rest. */
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

function columnMajor(
  object: Columns | undefined,
  probe: Columns | undefined,
  { program, object: key, file }: {
    readonly program: string;
    readonly object: string;
    readonly file: string;
  },
): Found {
  const [height = 0, width = 0, ...rest] = object?.shape ?? [];
  if (!object || height * width === 0 || rest.some((side) => side !== 1)) {
    throw notOne(file, key, object?.shape ?? []);
  }
  const [size = 0, columns, modes = 1] = probe?.shape ?? [];
  return {
    program,
    object: { height, width, data: rowMajor(object, 1) },
    ...(probe && size === columns ? { probe: { modes, size, data: rowMajor(probe, modes) } } : {}),
  };
}

/** The first images, row-major. */
function rowMajor({ shape: [height, width], data }: Columns, images: number): Float32Array {
  const out = new Float32Array(2 * images * height * width);
  for (let k = 0; k < images; k++) {
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        const to = 2 * ((k * height + r) * width + c), from = 2 * ((k * width + c) * height + r);
        out[to] = data[from];
        out[to + 1] = data[from + 1];
      }
    }
  }
  return out;
}
