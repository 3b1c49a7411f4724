/**
 * `conv2d` and the gradient of its input on WebGPU.
 *
 * @module
 */
import activation from "../../../../kernels/conv/activation.wgsl" with { type: "text" };
import conv3x3 from "../../../../kernels/conv/conv3x3.wgsl" with { type: "text" };
import direct from "../../../../kernels/conv/conv_direct.wgsl" with { type: "text" };
import pack from "../../../../kernels/conv/conv_pack.wgsl" with { type: "text" };
import type { GpuCall, Shader } from "../../devices/calls.ts";
import type { DeviceLimits, Slice } from "../../devices/device.ts";
import { elementGrid, gridOf } from "../../devices/webgpu/grid.ts";
import type { LowerWebgpu, Packable } from "../../graph/lowering.ts";
import { ELEMENTARY } from "../elementwise/elementary_webgpu.ts";
import { activationCode, type Conv2dAttrs } from "./conv2d_attributes.ts";
import { chooseTiles, type ConvSizes, tileWorkgroups } from "./conv_tiles_webgpu.ts";
import { storageOf } from "./storage_webgpu.ts";

const ACTIVATION: Shader = { name: "conv/activation", code: activation };
const CONV3X3: Shader = { name: "conv/conv3x3", code: conv3x3 };
const DIRECT: Shader = { name: "conv/conv_direct", code: direct };
const PACK: Shader = { name: "conv/conv_pack", code: pack };

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
    readonly storage: Shader;
  },
): Packable<GpuCall> {
  const count = packedWords(sizes);
  const { width, workgroups } = elementGrid(count);
  const { outputs, channels, kernelRows, kernelColumns } = sizes;
  return {
    pack: true,
    shaders: [storage, PACK],
    entry,
    buffers,
    params: { count, width, outputs, channels, taps: kernelRows * kernelColumns, pitch: pitchOf(outputs) },
    workgroups,
  };
}

interface ConvolveOptions {
  /** Output, input and packed weights. */
  readonly buffers: readonly Slice[];
  readonly activation: Conv2dAttrs["activation"];
  readonly limits: DeviceLimits;
  readonly storage: Shader;
}

function convolveTiled(
  sizes: ConvSizes,
  { buffers, activation, limits, storage }: ConvolveOptions,
): GpuCall {
  const tiles = chooseTiles(sizes, limits);
  const { batch, channels, outputs, rows, columns } = sizes;
  const total = tileWorkgroups(sizes, tiles);
  const { width, workgroups } = gridOf(total);
  return {
    shaders: [storage, ELEMENTARY, ACTIVATION, CONV3X3],
    entry: "conv3x3",
    constants: { ...tiles, ACTIVATION: activationCode(activation) },
    buffers,
    params: {
      ...{ batch, channels, outputs, rows, columns, width },
      pitch: pitchOf(outputs) / 4,
      tiles_o: Math.ceil(outputs / tiles.TILE_O),
      tiles_y: Math.ceil(rows / tiles.TILE_H),
      tiles_x: Math.ceil(columns / tiles.TILE_W),
      tiles: total,
    },
    workgroups,
  };
}

function convolveDirect(sizes: ConvSizes, { buffers, activation, storage }: ConvolveOptions): GpuCall {
  const { batch, channels, outputs, rows, columns, kernelRows, kernelColumns } = sizes;
  const quads = pitchOf(outputs) / 4;
  const count = batch * quads * rows * columns;
  const { width, workgroups } = elementGrid(count);
  return {
    shaders: [storage, ELEMENTARY, ACTIVATION, DIRECT],
    entry: "conv_direct",
    constants: { ACTIVATION: activationCode(activation) },
    buffers,
    params: {
      ...{ count, width, channels, outputs, rows, columns, quads },
      kernel_rows: kernelRows,
      kernel_columns: kernelColumns,
    },
    workgroups,
  };
}

function convolve(sizes: ConvSizes, options: ConvolveOptions): GpuCall {
  const { kernelRows, kernelColumns, outputs } = sizes;
  if (kernelRows !== 3 || kernelColumns !== 3) return convolveDirect(sizes, options);
  return outputs < TILED_OUTPUTS ? convolveDirect(sizes, options) : convolveTiled(sizes, options);
}

/** An implicit matrix product in tiles for 3x3, a plain loop for other kernels and few outputs. */
export const conv2dWebgpu: LowerWebgpu<Conv2dAttrs> = ({ inputs: [x, w], attrs: { activation } }, limits) => {
  const sizes = forwardSizes(x.shape, w.shape);
  const storage = storageOf(limits, "activations");
  return {
    packedBytes: packedBytesOf(sizes, limits),
    calls({ in: [x, w, bias], out, packed }) {
      const weights = bias
        ? { entry: "pack_with_bias", buffers: [packed, w, bias], storage }
        : { entry: "pack", buffers: [packed, w], storage };
      return [
        packWeights(sizes, weights),
        convolve(sizes, { buffers: [out, x, packed], activation, limits, storage }),
      ];
    },
  };
};

/** The convolution of the upstream gradient with flipped weights. */
export const conv2dInputGradientWebgpu: LowerWebgpu<Record<never, never>> = ({ inputs: [g, w] }, limits) => {
  const sizes = backwardSizes(g.shape, w.shape);
  const storage = storageOf(limits, "gradients");
  return {
    packedBytes: packedBytesOf(sizes, limits),
    calls: ({ in: [g, w], out, packed }) => [
      packWeights(sizes, { entry: "pack_flipped", buffers: [packed, w], storage }),
      convolve(sizes, { buffers: [out, g, packed], activation: "none", limits, storage }),
    ],
  };
};
