/**
 * Arrays that are read by functions, seen as an NPZ: what is in a file of another format under the names of ours.
 *
 * @module
 */
import { DataError, describeOthers } from "../../common/mod.ts";
import type { ByteSource } from "../../host/mod.ts";
import { countOf, type NpyArray, type NpyDType } from "./npy.ts";
import type { Npz, NpzEntry, NpzRows } from "./npz.ts";

/** An array whose rows are read by a function. */
export interface VirtualArray {
  readonly dtype: NpyDType;
  readonly shape: readonly number[];
  /** The whole, where it is held. */
  readonly array?: NpyArray;
  /** Consecutive rows, (count, ...the rest); for one that is not held. */
  readonly readRows?: (first: number, count: number) => Promise<NpyArray>;
}

/** Options of {@linkcode virtualNpz}. */
export interface VirtualNpzOptions {
  readonly source: ByteSource;
  readonly arrays: ReadonlyMap<string, VirtualArray>;
  close(): Promise<void>;
}

const ITEM_BYTES: Readonly<Record<string, number>> = { bool: 1, complex64: 8, complex128: 16, string: 1 };

/** Bytes that a walk over elements holds at a time. */
const PIECE_BYTES = 1 << 24;

/** Returns the arrays as an open NPZ. */
export function virtualNpz({ source, arrays, close }: VirtualNpzOptions): Npz {
  const file = source.name;
  const entries = [...arrays].map(([key, { dtype, shape, array }]): NpzEntry => ({
    key,
    dtype,
    shape,
    bytes: countOf(shape) * (ITEM_BYTES[dtype] ?? Number(/\d+$/.exec(dtype)?.[0] ?? 8) / 8),
    inPlace: array === undefined,
  }));
  const found = (key: string) => {
    const entry = entries.find((one) => one.key === key), array = arrays.get(key);
    if (entry && array) return { entry, array };
    const names = [...arrays.keys()];
    throw new DataError({
      file,
      key,
      found: describeOthers(names, "arrays"),
      expected: "an array of this name",
      remedy: "check that this is the right file",
    });
  };
  const readArray = async (key: string): Promise<NpyArray> => {
    const { array } = found(key);
    return array.array ?? await rowsOf(array, 0, array.shape[0]);
  };
  async function* streamRows(key: string, rowsPerChunk: number): AsyncGenerator<NpzRows> {
    const { array } = found(key);
    if (array.shape.length === 0) return yield { start: 0, array: await readArray(key) };
    for (let start = 0; start < array.shape[0]; start += rowsPerChunk) {
      const count = Math.min(rowsPerChunk, array.shape[0] - start);
      yield { start, array: await rowsOf(array, start, count) };
    }
  }
  return {
    file,
    source,
    entries,
    unreadable: new Map(),
    has: (key) => arrays.has(key),
    entry: (key) => found(key).entry,
    readArray,
    async readRows(key, indices) {
      const { array } = found(key);
      const inner = array.shape.slice(1),
        rowLength = countOf(inner) * (array.dtype.startsWith("complex") ? 2 : 1);
      const parts: NpyArray[] = [];
      for (let i = 0; i < indices.length;) {
        let run = 1;
        while (i + run < indices.length && indices[i + run] === indices[i] + run) run++;
        parts.push(await rowsOf(array, indices[i], run));
        i += run;
      }
      const out = new Float32Array(indices.length * rowLength);
      let at = 0;
      for (const { data } of parts) {
        out.set(data as ArrayLike<number>, at);
        at += data.length;
      }
      return { dtype: "float32", shape: [indices.length, ...inner], data: out };
    },
    rowLayout: () => Promise.resolve(undefined),
    streamRows,
    async *streamElements(key) {
      const { entry, array } = found(key);
      const rows = Math.max(1, Math.floor(PIECE_BYTES * (array.shape[0] ?? 1) / Math.max(1, entry.bytes)));
      for await (const piece of streamRows(key, rows)) yield piece.array;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Rows of an array, cut out of the whole where that is held. */
async function rowsOf(
  { array, readRows, shape }: VirtualArray,
  first: number,
  count: number,
): Promise<NpyArray> {
  if (!array) return await (readRows?.(first, count) ?? Promise.reject(new Error("an array without rows")));
  const length = countOf(shape.slice(1)) * (array.dtype.startsWith("complex") ? 2 : 1);
  const data = array.data.slice(first * length, (first + count) * length);
  return { ...array, shape: [count, ...shape.slice(1)], data } as NpyArray;
}
