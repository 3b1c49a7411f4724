/**
 * `take` and `put`: rows of a table read and written by number.
 *
 * @module
 */
import code from "../../../../kernels/patches/rows.wgsl" with { type: "text" };
import type { GpuCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { cKernel } from "../../devices/wasm/c_struct.ts";
import { elementGrid } from "../../devices/webgpu/grid.ts";
import type { Op } from "../../graph/graph.ts";
import { check, describe, noGradient, type TensorType, wordsOf } from "../../graph/types.ts";

type NoAttrs = Record<never, never>;

/** Words of one row. */
function rowWords(table: TensorType): number {
  return wordsOf({ shape: table.shape.slice(1), dtype: table.dtype });
}

function numbersOf(name: string, numbers: TensorType): number {
  check(
    numbers.shape.length === 1 && numbers.dtype === "f32",
    `${name}: numbers are f32[n], not ${describe(numbers)}`,
  );
  return numbers.shape[0];
}

const takeKernel = cKernel("take", {
  out: "pointer",
  table: "pointer",
  index: "pointer",
  count: "int",
  rows: "int",
  words: "int",
});

const putKernel = cKernel("put", {
  table: "pointer",
  values: "pointer",
  index: "pointer",
  count: "int",
  rows: "int",
  words: "int",
});

/** Sizes of the rows `moved` out of or into a table. */
function sizesOf(moved: TensorType, table: TensorType) {
  return { count: moved.shape[0], rows: table.shape[0], words: rowWords(table) };
}

/** A call of rows.wgsl: an invocation for each word. */
function rowsCall(
  entry: "take" | "put",
  { moved, table }: { moved: TensorType; table: TensorType },
  buffers: readonly Slice[],
): GpuCall {
  const { width, workgroups } = elementGrid(wordsOf(moved));
  const params = { ...sizesOf(moved, table), width };
  return { shaders: [{ name: "patches/rows", code }], entry, buffers, params, workgroups };
}

/** Inputs table [m,...] and numbers [n]; the result is the rows of these numbers, 0 for numbers outside. */
export const take: Op<NoAttrs> = {
  name: "take",
  infer: ([table, numbers]) => ({
    shape: [numbersOf("take", numbers), ...table.shape.slice(1)],
    dtype: table.dtype,
  }),
  gradient: noGradient("take"),
  reference([table, numbers], output, { inputs: [from] }) {
    const words = rowWords(from);
    numbers.forEach((number, k) => {
      const row = Math.floor(number + 0.5);
      if (row < 0 || row >= from.shape[0]) return;
      output.set(table.subarray(row * words, (row + 1) * words), k * words);
    });
  },
  flops: () => 0,
  lower: {
    wasm: ({ inputs: [from], output: moved }) => ({
      calls: ({ in: [table, index], out }) => [takeKernel({ out, table, index, ...sizesOf(moved, from) })],
    }),
    webgpu: ({ inputs: [table], output: moved }) => ({
      calls: ({ in: slices, out }) => [rowsCall("take", { moved, table }, [out, ...slices])],
    }),
  },
};

/** Inputs table [m,...], rows [n,...] and numbers [n]: writes the rows into the table; numbers outside do nothing. */
export const put: Op<NoAttrs> = {
  name: "put",
  writes: [0],
  infer([table, rows, numbers]) {
    const fits = numbersOf("put", numbers) === rows.shape[0] && rowWords(table) === rowWords(rows) &&
      table.dtype === rows.dtype;
    check(fits, `put: ${describe(rows)} are no rows of ${describe(table)} for ${describe(numbers)}`);
    return table;
  },
  gradient: noGradient("put"),
  reference([table, rows, numbers], _output, { inputs: [to] }) {
    const words = rowWords(to);
    numbers.forEach((number, k) => {
      const row = Math.floor(number + 0.5);
      if (row < 0 || row >= to.shape[0]) return;
      table.set(rows.subarray(k * words, (k + 1) * words), row * words);
    });
  },
  flops: () => 0,
  lower: {
    wasm: ({ inputs: [to, moved] }) => ({
      calls: ({ in: [table, values, index] }) => [putKernel({ table, values, index, ...sizesOf(moved, to) })],
    }),
    webgpu: ({ inputs: [table, moved] }) => ({
      calls: ({ in: slices }) => [rowsCall("put", { moved, table }, slices)],
    }),
  },
};
