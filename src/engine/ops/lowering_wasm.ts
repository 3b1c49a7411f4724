/**
 * What the lowerings to C kernels share: collapsed index spaces, elementwise programs as words, box copies, and the
 * reductions that take a second pass.
 *
 * @module
 */
import type { WasmCall } from "../devices/calls.ts";
import type { Slice } from "../devices/device.ts";
import {
  complexRegisters,
  MAP_MAX_INPUTS,
  MAP_MAX_INSTRUCTIONS,
  MAP_OPCODES,
  type MapInstruction,
  takesTwo,
} from "./elementwise/map_program.ts";
import { check, sizeOf, stridesOf, type TensorType } from "../graph/types.ts";

/** Axes that the kernels can walk (`MAX_RANK` in `wasm/elementwise/vm.h`). */
const MAX_RANK = 5;

/** An index space: sizes, and for each operand the strides that go with them. */
export interface Space {
  readonly dims: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Strides of a tensor broadcast to a shape, 0 along the axes that it repeats. */
function broadcastStrides(type: TensorType, shape: readonly number[]): number[] {
  const own = stridesOf(type.shape);
  return shape.map((_, axis) => {
    const from = axis - shape.length + type.shape.length;
    return from < 0 || type.shape[from] === 1 ? 0 : own[from];
  });
}

/** Drops axes of size 1 and merges neighbours that every operand walks as one. */
export function collapse({ dims, strides }: Space): Space {
  const kept: number[] = [];
  const to = strides.map((): number[] => []);
  dims.forEach((n, axis) => {
    if (n === 1) return;
    const last = kept.length - 1;
    const merges = last >= 0 && strides.every((s, k) => to[k][last] === s[axis] * n);
    if (merges) kept[last] *= n;
    else kept.push(n);
    strides.forEach((s, k) => to[k][kept.length - 1] = s[axis]);
  });
  if (kept.length === 0) return { dims: [1], strides: strides.map(() => [1]) };
  check(kept.length <= MAX_RANK, `shape [${dims}] has more than ${MAX_RANK} axes that do not merge`);
  return { dims: kept, strides: to };
}

function padded(values: readonly number[], length: number): number[] {
  return [...values, ...new Array<number>(length - values.length).fill(0)];
}

/** `Space` of `wasm/elementwise/vm.h` as words. */
function spaceWords({ dims, strides }: Space): number[] {
  const rows = [...strides, ...new Array<number[]>(MAP_MAX_INPUTS - strides.length).fill([])];
  return [dims.length, ...padded(dims, MAX_RANK), ...rows.flatMap((row) => padded(row, MAX_RANK))];
}

/** `Program` of `wasm/elementwise/vm.h` as words, and its constants. */
function programWords(program: readonly MapInstruction[], inputs: readonly TensorType[]) {
  const isComplex = inputs.map((t) => t.dtype === "c64");
  const complex = complexRegisters(program, isComplex);
  const code = program.map(({ op, a, b }, k) => {
    const flags = (op !== "constant" && complex[a] ? 1 : 0) + (!takesTwo(op) || complex[b] ? 2 : 0) +
      (complex[inputs.length + k] ? 4 : 0);
    return MAP_OPCODES.indexOf(op) | a << 8 | b << 13 | flags << 18;
  });
  const mask = isComplex.reduce((bits, is, i) => bits | Number(is) << i, 0);
  return {
    ints: [inputs.length, program.length, mask, ...padded(code, MAP_MAX_INSTRUCTIONS)],
    floats: padded(program.map(({ c }) => c), MAP_MAX_INSTRUCTIONS),
    complex: complex[complex.length - 1],
  };
}

/** Inputs and attributes of an elementwise program. */
export interface ProgramCall {
  readonly inputs: readonly TensorType[];
  readonly in: readonly Slice[];
  readonly out: Slice;
  readonly program: readonly MapInstruction[];
  readonly shape: readonly number[];
}

function bufferWords(call: ProgramCall): Slice[] {
  return [call.out, ...call.in, ...new Array<Slice>(MAP_MAX_INPUTS - call.in.length).fill(call.out)];
}

/** An elementwise program over the whole shape. */
export function mapCall(call: ProgramCall): WasmCall {
  const { ints, floats, complex } = programWords(call.program, call.inputs);
  const strides = call.inputs.map((type) => broadcastStrides(type, call.shape));
  const space = collapse({ dims: call.shape, strides });
  return {
    kernel: "map",
    buffers: bufferWords(call),
    ints: [sizeOf(call.shape), Number(complex), ...spaceWords(space), ...ints],
    floats,
  };
}

/** A reduction: which axes, and how they are cut up. Independent of the number of threads. */
export interface ReducePlan {
  readonly axes: readonly number[];
  readonly outputs: number;
  readonly reduced: number;
  /** Reduced elements of one partial result, and how many of those there are. */
  readonly chunk: number;
  readonly chunks: number;
  readonly innerKept: boolean;
}

/** Outputs enough to keep all threads busy without partial results. */
const ENOUGH_ROWS = 64;
/** Elements of one partial result. */
const CHUNK_ELEMENTS = 16384;
/** Outputs that are reduced side by side (`BLOCK` in `wasm/elementwise/vm.h`). */
const BLOCK = 128;

/** Cuts a reduction into chunks. */
export function planReduce(shape: readonly number[], axes: readonly number[]): ReducePlan {
  const isReduced = (axis: number) => axes.includes(axis);
  const reduced = sizeOf(shape.filter((_, axis) => isReduced(axis)));
  const outputs = sizeOf(shape) / reduced;
  const inner = shape.findLastIndex((n) => n > 1);
  const innerKept = inner >= 0 && !isReduced(inner);
  const rows = innerKept ? Math.ceil(outputs / BLOCK) : outputs;
  const perElement = innerKept ? Math.min(outputs, BLOCK) : 1;
  const chunk = rows >= ENOUGH_ROWS ? reduced : Math.min(reduced, Math.ceil(CHUNK_ELEMENTS / perElement));
  return { axes, outputs, reduced, chunk, chunks: Math.ceil(reduced / chunk), innerKept };
}

/** Bytes of partial results. */
export function reduceScratchBytes(plan: ReducePlan, complex: boolean): number {
  return plan.chunks > 1 ? plan.outputs * plan.chunks * (complex ? 8 : 4) : 0;
}

/** One pass of a reduction; leaves one value for each output and chunk. */
function reducePass(call: ProgramCall, plan: ReducePlan, kind: "sum" | "max"): WasmCall {
  const { ints, floats, complex } = programWords(call.program, call.inputs);
  const strides = call.inputs.map((type) => broadcastStrides(type, call.shape));
  const pick = (wanted: boolean) => {
    const axes = call.shape.map((_, axis) => axis).filter((axis) => plan.axes.includes(axis) === wanted);
    return collapse({
      dims: axes.map((axis) => call.shape[axis]),
      strides: strides.map((s) => axes.map((axis) => s[axis])),
    });
  };
  return {
    kernel: "reduce",
    buffers: bufferWords(call),
    ints: [
      ...[
        Number(kind === "max"),
        Number(complex),
        plan.outputs,
        plan.reduced,
        plan.chunk,
        Number(plan.innerKept),
      ],
      ...spaceWords(pick(false)),
      ...spaceWords(pick(true)),
      ...ints,
    ],
    floats,
  };
}

/** Sum or maximum of a program over axes: one pass, and another over the partial results where there are several. */
export function reduceCalls(
  call: ProgramCall & { readonly axes: readonly number[] },
  { kind, scratch, complex }: { kind: "sum" | "max"; scratch: Slice; complex: boolean },
): WasmCall[] {
  const plan = planReduce(call.shape, call.axes);
  if (plan.chunks === 1) return [reducePass(call, plan, kind)];
  const shape = plan.innerKept ? [plan.chunks, plan.outputs] : [plan.outputs, plan.chunks];
  const axes = [plan.innerKept ? 0 : 1];
  const finish = { ...planReduce(shape, axes), innerKept: plan.innerKept, chunk: plan.chunks };
  const partial: ProgramCall = {
    inputs: [{ shape, dtype: complex ? "c64" : "f32" }],
    in: [scratch],
    out: call.out,
    program: [],
    shape,
  };
  return [reducePass({ ...call, out: scratch }, plan, kind), reducePass(partial, finish, kind)];
}

/** Sums the rows of a matrix, in order and in one pass. */
export function sumRowsCall(
  from: Slice,
  to: Slice,
  { rows, columns }: { rows: number; columns: number },
): WasmCall {
  const shape = [rows, columns];
  const call: ProgramCall = { inputs: [{ shape, dtype: "f32" }], in: [from], out: to, program: [], shape };
  return reducePass(call, { ...planReduce(shape, [0]), chunk: rows, chunks: 1, innerKept: true }, "sum");
}

/** A box of words copied between two layouts. */
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

/** The call of `copy`; strides and offsets count elements and the innermost axis is contiguous in both. */
export function copyCall(box: BoxCopy): WasmCall {
  const { words } = box;
  const { dims, strides: [to, from] } = collapse({
    dims: [...box.dims, words],
    strides: [box.toStrides, box.fromStrides].map((s) => [...s.map((stride) => stride * words), 1]),
  });
  const contiguous = to[to.length - 1] === 1 && from[from.length - 1] === 1;
  const [sizes, toStrides, fromStrides] = contiguous
    ? [dims, to, from]
    : [[...dims, 1], [...to, 1], [...from, 1]];
  check(sizes.length <= MAX_RANK, `a box [${box.dims}] has too many axes to copy`);
  return {
    kernel: "copy",
    buffers: [box.to, box.from],
    ints: [
      sizes.length,
      ...padded(sizes, MAX_RANK),
      ...padded(toStrides, MAX_RANK),
      ...padded(fromStrides, MAX_RANK),
      ...[box.toOffset * words, box.fromOffset * words],
    ],
  };
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

/** Kept and reduced axes of `max_gradient`, as words. */
export function maxGradientInts(shape: readonly number[], axes: readonly number[]): number[] {
  const own = stridesOf(shape);
  const pick = (wanted: boolean) => {
    const chosen = shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) === wanted);
    return collapse({
      dims: chosen.map((axis) => shape[axis]),
      strides: [chosen.map((axis) => own[axis])],
    });
  };
  const [kept, over] = [pick(false), pick(true)];
  const words = ({ dims, strides: [s] }: Space) => [...padded(dims, MAX_RANK), ...padded(s, MAX_RANK)];
  return [
    ...[sizeOf(kept.dims), sizeOf(over.dims), kept.dims.length, over.dims.length],
    ...words(kept),
    ...words(over),
  ];
}
