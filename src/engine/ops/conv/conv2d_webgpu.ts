/**
 * `conv2d` and the gradient of its input on WebGPU.
 *
 * @module
 */
import type { GpuCall } from "../../devices/calls.ts";
import type { DeviceLimits, Slice } from "../../devices/device.ts";
import type { ShaderName } from "../../devices/webgpu/shaders.ts";
import type { Packable } from "../../graph/op.ts";
import { elementGrid, gridOf, type WebgpuLowering } from "../lowering_webgpu.ts";
import { chooseTiles, type ConvSizes, storageOf, tileWorkgroups } from "./conv_tiles_webgpu.ts";

/** Activations in the numbering of activation.wgsl. */
const ACTIVATION_CODES = { none: 0, relu: 1, silu: 2, sigmoid: 3, tanh: 4 } as const;

/** Attributes that lowering reads. */
interface Conv2dAttrs {
  readonly activation: keyof typeof ACTIVATION_CODES;
}

/** Fewest outputs for which tiles pay: an invocation computes eight. */
const TILED_OUTPUTS = 8;

function forwardSizes(x: readonly number[], w: readonly number[]): ConvSizes {
  const [batch, channels, rows, columns] = x;
  const [outputs, , kernelRows, kernelColumns] = w;
  return { batch, channels, outputs, rows, columns, kernelRows, kernelColumns };
}

/** Sizes of the convolution that carries the gradient of the output back to the input. */
function backwardSizes(g: readonly number[], w: readonly number[]): ConvSizes {
  const [batch, channels, rows, columns] = g;
  const [, outputs, kernelRows, kernelColumns] = w;
  return { batch, channels, outputs, rows, columns, kernelRows, kernelColumns };
}

/** Rows of outputs in packed weights are this long. */
function pitchOf(outputs: number): number {
  return 4 * Math.ceil(outputs / 4);
}

function packedWords({ channels, outputs, kernelRows, kernelColumns }: ConvSizes): number {
  return (channels * kernelRows * kernelColumns + 1) * pitchOf(outputs);
}

function packedBytesOf(sizes: ConvSizes, { gpu }: DeviceLimits): number {
  return packedWords(sizes) * (gpu?.precision === "f16" ? 2 : 4);
}

/** Packs weights for `convolve`. */
function packWeights(
  sizes: ConvSizes,
  { entry, buffers, storage }: {
    readonly entry: string;
    readonly buffers: readonly Slice[];
    readonly storage: ShaderName;
  },
): Packable<GpuCall> {
  const count = packedWords(sizes);
  const { width, workgroups } = elementGrid(count);
  const { outputs, channels, kernelRows, kernelColumns } = sizes;
  return {
    pack: true,
    shaders: [storage, "conv_pack"],
    entry,
    buffers,
    ints: [count, width, outputs, channels, kernelRows * kernelColumns, pitchOf(outputs)],
    workgroups,
  };
}

interface ConvolveOptions {
  /** Output, input and packed weights. */
  readonly buffers: readonly Slice[];
  readonly activation: keyof typeof ACTIVATION_CODES;
  readonly limits: DeviceLimits;
  readonly storage: ShaderName;
}

function convolveTiled(
  sizes: ConvSizes,
  { buffers, activation, limits, storage }: ConvolveOptions,
): GpuCall {
  const tiles = chooseTiles(sizes, limits);
  const { batch, channels, outputs, rows, columns } = sizes;
  const total = tileWorkgroups(sizes, tiles);
  const { width, workgroups } = gridOf(total);
  const counts = [[outputs, tiles.TILE_O], [rows, tiles.TILE_H], [columns, tiles.TILE_W]];
  return {
    shaders: [storage, "elementary", "activation", "conv3x3"],
    entry: "conv3x3",
    constants: { ...tiles, ACTIVATION: ACTIVATION_CODES[activation] },
    buffers,
    ints: [
      ...[batch, channels, outputs, rows, columns, pitchOf(outputs) / 4],
      ...counts.map(([size, tile]) => Math.ceil(size / tile)),
      ...[width, total],
    ],
    workgroups,
  };
}

function convolveDirect(sizes: ConvSizes, { buffers, activation, storage }: ConvolveOptions): GpuCall {
  const { batch, channels, outputs, rows, columns, kernelRows, kernelColumns } = sizes;
  const quads = pitchOf(outputs) / 4;
  const count = batch * quads * rows * columns;
  const { width, workgroups } = elementGrid(count);
  return {
    shaders: [storage, "elementary", "activation", "conv_direct"],
    entry: "conv_direct",
    constants: { ACTIVATION: ACTIVATION_CODES[activation] },
    buffers,
    ints: [count, width, channels, outputs, rows, columns, kernelRows, kernelColumns, quads],
    workgroups,
  };
}

/** Invocations of a workgroup of the kernels without workgroup memory. */
const PLAIN_LANES = 64;

function convolvePlain(sizes: ConvSizes, { buffers, activation, storage }: ConvolveOptions): GpuCall {
  const { batch, channels, outputs, rows, columns } = sizes;
  const octets = Math.ceil(outputs / 8);
  const pairs = Math.ceil(rows / 2);
  const spans = Math.ceil(columns / 8);
  const count = batch * octets * pairs * spans;
  const { width, workgroups } = gridOf(Math.ceil(count / PLAIN_LANES));
  return {
    shaders: [storage, "elementary", "activation", "conv3x3_plain"],
    entry: "conv3x3_plain",
    constants: { ACTIVATION: ACTIVATION_CODES[activation] },
    buffers,
    ints: [count, width, channels, outputs, rows, columns, octets, pairs, spans, pitchOf(outputs) / 4],
    workgroups,
  };
}

function convolve(sizes: ConvSizes, options: ConvolveOptions): GpuCall {
  const { kernelRows, kernelColumns, outputs } = sizes;
  if (kernelRows !== 3 || kernelColumns !== 3) return convolveDirect(sizes, options);
  if (options.limits.workgroupBytes === 0) return convolvePlain(sizes, options);
  return outputs < TILED_OUTPUTS ? convolveDirect(sizes, options) : convolveTiled(sizes, options);
}

/** An implicit matrix product in tiles for 3x3, a plain loop for other kernels and few outputs. */
export const conv2dWebgpu: WebgpuLowering<Conv2dAttrs> = {
  packedBytes: ({ inputs: [x, w] }, limits) => packedBytesOf(forwardSizes(x.shape, w.shape), limits),
  calls({ attrs: { activation }, inputs: [xType, wType], in: [x, w, bias], out, packed, limits }) {
    const sizes = forwardSizes(xType.shape, wType.shape);
    const storage = storageOf(limits, "activations");
    const pack = bias
      ? { entry: "pack_with_bias", buffers: [packed, w, bias], storage }
      : { entry: "pack", buffers: [packed, w], storage };
    const convolution = { buffers: [out, x, packed], activation, limits, storage };
    return [packWeights(sizes, pack), convolve(sizes, convolution)];
  },
};

/** The convolution of the upstream gradient with flipped weights. */
export const conv2dInputGradientWebgpu: WebgpuLowering<Record<never, never>> = {
  packedBytes: ({ inputs: [g, w] }, limits) => packedBytesOf(backwardSizes(g.shape, w.shape), limits),
  calls({ inputs: [gType, wType], in: [g, w], out, packed, limits }) {
    const sizes = backwardSizes(gType.shape, wType.shape);
    const storage = storageOf(limits, "gradients");
    return [
      packWeights(sizes, { entry: "pack_flipped", buffers: [packed, w], storage }),
      convolve(sizes, { buffers: [out, g, packed], activation: "none", limits, storage }),
    ];
  },
};
