/**
 * How convolutions are done on the CPU.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { DeviceLimits, Slice } from "../../devices/device.ts";
import type { KernelLowering, NodeTypes, Packable } from "../../graph/op.ts";
import type { Conv2dAttrs } from "./conv2d.ts";
import type { Conv2dWeightGradientAttrs } from "./conv2d_weight_gradient.ts";
import { sumRowsCall } from "../lowering_wasm.ts";
import type { ConvOperands, ConvSizes, WeightGradientOperands } from "./conv_wasm_types.ts";
import * as winograd from "./winograd_wasm.ts";

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

/** The ways to convolve, as the plan calls them. `bench/wasm_shapes.ts` measures them all for every shape. */
export type ConvWay = "winograd4" | "single" | "direct";

/** Width that the kernel for one or two outputs takes at once. */
const SINGLE_WIDTH = 16;

/**
 * The way for a size. A rule, not a measurement of the moment, because the ways round differently and a run must give the
 * same bits every time.
 */
function wayOf(size: ConvSizes, transpose: boolean): ConvWay {
  if (winograd.suits(size)) return "winograd4";
  const { kh, kw, outputs, width } = size;
  const single = !transpose && kh === 3 && kw === 3 && outputs <= 2 && width % SINGLE_WIDTH === 0;
  return single ? "single" : "direct";
}

/** The call of a convolution to one or two outputs; it takes the weights as they are. */
function singleCalls(size: ConvSizes, { out, x, w, bias, activation }: ConvOperands): Packable<WasmCall>[] {
  const { batch, channels, height, width, outputs } = size;
  const ints = [batch, channels, height, width, outputs, Number(bias !== undefined), activation];
  return [{ kernel: "conv_single", buffers: [out, x, w, bias ?? w], ints }];
}

/** How a convolution is done, and the memory that takes. */
interface ConvPlan {
  readonly way: ConvWay;
  readonly packedBytes: number;
  readonly scratchBytes: number;
  calls(operands: ConvOperands): Packable<WasmCall>[];
}

/** What the size of a convolution decides; `way` overrules the choice, for the bench. */
export function planConv(
  size: ConvSizes,
  { transpose, threads, way = wayOf(size, transpose) }: {
    transpose: boolean;
    threads: number;
    way?: ConvWay;
  },
): ConvPlan {
  switch (way) {
    case "winograd4":
      return {
        way,
        packedBytes: winograd.packedBytes(size),
        scratchBytes: winograd.scratchBytes(size, threads),
        calls: (operands) => winograd.calls(size, operands, threads),
      };
    case "single":
      return { way, packedBytes: 0, scratchBytes: 0, calls: (operands) => singleCalls(size, operands) };
    case "direct":
      return {
        way,
        packedBytes: directPackedBytes(size),
        scratchBytes: directScratchBytes(size, threads),
        calls: (operands) => directCalls(size, operands),
      };
  }
}

type NoAttrs = Record<never, never>;

/** Numbers of the activations in `wasm/conv/conv.h`. */
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

const forwardPlan = (node: NodeTypes<Conv2dAttrs>, { threads }: DeviceLimits) =>
  planConv(forwardSizes(node), { transpose: false, threads });

/** `conv2d`. */
export const conv2dWasm: KernelLowering<Conv2dAttrs, WasmCall> = {
  algorithm: (node, limits) => forwardPlan(node, limits).way,
  packedBytes: (node, limits) => forwardPlan(node, limits).packedBytes,
  scratchBytes: (node, limits) => forwardPlan(node, limits).scratchBytes,
  calls(node) {
    const { in: [x, w, bias], attrs } = node;
    const activation = ACTIVATION[attrs.activation];
    return forwardPlan(node, node.limits).calls({ ...node, x, w, bias, activation, transpose: false });
  },
};

/** The input gradient is the convolution of g with the weights turned about, inputs and outputs exchanged. */
function adjointSizes(node: NodeTypes<unknown>): ConvSizes {
  const size = forwardSizes(node);
  return { ...size, outputs: node.inputs[1].shape[1] };
}

const adjointPlan = (node: NodeTypes<NoAttrs>, { threads }: DeviceLimits) =>
  planConv(adjointSizes(node), { transpose: true, threads });

/** `conv2d_input_gradient`. */
export const conv2dInputGradientWasm: KernelLowering<NoAttrs, WasmCall> = {
  algorithm: (node, limits) => adjointPlan(node, limits).way,
  packedBytes: (node, limits) => adjointPlan(node, limits).packedBytes,
  scratchBytes: (node, limits) => adjointPlan(node, limits).scratchBytes,
  calls(node) {
    const { in: [x, w] } = node;
    return adjointPlan(node, node.limits).calls({ ...node, x, w, activation: 0, transpose: true });
  },
};

function gradientSizes({ inputs: [x, g], attrs }: NodeTypes<Conv2dWeightGradientAttrs>): ConvSizes {
  const [batch, channels, height, width] = x.shape;
  const [kh, kw] = attrs.kernel;
  return { batch, channels, height, width, outputs: g.shape[1], kh, kw };
}

/** How a weight gradient is done, and the work space that takes. */
interface GradientPlan {
  readonly way: ConvWay;
  readonly scratchBytes: number;
  calls(operands: WeightGradientOperands): WasmCall[];
}

/** What the size of a convolution decides for its weight gradient; `way` overrules the choice, for the bench. */
export function planWeightGradient(
  size: ConvSizes,
  { threads, way = winograd.suits(size) ? "winograd4" : "direct" }: { threads: number; way?: ConvWay },
): GradientPlan {
  if (way === "winograd4") {
    return {
      way,
      scratchBytes: winograd.gradientScratchBytes(size, threads),
      calls: (operands) => winograd.gradientCalls(size, operands, threads),
    };
  }
  return {
    way,
    scratchBytes: directGradientScratchBytes(size, threads),
    calls: (operands) => directGradientCalls(size, operands),
  };
}

const gradientPlan = (node: NodeTypes<Conv2dWeightGradientAttrs>, { threads }: DeviceLimits) =>
  planWeightGradient(gradientSizes(node), { threads });

/** `conv2d_weight_gradient`. */
export const conv2dWeightGradientWasm: KernelLowering<Conv2dWeightGradientAttrs, WasmCall> = {
  algorithm: (node, limits) => gradientPlan(node, limits).way,
  scratchBytes: (node, limits) => gradientPlan(node, limits).scratchBytes,
  calls(node) {
    const { in: [x, g] } = node;
    return gradientPlan(node, node.limits).calls({ ...node, x, g });
  },
};
