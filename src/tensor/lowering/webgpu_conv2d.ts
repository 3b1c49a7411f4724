/**
 * `conv2d` and its gradients on WebGPU.
 *
 * @module
 */
import type { GpuCall } from "../../device/calls.ts";
import type { Slice } from "../../device/device.ts";
import type { NodeTypes, Packable } from "../op.ts";
import { elementGrid, gridOf, powerOfTwo, type WebgpuLowering } from "./webgpu.ts";

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

/** The side of a tile, of two, that covers the size with less waste; the larger if they are alike. */
function betterTile(size: number, large: number, small: number): number {
  const covered = (side: number) => Math.ceil(size / side) * side;
  return covered(large) > 1.1 * covered(small) ? small : large;
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

function convolve(sizes: ConvSizes, options: ConvolveOptions): GpuCall {
  const { kernelRows, kernelColumns, outputs } = sizes;
  const tiled = kernelRows === 3 && kernelColumns === 3 && outputs >= TILED_OUTPUTS;
  return tiled ? convolveTiled(sizes, options) : convolveDirect(sizes, options);
}

/** An implicit matrix product in tiles for 3x3, a plain loop for other kernels and few outputs. */
export const conv2dWebgpu: WebgpuLowering<Conv2dAttrs> = {
  packedBytes: ({ inputs: [x, w] }) => 4 * packedWords(forwardSizes(x.shape, w.shape)),
  calls({ attrs: { activation }, inputs: [xType, wType], in: [x, w, bias], out, packed }) {
    const sizes = forwardSizes(xType.shape, wType.shape);
    const pack = bias
      ? { entry: "pack_with_bias", buffers: [packed, w, bias] }
      : { entry: "pack", buffers: [packed, w] };
    return [packWeights(sizes, pack), convolve(sizes, { buffers: [out, x, packed], activation })];
  },
};

/** The convolution of the upstream gradient with flipped weights. */
export const conv2dInputGradientWebgpu: WebgpuLowering<Record<never, never>> = {
  packedBytes: ({ inputs: [g, w] }) => 4 * packedWords(backwardSizes(g.shape, w.shape)),
  calls({ inputs: [gType, wType], in: [g, w], out, packed }) {
    const sizes = backwardSizes(gType.shape, wType.shape);
    return [
      packWeights(sizes, { entry: "pack_flipped", buffers: [packed, w] }),
      convolve(sizes, { buffers: [out, g, packed], activation: "none" }),
    ];
  },
};

/** How a weight gradient is spread over the GPU. */
interface WeightGradientPlan {
  readonly sizes: ConvSizes;
  readonly tiled: boolean;
  readonly tileO: number;
  readonly tileC: number;
  readonly tileW: number;
  /** Parts of the pixels summed apart, then added in order. */
  readonly shares: number;
  /** Pixel tiles (tiled) or images of a share. */
  readonly span: number;
}

/** Workgroups that keep a GPU busy. */
const BUSY_WORKGROUPS = 512;

/** Most bytes of partial weight gradients. */
const MAX_SHARE_BYTES = 2 ** 25;

/** Pixels of a tile of conv3x3_weight_gradient.wgsl. */
const GRADIENT_PIXELS = 32;

function planWeightGradient({ inputs: [x, g], output }: NodeTypes<unknown>): WeightGradientPlan {
  const sizes = forwardSizes(x.shape, output.shape);
  const { batch, channels, outputs, rows, columns, kernelRows, kernelColumns } = sizes;
  const tiled = kernelRows === 3 && kernelColumns === 3;
  const tileO = outputs > 32 ? betterTile(outputs, 64, 32) : Math.max(8, powerOfTwo(outputs));
  const tileC = Math.min(tileO === 64 ? 16 : 32, Math.max(8, powerOfTwo(channels)));
  const tileW = columns <= 4 ? 4 : betterTile(columns, 16, 8);
  const weights = outputs * channels * kernelRows * kernelColumns;
  const tasks = tiled ? Math.ceil(outputs / tileO) * Math.ceil(channels / tileC) : weights;
  const perImage = Math.ceil(rows / (GRADIENT_PIXELS / tileW)) * Math.ceil(columns / tileW);
  const units = tiled ? batch * perImage : batch;
  const most = Math.max(1, Math.floor(MAX_SHARE_BYTES / (4 * weights)));
  const wanted = Math.min(units, most, Math.ceil(BUSY_WORKGROUPS / tasks));
  const span = Math.ceil(units / wanted);
  return {
    sizes: { ...sizes, batch: g.shape[0] },
    tiled,
    tileO,
    tileC,
    tileW,
    shares: Math.ceil(units / span),
    span,
  };
}

function weightGradientTiled(plan: WeightGradientPlan, buffers: readonly Slice[]): GpuCall {
  const { sizes: { batch, channels, outputs, rows, columns }, tileO, tileC, tileW, shares, span } = plan;
  const tilesO = Math.ceil(outputs / tileO);
  const tilesC = Math.ceil(channels / tileC);
  const tilesY = Math.ceil(rows / (GRADIENT_PIXELS / tileW));
  const tilesX = Math.ceil(columns / tileW);
  const { width, workgroups } = gridOf(tilesO * tilesC * shares);
  return {
    shaders: ["conv3x3_weight_gradient"],
    entry: "weight_gradient",
    constants: { TILE_O: tileO, TILE_C: tileC, TILE_W: tileW },
    buffers,
    ints: [batch, channels, outputs, rows, columns, tilesO, tilesC, tilesY, tilesX, shares, span, width],
    workgroups,
  };
}

function weightGradientDirect(
  { sizes, shares, span }: WeightGradientPlan,
  buffers: readonly Slice[],
): GpuCall {
  const { batch, channels, outputs, rows, columns, kernelRows, kernelColumns } = sizes;
  const { width, workgroups } = gridOf(outputs * channels * kernelRows * kernelColumns * shares);
  return {
    shaders: ["conv_weight_gradient"],
    entry: "weight_gradient_direct",
    buffers,
    ints: [batch, channels, outputs, rows, columns, kernelRows, kernelColumns, shares, span, width],
    workgroups,
  };
}

/** Shares of the pixels in parallel, then their sum in a fixed order. */
export const conv2dWeightGradientWebgpu: WebgpuLowering<{ readonly kernel: readonly [number, number] }> = {
  scratchBytes(node) {
    const { shares, sizes: { outputs, channels, kernelRows, kernelColumns } } = planWeightGradient(node);
    return shares === 1 ? 0 : 4 * shares * outputs * channels * kernelRows * kernelColumns;
  },
  calls(node) {
    const { in: [x, g], out, scratch } = node;
    const plan = planWeightGradient(node);
    const { shares, sizes: { outputs, channels, kernelRows, kernelColumns } } = plan;
    const buffers = [shares === 1 ? out : scratch, x, g];
    const first = plan.tiled ? weightGradientTiled(plan, buffers) : weightGradientDirect(plan, buffers);
    if (shares === 1) return [first];
    const count = outputs * channels * kernelRows * kernelColumns;
    const { width, workgroups } = elementGrid(count);
    const sum: GpuCall = {
      shaders: ["sum_shares"],
      entry: "sum_shares",
      buffers: [out, scratch],
      ints: [count, width, shares],
      workgroups,
    };
    return [first, sum];
  },
};
