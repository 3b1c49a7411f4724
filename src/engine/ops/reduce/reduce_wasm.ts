/**
 * `reduce` on the CPU: fixed chunks, then their sum.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { cKernel } from "../../devices/wasm/c_struct.ts";
import type { LowerWasm } from "../../graph/lowering.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";
import { MAP_MAX_INPUTS, MAP_MAX_INSTRUCTIONS } from "../elementwise/map_program.ts";
import { inputsOf, PROGRAM, programOf, SPACE, spaceOf } from "../elementwise/map_wasm.ts";
import { axesOf } from "../index_space.ts";
import type { ReduceAttrs } from "./reduce_attributes.ts";

const reduceKernel = cKernel("reduce", {
  out: "pointer",
  in: ["pointer", MAP_MAX_INPUTS],
  max: "int",
  complex_out: "int",
  outputs: "int",
  reduced: "int",
  chunk: "int",
  inner_kept: "int",
  kept: SPACE,
  over: SPACE,
  program: PROGRAM,
  constants: ["float", MAP_MAX_INSTRUCTIONS],
});

/** The chunks of a reduction. Independent of the number of threads, so that results are too. */
interface Chunks {
  readonly outputs: number;
  readonly reduced: number;
  /** Reduced elements of one partial result, and the number of partial results. */
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
function chunksOf(shape: readonly number[], axes: readonly number[]): Chunks {
  const isReduced = (axis: number) => axes.includes(axis);
  const reduced = sizeOf(shape.filter((_, axis) => isReduced(axis)));
  const outputs = sizeOf(shape) / reduced;
  const inner = shape.findLastIndex((n) => n > 1);
  const innerKept = inner >= 0 && !isReduced(inner);
  const rows = innerKept ? Math.ceil(outputs / BLOCK) : outputs;
  const perElement = innerKept ? Math.min(outputs, BLOCK) : 1;
  const chunk = rows >= ENOUGH_ROWS ? reduced : Math.min(reduced, Math.ceil(CHUNK_ELEMENTS / perElement));
  return { outputs, reduced, chunk, chunks: Math.ceil(reduced / chunk), innerKept };
}

/** One pass of a reduction. */
interface Pass extends ReduceAttrs {
  readonly inputs: readonly TensorType[];
  readonly slices: readonly Slice[];
  readonly out: Slice;
  readonly chunks: Chunks;
}

/** Leaves one value for each output and chunk. */
function reducePass({ inputs, slices, out, program, shape, axes, kind, chunks }: Pass): WasmCall {
  const { complex, ...code } = programOf(program, inputs);
  const all = axesOf(inputs.map((type) => type.shape), shape, axes);
  return reduceKernel({
    out,
    in: inputsOf(slices, out),
    max: Number(kind === "max"),
    complex_out: Number(complex),
    outputs: chunks.outputs,
    reduced: chunks.reduced,
    chunk: chunks.chunk,
    inner_kept: Number(chunks.innerKept),
    kept: spaceOf(all.filter(({ reduced }) => !reduced), inputs.length),
    over: spaceOf(all.filter(({ reduced }) => reduced), inputs.length),
    ...code,
  });
}

/** One pass, and another over the partial results where there are several. */
export const reduceWasm: LowerWasm<ReduceAttrs> = ({ attrs, inputs, output: { dtype } }) => {
  const chunks = chunksOf(attrs.shape, attrs.axes);
  if (chunks.chunks === 1) {
    return { calls: ({ in: slices, out }) => [reducePass({ ...attrs, inputs, slices, out, chunks })] };
  }
  const shape = chunks.innerKept ? [chunks.chunks, chunks.outputs] : [chunks.outputs, chunks.chunks];
  const axes = [chunks.innerKept ? 0 : 1];
  const last = { ...chunksOf(shape, axes), innerKept: chunks.innerKept, chunk: chunks.chunks };
  const rest = { kind: attrs.kind, program: [], shape, axes, inputs: [{ shape, dtype }], chunks: last };
  return {
    scratchBytes: chunks.outputs * chunks.chunks * (dtype === "c64" ? 8 : 4),
    calls: ({ in: slices, out, scratch }) => [
      reducePass({ ...attrs, inputs, slices, out: scratch, chunks }),
      reducePass({ ...rest, slices: [scratch], out }),
    ],
  };
};

/** Sums the rows of a matrix, in order and in one pass. */
export function sumRowsCall(
  from: Slice,
  to: Slice,
  { rows, columns }: { rows: number; columns: number },
): WasmCall {
  const shape = [rows, columns];
  const chunks = { ...chunksOf(shape, [0]), chunk: rows, chunks: 1, innerKept: true };
  const inputs = [{ shape, dtype: "f32" as const }];
  return reducePass({ kind: "sum", program: [], shape, axes: [0], inputs, slices: [from], out: to, chunks });
}
