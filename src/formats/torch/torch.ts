/**
 * Files of `torch.save`: a zip with a pickle in it and the raw numbers of tensors beside.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { openSource, type SourceLike, type SourceOptions } from "../../host/mod.ts";
import type { StoredArray } from "../hdf5/hdf5.ts";
import { countOf, decodeNpyBody, type NpyDType } from "../npy/npy.ts";
import { openZip, type ZipArchive } from "../zip/zip.ts";
import { toFloat32 } from "../npy/npy_write.ts";
import { decodePickle } from "./pickle.ts";

/** Types of storages, and of their elements. bfloat16 is the upper half of float32. */
const STORAGES: Readonly<Record<string, NpyDType | "bfloat16">> = {
  "torch.FloatStorage": "float32",
  "torch.DoubleStorage": "float64",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.BoolStorage": "bool",
};

const ITEM_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  bool: 1,
};

/** Most bytes of a file's tensors, and of its pickle. */
const MOST_BYTES = 2 ** 31, MOST_PICKLE_BYTES = 1 << 26;

interface TorchStorage {
  readonly type: string;
  readonly key: string;
  readonly count: number;
}

/** A tensor of a file. */
export class TorchTensor implements StoredArray {
  data = new Float32Array(0);

  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** Options of {@linkcode readTorch}. */
export interface TorchOptions extends SourceOptions {
  /** Objects of unknown classes are left aside instead of refused. Default false. */
  readonly opaque?: boolean;
}

/**
 * Returns what a file of `torch.save` holds: dictionaries as Maps, lists and tuples as arrays, tensors as
 * {@linkcode TorchTensor} with their numbers as float32. Throws `DataError`, by name, for objects of other classes and
 * other types of numbers, and for damaged files. Nothing of the file is run.
 */
export async function readTorch(source: SourceLike, options: TorchOptions = {}): Promise<unknown> {
  const open = await openSource(source, options);
  try {
    return await readTorchZip(await openZip(open), options);
  } finally {
    await open.close();
  }
}

/** {@linkcode readTorch} of an open archive. */
export async function readTorchZip(
  zip: ZipArchive,
  { opaque }: Pick<TorchOptions, "opaque"> = {},
): Promise<unknown> {
  const { file } = zip;
  const root = rootOf(zip);
  if (root === undefined) {
    throw new DataError({
      file,
      found: "a zip archive without data.pkl",
      expected: "a file of torch.save",
      remedy: "check that this is the right file",
    });
  }
  await checkByteOrder(zip, root);
  const tensors: TorchTensor[] = [];
  const key = `${root}data.pkl`;
  const pickle = await zip.entry(key).read({ atMost: MOST_PICKLE_BYTES });
  const value = decodePickle(pickle, {
    file,
    key,
    opaque,
    persistent: storageOf,
    call(name, args) {
      if (name !== "torch._utils._rebuild_tensor_v2") return undefined;
      const tensor = tensorOf(args);
      if (tensor) tensors.push(tensor);
      return tensor;
    },
  });
  await fill(tensors, { zip, root });
  return value;
}

/** True for an archive that `torch.save` wrote. */
export function isTorchFile(zip: ZipArchive): boolean {
  return rootOf(zip) !== undefined;
}

function rootOf(zip: ZipArchive): string | undefined {
  const found = zip.entries.filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  return found.length === 1 ? found[0].name.slice(0, -"data.pkl".length) : undefined;
}

async function checkByteOrder(zip: ZipArchive, root: string): Promise<void> {
  const name = `${root}byteorder`;
  if (!zip.entries.some((entry) => entry.name === name)) return;
  const order = new TextDecoder().decode(await zip.entry(name).read({ atMost: 64 }));
  if (order === "little") return;
  throw new DataError({
    file: zip.file,
    key: name,
    found: JSON.stringify(order),
    expected: "little",
    remedy: "save the model on a machine of little-endian byte order",
  });
}

/** `('storage', torch.FloatStorage, key, 'cpu', count)`; the type is a name that nothing calls. */
function storageOf(id: unknown): TorchStorage | undefined {
  if (!Array.isArray(id) || id[0] !== "storage" || id.length < 5) return undefined;
  const [, type, key, , count] = id;
  const name = typeof type === "object" && type !== null && "name" in type ? String(type.name) : "";
  return typeof key === "string" && typeof count === "number" ? { type: name, key, count } : undefined;
}

function tensorOf([storage, offset, shape, stride]: readonly unknown[]): TorchTensor | undefined {
  const isSizes = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
  const known = typeof storage === "object" && storage !== null && "key" in storage;
  if (!known || typeof offset !== "number" || !isSizes(shape) || !isSizes(stride)) return undefined;
  return shape.length === stride.length
    ? new TorchTensor(storage as TorchStorage, offset, shape, stride)
    : undefined;
}

async function fill(
  tensors: readonly TorchTensor[],
  { zip, root }: { zip: ZipArchive; root: string },
): Promise<void> {
  const storages = new Map<string, Float32Array>();
  let left = MOST_BYTES;
  for (const tensor of tensors) {
    const { storage: { type, key, count } } = tensor;
    const name = `${root}data/${key}`;
    let numbers = storages.get(key);
    if (!numbers) {
      const dtype = STORAGES[type];
      const refuse = (found: string, expected: string) =>
        new DataError({
          file: zip.file,
          key: name,
          found,
          expected,
          remedy: "save the model again with torch.save",
        });
      if (dtype === undefined) throw refuse(type, `one of ${Object.keys(STORAGES).join(", ")}`);
      const bytes = count * ITEM_BYTES[dtype];
      const entry = zip.entry(name);
      if (entry.size !== bytes) throw refuse(`${entry.size} bytes`, `${bytes} for ${count} numbers`);
      left -= 4 * count;
      if (left < 0) throw refuse(`tensors of more than ${MOST_BYTES} bytes`, "the weights of a model");
      numbers = numbersOf(await entry.read({ atMost: bytes }), { dtype, count });
      storages.set(key, numbers);
    }
    tensor.data = gather(tensor, numbers, zip.file);
  }
}

function numbersOf(
  bytes: Uint8Array,
  { dtype, count }: { dtype: NpyDType | "bfloat16"; count: number },
): Float32Array {
  if (dtype === "bfloat16") {
    const bits = new Uint32Array(count);
    for (let i = 0; i < count; i++) bits[i] = (bytes[2 * i] | (bytes[2 * i + 1] << 8)) << 16;
    return new Float32Array(bits.buffer);
  }
  const header = {
    dtype,
    shape: [count],
    fortranOrder: false,
    littleEndian: true,
    itemBytes: ITEM_BYTES[dtype],
    dataOffset: 0,
  };
  return toFloat32({ dtype, shape: [count], data: decodeNpyBody(header, bytes) });
}

/** Elements of a tensor in row-major order, whatever its strides. */
function gather(
  { shape, stride, offset, storage }: TorchTensor,
  numbers: Float32Array,
  file: string,
): Float32Array<ArrayBuffer> {
  const count = countOf(shape);
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * stride[axis], offset);
  if (count > 0 && last >= numbers.length) {
    throw new DataError({
      file,
      key: `data/${storage.key}`,
      found: `a tensor that reaches to element ${last}`,
      expected: `less than ${numbers.length}`,
      remedy: "save the model again with torch.save",
    });
  }
  const out = new Float32Array(count);
  const at = shape.map(() => 0);
  let place = offset;
  for (let i = 0; i < count; i++) {
    out[i] = numbers[place];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += stride[axis];
      if (++at[axis] < shape[axis]) break;
      place -= shape[axis] * stride[axis];
      at[axis] = 0;
    }
  }
  return out;
}
