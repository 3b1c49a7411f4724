/**
 * How convolutions are done on the CPU.
 *
 * @module
 */
import type { WasmCall } from "../../device/calls.ts";
import type { Slice } from "../../device/device.ts";
import type { KernelLowering, NodeTypes, Packable } from "../op.ts";
import type { Conv2dAttrs } from "../ops/conv2d.ts";
import type { Conv2dWeightGradientAttrs } from "../ops/conv2d_weight_gradient.ts";
import { sumRowsCall } from "./wasm.ts";
import type { ConvOperands, ConvSizes, WeightGradientOperands } from "./wasm_conv_types.ts";
import * as winograd from "./wasm_winograd.ts";

const roundUp = (n: number, step: number) => Math.ceil(n / step) * step;

/** Outputs that the direct kernel computes side by side. */
const groupOf = ({ outputs }: ConvSizes) => outputs > 2 ? 4 : 1;

/** Words of one padded row beyond the image. */
const marginOf = ({ kw }: ConvSizes) => Math.floor((kw + 2) / 4) * 4;

/** Words of padded rows that stay in the first-level cache. */
const STRIP_WORDS = 5120;

/** Rows of the result that share a strip of the direct kernel, channels in it, and words of a thread's work space. */
function directStrip(size: ConvSizes): { rows: number; chunk: number; words: number } {
  const pitch = roundUp(size.width, groupOf(size) === 4 ? 8 : 32) + marginOf(size);
  const rows = Math.min(8, size.height);
  const plane = (rows + size.kh - 1) * pitch;
  const chunk = Math.min(Math.max(Math.floor(STRIP_WORDS / plane), 1), size.channels);
  return { rows, chunk, words: roundUp(chunk * size.kh * size.kw, 16) + chunk * plane };
}

/** Bytes of rearranged weights. */
function directPackedBytes(size: ConvSizes): number {
  return 4 * roundUp(size.outputs, groupOf(size)) * size.channels * size.kh * size.kw;
}

/** Bytes of work space. */
function directScratchBytes(size: ConvSizes, threads: number): number {
  return 4 * threads * directStrip(size).words;
}

/** The calls of a convolution. */
function directCalls(size: ConvSizes, operands: ConvOperands): Packable<WasmCall>[] {
  const { batch, channels, height, width, outputs, kh, kw } = size;
  const { out, x, w, bias, packed, scratch, activation, transpose } = operands;
  const group = groupOf(size);
  const { rows, chunk } = directStrip(size);
  return [
    {
      kernel: "conv_pack",
      buffers: [packed, w],
      ints: [outputs, channels, kh, kw, Number(transpose), group],
      pack: true,
    },
    {
      kernel: "conv_direct",
      buffers: [out, x, packed, bias ?? w, scratch],
      ints: [
        ...[batch, channels, height, width, outputs, kh, kw],
        ...[Number(bias !== undefined), activation, group, rows, chunk],
      ],
    },
  ];
}

/** Rows of the gradient that give one partial result of the direct weight gradient. */
const GRADIENT_ROWS = 16;

function gradientWork(size: ConvSizes) {
  const rows = Math.min(GRADIENT_ROWS, size.height);
  const width = roundUp(size.width, 4);
  const parts = size.batch * Math.ceil(size.height / rows);
  const weights = size.outputs * size.channels * size.kh * size.kw;
  const strip = size.channels * (rows + size.kh - 1) * (width + marginOf(size)) +
    (width === size.width ? 0 : size.outputs * rows * width);
  const partialWords = roundUp(parts * weights, 64);
  return { rows, parts, weights, strip, partialWords };
}

/** Bytes of work space of the weight gradient. */
function directGradientScratchBytes(size: ConvSizes, threads: number): number {
  const { strip, partialWords } = gradientWork(size);
  return 4 * (partialWords + threads * strip);
}

/** The calls of the weight gradient: partial results, then their sum. */
function directGradientCalls(
  size: ConvSizes,
  { out, x, g, scratch }: WeightGradientOperands,
): WasmCall[] {
  const { batch, channels, height, width, outputs, kh, kw } = size;
  const { rows, parts, weights, partialWords } = gradientWork(size);
  const partials: Slice = { ...scratch, bytes: 4 * partialWords };
  const strips: Slice = {
    ...scratch,
    byteOffset: scratch.byteOffset + 4 * partialWords,
    bytes: scratch.bytes - 4 * partialWords,
  };
  return [
    {
      kernel: "conv_direct_weight_gradient",
      buffers: [partials, x, g, strips],
      ints: [batch, channels, height, width, outputs, kh, kw, rows],
    },
    sumRowsCall(partials, out, { rows: parts, columns: weights }),
  ];
}

/** What the plan calls the ways to convolve. */
const algorithmOf = (size: ConvSizes) => winograd.suits(size) ? "winograd4" : "direct";

/** Bytes of rearranged weights. */
const convPackedBytes = (size: ConvSizes) =>
  winograd.suits(size) ? winograd.packedBytes(size) : directPackedBytes(size);

/** Bytes of work space. */
const convScratchBytes = (size: ConvSizes, threads: number) =>
  winograd.suits(size) ? winograd.scratchBytes(size, threads) : directScratchBytes(size, threads);

/** The calls of a convolution. */
const convCalls = (size: ConvSizes, operands: ConvOperands, threads: number) =>
  winograd.suits(size) ? winograd.calls(size, operands, threads) : directCalls(size, operands);

type NoAttrs = Record<never, never>;

/** Numbers of the activations in `wasm/conv.h`. */
const ACTIVATION: Record<Conv2dAttrs["activation"], number> = {
  none: 0,
  relu: 1,
  silu: 2,
  sigmoid: 3,
  tanh: 4,
};

function forwardSizes({ inputs: [x, w] }: NodeTypes<unknown>): ConvSizes {
  const [batch, channels, height, width] = x.shape;
  const [outputs, , kh, kw] = w.shape;
  return { batch, channels, height, width, outputs, kh, kw };
}

/** `conv2d`. */
export const conv2dWasm: KernelLowering<Conv2dAttrs, WasmCall> = {
  algorithm: (node) => algorithmOf(forwardSizes(node)),
  packedBytes: (node) => convPackedBytes(forwardSizes(node)),
  scratchBytes: (node, { threads }) => convScratchBytes(forwardSizes(node), threads),
  calls(node) {
    const { in: [x, w, bias], attrs } = node;
    const activation = ACTIVATION[attrs.activation];
    return convCalls(
      forwardSizes(node),
      { ...node, x, w, bias, activation, transpose: false },
      node.limits.threads,
    );
  },
};

/** The input gradient is the convolution of g with the weights turned about, inputs and outputs exchanged. */
function adjointSizes(node: NodeTypes<unknown>): ConvSizes {
  const size = forwardSizes(node);
  return { ...size, outputs: node.inputs[1].shape[1] };
}

/** `conv2d_input_gradient`. */
export const conv2dInputGradientWasm: KernelLowering<NoAttrs, WasmCall> = {
  algorithm: (node) => algorithmOf(adjointSizes(node)),
  packedBytes: (node) => convPackedBytes(adjointSizes(node)),
  scratchBytes: (node, { threads }) => convScratchBytes(adjointSizes(node), threads),
  calls(node) {
    const { in: [x, w] } = node;
    return convCalls(
      adjointSizes(node),
      { ...node, x, w, activation: 0, transpose: true },
      node.limits.threads,
    );
  },
};

function gradientSizes({ inputs: [x, g], attrs }: NodeTypes<Conv2dWeightGradientAttrs>): ConvSizes {
  const [batch, channels, height, width] = x.shape;
  const [kh, kw] = attrs.kernel;
  return { batch, channels, height, width, outputs: g.shape[1], kh, kw };
}

/** `conv2d_weight_gradient`. */
export const conv2dWeightGradientWasm: KernelLowering<Conv2dWeightGradientAttrs, WasmCall> = {
  algorithm: (node) => algorithmOf(gradientSizes(node)),
  scratchBytes(node, { threads }) {
    const size = gradientSizes(node);
    return winograd.suits(size)
      ? winograd.gradientScratchBytes(size, threads)
      : directGradientScratchBytes(size, threads);
  },
  calls(node) {
    const { in: [x, g] } = node;
    const size = gradientSizes(node);
    const operands = { ...node, x, g };
    return winograd.suits(size)
      ? winograd.gradientCalls(size, operands, node.limits.threads)
      : directGradientCalls(size, operands);
  },
};
