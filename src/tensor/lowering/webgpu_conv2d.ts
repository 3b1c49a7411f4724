/**
 * `conv2d` and the gradient of its input on WebGPU.
 *
 * @module
 */
import type { GpuCall } from "../../device/calls.ts";
import type { DeviceLimits, Slice } from "../../device/device.ts";
import type { Packable } from "../op.ts";
import { betterTile, elementGrid, gridOf, powerOfTwo, type WebgpuLowering } from "./webgpu.ts";

/** Activations in the numbering of activation.wgsl. */
const ACTIVATION_CODES = { none: 0, relu: 1, silu: 2, sigmoid: 3, tanh: 4 } as const;

/** Attributes that lowering reads. */
interface Conv2dAttrs {
  readonly activation: keyof typeof ACTIVATION_CODES;
}

/** Sizes of a convolution from `channels` to `outputs`. */
interface ConvSizes {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  readonly rows: number;
  readonly columns: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
}

/** Tile sizes of conv3x3.wgsl. */
export interface ConvTiles {
  readonly TILE_O: number;
  readonly TILE_W: number;
  readonly TILE_H: number;
  readonly TILE_B: number;
  readonly CHUNK: number;
}

/** Fewest outputs for which tiles pay: an invocation computes eight. */
const TILED_OUTPUTS = 8;

/** Workgroups under which smaller tiles serve the GPU better. */
const FEW_WORKGROUPS = 96;

/** Memory of a workgroup that WebGPU always offers, in bytes. */
const WORKGROUP_BYTES = 16384;

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

function tileWorkgroups({ batch, outputs, rows, columns }: ConvSizes, tiles: ConvTiles): number {
  const images = Math.ceil(batch / tiles.TILE_B);
  const perImage = Math.ceil(rows / tiles.TILE_H) * Math.ceil(columns / tiles.TILE_W);
  return images * perImage * Math.ceil(outputs / tiles.TILE_O);
}

/** Tiles of some outputs and pixels; the channels of a chunk are as many as the workgroup's memory holds. */
function tilesOf({ channels, rows, columns }: ConvSizes, TILE_O: number, pixels: number): ConvTiles {
  const TILE_W = betterTile(columns, 16, 8);
  const TILE_H = Math.min(pixels / TILE_W, powerOfTwo(rows));
  const TILE_B = pixels / (TILE_W * TILE_H);
  const channelBytes = 4 * (9 * TILE_O + TILE_B * (TILE_H + 2) * (TILE_W + 4));
  const fitting = 2 ** Math.floor(Math.log2(WORKGROUP_BYTES / channelBytes));
  return { TILE_O, TILE_W, TILE_H, TILE_B, CHUNK: Math.max(1, Math.min(4, fitting, powerOfTwo(channels))) };
}

/** Tile sizes for a convolution: 128 invocations of 8 outputs by 8 pixels, fewer where the work is small. */
export function chooseTiles(sizes: ConvSizes): ConvTiles {
  const { outputs } = sizes;
  const full = outputs > 32 ? betterTile(outputs, 64, 32) : Math.max(8, powerOfTwo(outputs));
  const candidates: [number, number][] = [[full, Math.min(512, 8192 / full)], [
    full,
    4096 / Math.max(16, full),
  ]];
  candidates.push([Math.min(32, full), 128], [Math.min(32, full), 64]);
  const tiles = candidates.map(([o, pixels]) => tilesOf(sizes, o, pixels));
  return tiles.find((t) => tileWorkgroups(sizes, t) >= FEW_WORKGROUPS) ?? tiles[tiles.length - 1];
}

/** Packs weights for `convolve`. */
function packWeights(
  sizes: ConvSizes,
  { entry, buffers }: { readonly entry: string; readonly buffers: readonly Slice[] },
): Packable<GpuCall> {
  const count = packedWords(sizes);
  const { width, workgroups } = elementGrid(count);
  const { outputs, channels, kernelRows, kernelColumns } = sizes;
  return {
    pack: true,
    shaders: ["conv_pack"],
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
}

function convolveTiled(sizes: ConvSizes, { buffers, activation }: ConvolveOptions): GpuCall {
  const tiles = chooseTiles(sizes);
  const { batch, channels, outputs, rows, columns } = sizes;
  const total = tileWorkgroups(sizes, tiles);
  const { width, workgroups } = gridOf(total);
  const counts = [[outputs, tiles.TILE_O], [rows, tiles.TILE_H], [columns, tiles.TILE_W]];
  return {
    shaders: ["elementary", "activation", "conv3x3"],
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

function convolveDirect(sizes: ConvSizes, { buffers, activation }: ConvolveOptions): GpuCall {
  const { batch, channels, outputs, rows, columns, kernelRows, kernelColumns } = sizes;
  const quads = pitchOf(outputs) / 4;
  const count = batch * quads * rows * columns;
  const { width, workgroups } = elementGrid(count);
  return {
    shaders: ["elementary", "activation", "conv_direct"],
    entry: "conv_direct",
    constants: { ACTIVATION: ACTIVATION_CODES[activation] },
    buffers,
    ints: [count, width, channels, outputs, rows, columns, kernelRows, kernelColumns, quads],
    workgroups,
  };
}

/** Invocations of a workgroup of the kernels without workgroup memory. */
const PLAIN_LANES = 64;

function convolvePlain(sizes: ConvSizes, { buffers, activation }: ConvolveOptions): GpuCall {
  const { batch, channels, outputs, rows, columns } = sizes;
  const octets = Math.ceil(outputs / 8);
  const pairs = Math.ceil(rows / 2);
  const spans = Math.ceil(columns / 8);
  const count = batch * octets * pairs * spans;
  const { width, workgroups } = gridOf(Math.ceil(count / PLAIN_LANES));
  return {
    shaders: ["elementary", "activation", "conv3x3_plain"],
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
  packedBytes: ({ inputs: [x, w] }) => 4 * packedWords(forwardSizes(x.shape, w.shape)),
  calls({ attrs: { activation }, inputs: [xType, wType], in: [x, w, bias], out, packed, limits }) {
    const sizes = forwardSizes(xType.shape, wType.shape);
    const pack = bias
      ? { entry: "pack_with_bias", buffers: [packed, w, bias] }
      : { entry: "pack", buffers: [packed, w] };
    return [packWeights(sizes, pack), convolve(sizes, { buffers: [out, x, packed], activation, limits })];
  },
};

/** The convolution of the upstream gradient with flipped weights. */
export const conv2dInputGradientWebgpu: WebgpuLowering<Record<never, never>> = {
  packedBytes: ({ inputs: [g, w] }) => 4 * packedWords(backwardSizes(g.shape, w.shape)),
  calls({ inputs: [gType, wType], in: [g, w], out, packed, limits }) {
    const sizes = backwardSizes(gType.shape, wType.shape);
    return [
      packWeights(sizes, { entry: "pack_flipped", buffers: [packed, w] }),
      convolve(sizes, { buffers: [out, g, packed], activation: "none", limits }),
    ];
  },
};
