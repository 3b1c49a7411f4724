/**
 * Convolutions on the CPU that multiply rows as they are: for few channels, few outputs, and kernels other than 3x3.
 *
 * @module
 */
import type { Slice } from "../../devices/device.ts";
import { cKernel } from "../../devices/wasm/c_struct.ts";
import { sumRowsCall } from "../reduce/reduce_wasm.ts";
import {
  type ConvOperands,
  type ConvOptions,
  type ConvPlan,
  type ConvSizes,
  roundUp,
  type WeightGradientOperands,
} from "./convolution_wasm.ts";

const packKernel = cKernel("conv_pack", {
  packed: "pointer",
  w: "pointer",
  outputs: "int",
  inputs: "int",
  kh: "int",
  kw: "int",
  transpose: "int",
  group: "int",
});

const directKernel = cKernel("conv_direct", {
  out: "pointer",
  x: "pointer",
  packed: "pointer",
  bias: "pointer",
  strips: "pointer",
  batch: "int",
  channels: "int",
  height: "int",
  width: "int",
  outputs: "int",
  kh: "int",
  kw: "int",
  has_bias: "int",
  activation: "int",
  group: "int",
  rows: "int",
  chunk: "int",
});

/** Outputs that the direct kernel computes side by side. */
const groupOf = ({ outputs }: ConvSizes) => outputs > 2 ? 4 : 1;

/** Words of one padded row beyond the image. */
const marginOf = ({ kw }: ConvSizes) => Math.floor((kw + 2) / 4) * 4;

/** Words of padded rows that stay in the first-level cache. */
const STRIP_WORDS = 5120;

/** Rows of the result that share a strip, channels in it, and words of a thread's work space. */
function stripOf(size: ConvSizes): { rows: number; chunk: number; words: number } {
  const pitch = roundUp(size.width, groupOf(size) === 4 ? 8 : 32) + marginOf(size);
  const rows = Math.min(8, size.height);
  const plane = (rows + size.kh - 1) * pitch;
  const chunk = Math.min(Math.max(Math.floor(STRIP_WORDS / plane), 1), size.channels);
  return { rows, chunk, words: roundUp(chunk * size.kh * size.kw, 16) + chunk * plane };
}

/** Plans a convolution in strips of rows that stay in the cache. */
export function planDirect(
  size: ConvSizes,
  { threads, transpose, activation }: ConvOptions,
): ConvPlan<ConvOperands> {
  const { channels: inputs, outputs, kh, kw } = size;
  const group = groupOf(size);
  const { rows, chunk, words } = stripOf(size);
  return {
    algorithm: "direct",
    packedBytes: 4 * roundUp(outputs, group) * inputs * kh * kw,
    scratchBytes: 4 * threads * words,
    calls: ({ out, x, w, bias, packed, scratch: strips }) => [
      {
        ...packKernel({ packed, w, outputs, inputs, kh, kw, transpose: Number(transpose), group }),
        pack: true,
      },
      directKernel({
        ...{ out, x, packed, bias: bias ?? w, strips },
        ...size,
        has_bias: Number(bias !== undefined),
        ...{ activation, group, rows, chunk },
      }),
    ],
  };
}

const singleKernel = cKernel("conv_single", {
  out: "pointer",
  x: "pointer",
  w: "pointer",
  bias: "pointer",
  batch: "int",
  channels: "int",
  height: "int",
  width: "int",
  outputs: "int",
  has_bias: "int",
  activation: "int",
});

/** Width that the kernel for one or two outputs takes at once. */
const SINGLE_WIDTH = 16;

/** Returns true if the kernel for one or two outputs takes a convolution. */
export function suitsSingle({ kh, kw, outputs, width }: ConvSizes, transpose: boolean): boolean {
  return !transpose && kh === 3 && kw === 3 && outputs <= 2 && width % SINGLE_WIDTH === 0;
}

/** Plans a convolution to one or two outputs; it takes the weights as they are. */
export function planSingle(size: ConvSizes, { activation }: ConvOptions): ConvPlan<ConvOperands> {
  const { batch, channels, height, width, outputs } = size;
  return {
    algorithm: "single",
    calls: ({ out, x, w, bias }) => [
      singleKernel({
        ...{ out, x, w, bias: bias ?? w },
        ...{ batch, channels, height, width, outputs },
        has_bias: Number(bias !== undefined),
        activation,
      }),
    ],
  };
}

const gradientKernel = cKernel("conv_direct_weight_gradient", {
  partials: "pointer",
  x: "pointer",
  g: "pointer",
  strips: "pointer",
  batch: "int",
  channels: "int",
  height: "int",
  width: "int",
  outputs: "int",
  kh: "int",
  kw: "int",
  rows: "int",
});

/** Rows of the gradient that give one partial result. */
const GRADIENT_ROWS = 16;

/** Plans a weight gradient: partial results, then their sum. */
export function planDirectGradient(
  size: ConvSizes,
  { threads }: Pick<ConvOptions, "threads">,
): ConvPlan<WeightGradientOperands> {
  const rows = Math.min(GRADIENT_ROWS, size.height);
  const width = roundUp(size.width, 4);
  const parts = size.batch * Math.ceil(size.height / rows);
  const weights = size.outputs * size.channels * size.kh * size.kw;
  const strip = size.channels * (rows + size.kh - 1) * (width + marginOf(size)) +
    (width === size.width ? 0 : size.outputs * rows * width);
  const partialBytes = 4 * roundUp(parts * weights, 64);
  return {
    algorithm: "direct",
    scratchBytes: partialBytes + 4 * threads * strip,
    calls({ out, x, g, scratch }) {
      const partials: Slice = { ...scratch, bytes: partialBytes };
      const strips: Slice = {
        ...scratch,
        byteOffset: scratch.byteOffset + partialBytes,
        bytes: scratch.bytes - partialBytes,
      };
      return [
        gradientKernel({ partials, x, g, strips, ...size, rows }),
        sumRowsCall(partials, out, { rows: parts, columns: weights }),
      ];
    },
  };
}
