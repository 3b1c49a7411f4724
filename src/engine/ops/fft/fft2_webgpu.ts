/**
 * `fft2` on WebGPU: planes of 64 x 64 in one pass, others as rows from the input to the
 * output, then columns in place.
 *
 * @module
 */
import fft from "../../../../kernels/fft/fft.wgsl" with { type: "text" };
import square from "../../../../kernels/fft/fft_square.wgsl" with { type: "text" };
import type { GpuCall, Shader } from "../../devices/calls.ts";
import { gridOf } from "../../devices/webgpu/grid.ts";
import type { LowerWebgpu } from "../../graph/lowering.ts";
import { check, planesOf } from "../../graph/types.ts";
import { ELEMENTARY } from "../elementwise/elementary_webgpu.ts";
import type { Fft2Attrs } from "./fft2_attributes.ts";

const FFT: Shader = { name: "fft/fft", code: fft };
const FFT_SQUARE: Shader = { name: "fft/fft_square", code: square };

/** Elements that the lines of a workgroup have together. */
const WORKGROUP_ELEMENTS = 2048;

/** Shortest and longest line that fft.wgsl takes. */
const SHORTEST = 8;
const LONGEST = 512;

/** Side of the planes that fit a workgroup: real parts, then imaginary ones, are 16 KiB, which WebGPU always offers. */
const SQUARE = 64;

function checkSize(size: number): void {
  const fits = size >= SHORTEST && size <= LONGEST && Number.isInteger(Math.log2(size));
  check(
    fits,
    `the GPU transforms sizes that are powers of two from ${SHORTEST} to ${LONGEST}, not ${size}: ` +
      "pad to the next one, or use the wasm device",
  );
}

/** Lines of one pass: how many, and how they lie in memory, in complex elements. */
interface Lines {
  readonly size: number;
  readonly count: number;
  readonly inner: number;
  readonly outerStride: number;
  readonly stride: number;
}

type Pass = Pick<GpuCall, "shaders" | "params" | "workgroups"> & { constants: Record<string, number> };

function pass({ inverse, shift }: Fft2Attrs, { size, count, inner, outerStride, stride }: Lines): Pass {
  const lines = WORKGROUP_ELEMENTS / size;
  const { width, workgroups } = gridOf(Math.ceil(count / lines));
  return {
    shaders: [ELEMENTARY, FFT],
    constants: {
      N: size,
      LINES: lines,
      INVERSE: inverse ? 1 : 0,
      SHIFT_IN: inverse && shift ? 1 : 0,
      SHIFT_OUT: !inverse && shift ? 1 : 0,
      SCALE: 1 / Math.sqrt(size),
    },
    params: { lines: count, inner, outer_stride: outerStride, stride, width },
    workgroups,
  };
}

/** One pass over whole planes of 64 x 64, which a workgroup holds. */
function squarePass(attrs: Fft2Attrs, planes: number): Pass {
  const lines = { size: SQUARE, count: planes, inner: 1, outerStride: SQUARE, stride: 1 };
  const { constants, params } = pass(attrs, lines);
  const { width, workgroups } = gridOf(planes);
  return {
    shaders: [ELEMENTARY, FFT, FFT_SQUARE],
    constants: { ...constants, SHARED: SQUARE * SQUARE },
    params: { ...params, width },
    workgroups,
  };
}

/** Planes in one pass, or two passes of lines in workgroup memory. */
export const fft2Webgpu: LowerWebgpu<Fft2Attrs> = ({ attrs, output: { shape } }) => {
  const [planes, height, width] = planesOf(shape);
  checkSize(height);
  checkSize(width);
  if (height === SQUARE && width === SQUARE) {
    return {
      calls: ({ in: [x], out }) => [{ ...squarePass(attrs, planes), entry: "square", buffers: [out, x] }],
    };
  }
  const rows = { size: width, count: planes * height, inner: 1, outerStride: width, stride: 1 };
  const columns = {
    size: height,
    count: planes * width,
    inner: width,
    outerStride: height * width,
    stride: width,
  };
  return {
    calls: ({ in: [x], out }) => [
      { ...pass(attrs, rows), entry: "rows", buffers: [out, x] },
      { ...pass(attrs, columns), entry: "columns", buffers: [out] },
    ],
  };
};
