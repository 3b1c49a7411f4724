/**
 * Operations that move values about, transforms and small products on the CPU.
 *
 * @module
 */
import type { WasmCall } from "../devices/calls.ts";
import type { KernelLowering } from "../graph/op.ts";
import type { ConcatAttrs } from "./shape/concat.ts";
import type { CropAttrs } from "./shape/crop.ts";
import type { Fft2Attrs } from "./fft/fft2.ts";
import type { MatmulAttrs } from "./matmul/matmul.ts";
import type { PadAttrs } from "./shape/pad.ts";
import type { TranslateAttrs } from "./patches/translate.ts";
import { sizeOf, type TensorType, wordsOf } from "../graph/types.ts";
import { boxCopy, copyCall } from "./lowering_wasm.ts";

type NoAttrs = Record<never, never>;

/** Words of one contiguous run along the axis and everything inside it. */
const runWords = ({ shape, dtype }: TensorType, axis: number) => wordsOf({ shape: shape.slice(axis), dtype });

/** `concat`: one copy for each input. */
export const concatWasm: KernelLowering<ConcatAttrs, WasmCall> = {
  calls({ in: inputs, inputs: types, out, output, attrs: { axis } }) {
    const whole = runWords(output, axis);
    const outer = sizeOf(output.shape.slice(0, axis));
    let start = 0;
    return inputs.map((from, k) => {
      const run = runWords(types[k], axis);
      const toOffset = start;
      start += run;
      const fromStrides = [run, 1];
      const box = {
        dims: [outer, run],
        fromStrides,
        toStrides: [whole, 1],
        fromOffset: 0,
        toOffset,
        words: 1,
      };
      return copyCall({ from, to: out, ...box });
    });
  },
};

/** `crop`: one copy. */
export const cropWasm: KernelLowering<CropAttrs, WasmCall> = {
  calls: ({ in: [from], inputs: [large], out: to, output: small, attrs: { start } }) => [
    boxCopy({ small, large, start }, { from, to, inward: false }),
  ],
};

/** `pad`: zeros, then one copy. */
export const padWasm: KernelLowering<PadAttrs, WasmCall> = {
  calls: ({ in: [from], inputs: [small], out: to, output: large, attrs: { before: start } }) => [
    { kernel: "fill", buffers: [to], ints: [wordsOf(large)], floats: [0] },
    boxCopy({ small, large, start }, { from, to, inward: true }),
  ],
};

/** `matmul`. */
export const matmulWasm: KernelLowering<MatmulAttrs, WasmCall> = {
  calls({ in: [a, b], inputs, out, attrs }) {
    const [rows, inner] = attrs.transposeA ? inputs[0].shape.toReversed() : inputs[0].shape;
    const columns = inputs[1].shape[attrs.transposeB ? 0 : 1];
    const left = attrs.transposeA ? [1, rows] : [inner, 1];
    const right = attrs.transposeB ? [1, inner] : [columns, 1];
    return [{ kernel: "matmul", buffers: [out, a, b], ints: [rows, columns, inner, ...left, ...right] }];
  },
};

/** Elements of a plane that one thread transforms as a whole (`SMALL` of `wasm/fft/fft2.c`). */
const SMALL_PLANE = 64 * 64;

/**
 * `fft2`: one call that gives each thread whole planes, or where those do not come out even two calls, for the rows and
 * for the columns, that cut every plane up. The arithmetic is the same.
 */
export const fft2Wasm: KernelLowering<Fft2Attrs, WasmCall> = {
  algorithm: ({ output: { shape } }) => {
    const [height, width] = shape.slice(-2);
    const power = (n: number) => n >= 8 && (n & (n - 1)) === 0;
    if (height * width <= SMALL_PLANE) return "fftw planes";
    return power(height) && power(width) ? "four lines" : "fftw lines";
  },
  calls: ({ in: [x], out, output, attrs: { inverse, shift }, limits: { threads } }) => {
    const [count, height, width] = planes(output.shape);
    const uneven = count % threads > 0 && count < 4 * threads && height * width > SMALL_PLANE;
    return (uneven ? [FFT_PART.rows, FFT_PART.columns] : [FFT_PART.whole]).map((part) => ({
      kernel: "fft2",
      buffers: [out, x],
      ints: [count, height, width, Number(inverse), Number(shift), part],
    }));
  },
};

/** The parts of a transform, as `wasm/fft/fft2.c` counts them. */
const FFT_PART = { whole: 0, rows: 1, columns: 2 };

/** `translate`. */
export const translateWasm: KernelLowering<TranslateAttrs, WasmCall> = {
  calls: ({ in: [image, offsets], inputs: [from], out, output, attrs: { sign } }) => [{
    kernel: "translate",
    buffers: [out, image, offsets],
    ints: [...from.shape, ...output.shape, sign, from.dtype === "c64" ? 2 : 1],
  }],
};

/** Number of planes, height and width. */
function planes(shape: readonly number[]): number[] {
  const [height, width] = shape.slice(-2);
  return [sizeOf(shape) / (height * width), height, width];
}

/** `max_pool2`. */
export const maxPool2Wasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: [x], inputs: [from], out }) => [
    { kernel: "max_pool2", buffers: [out, x], ints: planes(from.shape) },
  ],
};

/** `max_pool2_gradient`. */
export const maxPool2GradientWasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: [x, y, g], inputs: [from], out }) => [
    { kernel: "max_pool2_gradient", buffers: [out, x, y, g], ints: planes(from.shape) },
  ],
};

function rows(shape: readonly number[]): number[] {
  const [count, height, width] = planes(shape);
  return [count * height, width];
}

/** `upsample2`. */
export const upsample2Wasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: [x], inputs: [from], out }) => [
    { kernel: "upsample2", buffers: [out, x], ints: rows(from.shape) },
  ],
};

/** `upsample2_gradient`. */
export const upsample2GradientWasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: [g], out, output }) => [
    { kernel: "upsample2_gradient", buffers: [out, g], ints: rows(output.shape) },
  ],
};
