/**
 * `fft2` on WebGPU: whole planes in one pass where they fit the memory of a workgroup, else rows from the input to the
 * output, then columns in place.
 *
 * @module
 */
import type { GpuCall } from "../../devices/calls.ts";
import { check, sizeOf } from "../../graph/types.ts";
import { gridOf, type WebgpuLowering } from "../lowering_webgpu.ts";

interface Fft2Attrs {
  readonly inverse: boolean;
  readonly shift: boolean;
}

/** Elements that the lines of a workgroup have together. */
const WORKGROUP_ELEMENTS = 2048;

/** Shortest and longest line that fft.wgsl takes. */
const SHORTEST = 8;
const LONGEST = 512;

/** Side of the planes that fit: real parts, then imaginary ones, are 16 KiB. */
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

function pass({ inverse, shift }: Fft2Attrs, { size, count, inner, outerStride, stride }: Lines) {
  const lines = WORKGROUP_ELEMENTS / size;
  const { width, workgroups } = gridOf(Math.ceil(count / lines));
  return {
    shaders: ["elementary", "fft"],
    constants: {
      N: size,
      LINES: lines,
      INVERSE: inverse ? 1 : 0,
      SHIFT_IN: inverse && shift ? 1 : 0,
      SHIFT_OUT: !inverse && shift ? 1 : 0,
      SCALE: 1 / Math.sqrt(size),
    },
    ints: [count, inner, outerStride, stride, width],
    workgroups,
  } satisfies Partial<GpuCall>;
}

/** One pass over whole planes of 64 x 64, which a workgroup holds. */
function square(attrs: Fft2Attrs, planes: number): Omit<GpuCall, "buffers"> {
  const lines = { size: SQUARE, count: planes, inner: 1, outerStride: SQUARE, stride: 1 };
  const { constants, ints } = pass(attrs, lines);
  const { width, workgroups } = gridOf(planes);
  return {
    shaders: ["elementary", "fft", "fft_square"],
    entry: "square",
    constants: { ...constants, SHARED: SQUARE * SQUARE },
    ints: [...ints.slice(0, -1), width],
    workgroups,
  };
}

/** Planes in one pass, or two passes of lines in workgroup memory. */
export const fft2Webgpu: WebgpuLowering<Fft2Attrs> = {
  calls({ attrs, output: { shape }, in: [x], out, limits }) {
    const [height, width] = shape.slice(-2);
    checkSize(height);
    checkSize(width);
    const planes = sizeOf(shape) / (height * width);
    if (height === SQUARE && width === SQUARE && limits.workgroupBytes >= 4 * SQUARE * SQUARE) {
      return [{ ...square(attrs, planes), buffers: [out, x] }];
    }
    const rows = { size: width, count: planes * height, inner: 1, outerStride: width, stride: 1 };
    const columns = {
      size: height,
      count: planes * width,
      inner: width,
      outerStride: height * width,
      stride: width,
    };
    return [
      { ...pass(attrs, rows), entry: "rows", buffers: [out, x] },
      { ...pass(attrs, columns), entry: "columns", buffers: [out] },
    ];
  },
};
