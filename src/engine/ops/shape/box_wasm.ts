/**
 * Copies of boxes on the CPU, which implement `concat`, `crop` and `pad`.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { cKernel } from "../../devices/wasm/c_struct.ts";
import { check, stridesOf, type TensorType } from "../../graph/types.ts";
import { walk } from "../elementwise/map_wasm.ts";
import { MAX_AXES, padded } from "../index_space.ts";

const copyKernel = cKernel("copy", {
  out: "pointer",
  in: "pointer",
  rank: "int",
  dims: ["int", MAX_AXES],
  out_strides: ["int", MAX_AXES],
  in_strides: ["int", MAX_AXES],
  out_offset: "int",
  in_offset: "int",
});

/** Calls that set words to one value. */
export const fillKernel = cKernel("fill", { out: "pointer", words: "int", value: "float" });

/** A box copied between two layouts. */
export interface BoxCopy {
  readonly from: Slice;
  readonly to: Slice;
  readonly dims: readonly number[];
  readonly fromStrides: readonly number[];
  readonly toStrides: readonly number[];
  readonly fromOffset: number;
  readonly toOffset: number;
  /** Words of an element: 2 where it is complex. */
  readonly words: number;
}

/**
 * Returns the call of `copy`; strides and offsets count elements and the innermost axis is contiguous in both.
 */
export function copyCall(box: BoxCopy): WasmCall {
  const { words } = box;
  const axes = box.dims.map((size, axis) => ({
    size,
    strides: [box.toStrides[axis] * words, box.fromStrides[axis] * words],
    reduced: false,
  }));
  const { dims, strides: [to, from] } = walk([...axes, { size: words, strides: [1, 1], reduced: false }], 2);
  const contiguous = to[to.length - 1] === 1 && from[from.length - 1] === 1;
  const [sizes, toStrides, fromStrides] = contiguous
    ? [dims, to, from]
    : [[...dims, 1], [...to, 1], [...from, 1]];
  check(sizes.length <= MAX_AXES, `a box [${box.dims}] has too many axes to copy`);
  return copyKernel({
    out: box.to,
    in: box.from,
    rank: sizes.length,
    dims: padded(sizes, MAX_AXES),
    out_strides: padded(toStrides, MAX_AXES),
    in_strides: padded(fromStrides, MAX_AXES),
    out_offset: box.toOffset * words,
    in_offset: box.fromOffset * words,
  });
}

/** Copies between a small tensor and the box at `start` of a large one. */
export function boxCopy(
  { small, large, start }: { small: TensorType; large: TensorType; start: readonly number[] },
  { from, to, inward }: { from: Slice; to: Slice; inward: boolean },
): WasmCall {
  const [own, outer] = [stridesOf(small.shape), stridesOf(large.shape)];
  const offset = start.reduce((sum, n, axis) => sum + n * outer[axis], 0);
  return copyCall({
    from,
    to,
    dims: small.shape,
    fromStrides: inward ? own : outer,
    toStrides: inward ? outer : own,
    fromOffset: inward ? 0 : offset,
    toOffset: inward ? offset : 0,
    words: small.dtype === "c64" ? 2 : 1,
  });
}
