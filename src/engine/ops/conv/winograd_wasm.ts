/**
 * 3x3 convolutions on the CPU by Winograd's transform: how the tiles are cut into blocks.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import type { Packable } from "../../graph/op.ts";
import type { ConvOperands, ConvSizes, WeightGradientOperands } from "./conv_wasm_types.ts";

const POINTS = 36;
/** `OUTPUT_BLOCK` and `FREQUENCY_PAD` of `wasm/conv/winograd.h`. */
const OUTPUT_BLOCK = 32;
const PAD = 16;

const roundUp = (n: number, step: number) => Math.ceil(n / step) * step;

/** Fewer channels than this on either side are done directly: the transforms would cost more than they save. */
const MIN_CHANNELS = 8;

/** Whether a convolution is done this way. */
export function suits({ channels, outputs, kh, kw }: ConvSizes): boolean {
  return kh === 3 && kw === 3 && channels >= MIN_CHANNELS && outputs >= MIN_CHANNELS;
}

/** Tiles of 4x4 pixels: in a row, and in all. */
function tilesOf({ batch, height, width }: ConvSizes): { across: number; total: number } {
  const across = Math.ceil(width / 4);
  return { across, total: batch * across * Math.ceil(height / 4) };
}

/** Words of transformed input that stay in the second-level cache beside the weights. */
const BLOCK_WORDS = 160 * 1024;

/** Tiles that a thread takes through all stages at once. */
function blockTiles(size: ConvSizes): number {
  const fits = Math.floor(BLOCK_WORDS / (POINTS * size.channels) / 8) * 8;
  return Math.min(Math.max(fits, 16), 32, roundUp(tilesOf(size).total, 8));
}

function workWords(size: ConvSizes): number {
  const tiles = blockTiles(size);
  const { across } = tilesOf(size);
  const strips = (Math.floor(tiles / across) + 2) * 6 * (4 * Math.min(across, tiles) + 4);
  return roundUp(strips + 20 + POINTS * ((size.channels + OUTPUT_BLOCK) * tiles + 2 * PAD), 64);
}

/** Bytes of transformed weights. */
export function packedBytes({ outputs, channels }: ConvSizes): number {
  return 4 * POINTS * roundUp(outputs, 4) * channels;
}

/** Bytes of work space of the convolution. */
export function scratchBytes(size: ConvSizes, threads: number): number {
  return 4 * threads * workWords(size);
}

/** The calls of a convolution. */
export function calls(size: ConvSizes, operands: ConvOperands, threads: number): Packable<WasmCall>[] {
  const { batch, channels, height, width, outputs } = size;
  const { out, x, w, bias, packed, scratch, activation, transpose } = operands;
  const tiles = blockTiles(size);
  const blocks = Math.ceil(tilesOf(size).total / tiles);
  const parts = Math.min(Math.ceil(outputs / OUTPUT_BLOCK), Math.ceil(threads / blocks));
  return [
    {
      kernel: "winograd_pack",
      buffers: [packed, w],
      ints: [outputs, channels, Number(transpose)],
      pack: true,
    },
    {
      kernel: "winograd_conv",
      buffers: [out, x, packed, bias ?? w, scratch],
      ints: [
        ...[batch, channels, height, width, outputs, Number(bias !== undefined), activation],
        ...[tiles, parts, workWords(size)],
      ],
    },
  ];
}

/** Tiles whose frequencies are made and used before the next ones. */
const CHUNK_TILES = 64;

function gradientWork(size: ConvSizes) {
  const { across, total } = tilesOf(size);
  const tiles = Math.min(CHUNK_TILES, roundUp(total, 4));
  const channels = roundUp(size.channels, 8);
  const outputs = roundUp(size.outputs, 4);
  return {
    total,
    tiles,
    sums: roundUp(POINTS * channels * outputs, 64),
    inWords: roundUp(POINTS * (channels * tiles + PAD), 64),
    outWords: roundUp(POINTS * (outputs * tiles + PAD), 64),
    strip: roundUp(4 * 6 * (4 * Math.min(across, tiles) + 4) + 8, 64),
  };
}

/** Bytes of work space of the weight gradient. */
export function gradientScratchBytes(size: ConvSizes, threads: number): number {
  const { sums, inWords, outWords, strip } = gradientWork(size);
  return 4 * (sums + inWords + outWords + threads * strip);
}

/** The calls of the weight gradient. */
export function gradientCalls(
  size: ConvSizes,
  { out, x, g, scratch }: WeightGradientOperands,
  threads: number,
): WasmCall[] {
  const { batch, channels, height, width, outputs } = size;
  const { total, tiles, sums, inWords, outWords, strip } = gradientWork(size);
  let at = scratch.byteOffset;
  const [sum, inputs, gradients, strips] = [sums, inWords, outWords, threads * strip].map((words): Slice => {
    const slice = { ...scratch, byteOffset: at, bytes: 4 * words };
    at += 4 * words;
    return slice;
  });
  const result: WasmCall[] = [];
  for (let first = 0; first < total; first += tiles) {
    const count = Math.min(tiles, total - first);
    result.push({
      kernel: "winograd_gradient_transform",
      buffers: [inputs, gradients, x, g, strips],
      ints: [batch, channels, height, width, outputs, first, count, tiles, strip],
    }, {
      kernel: "winograd_gradient_product",
      buffers: [sum, inputs, gradients],
      ints: [channels, outputs, count, tiles, Number(first > 0)],
    });
  }
  return [...result, { kernel: "winograd_gradient_finish", buffers: [out, sum], ints: [channels, outputs] }];
}
