/**
 * 3x3 convolutions on the CPU by Winograd's transform: how the tiles are cut into blocks.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import { cKernel } from "../../devices/wasm/c_struct.ts";
import {
  type ConvOperands,
  type ConvOptions,
  type ConvPlan,
  type ConvSizes,
  roundUp,
  type WeightGradientOperands,
} from "./convolution_wasm.ts";

const POINTS = 36;
/** `OUTPUT_BLOCK` and `FREQUENCY_PAD` of `wasm/conv/winograd.h`. */
const OUTPUT_BLOCK = 32;
const PAD = 16;

const packKernel = cKernel("winograd_pack", {
  packed: "pointer",
  w: "pointer",
  outputs: "int",
  inputs: "int",
  transpose: "int",
});

const convKernel = cKernel("winograd_conv", {
  out: "pointer",
  x: "pointer",
  packed: "pointer",
  bias: "pointer",
  work: "pointer",
  batch: "int",
  channels: "int",
  height: "int",
  width: "int",
  outputs: "int",
  has_bias: "int",
  activation: "int",
  tiles: "int",
  parts: "int",
  work_words: "int",
});

const transformKernel = cKernel("winograd_gradient_transform", {
  in: "pointer",
  out: "pointer",
  x: "pointer",
  g: "pointer",
  strips: "pointer",
  batch: "int",
  channels: "int",
  height: "int",
  width: "int",
  outputs: "int",
  first: "int",
  count: "int",
  tiles: "int",
  strip_words: "int",
});

const productKernel = cKernel("winograd_gradient_product", {
  sums: "pointer",
  in: "pointer",
  out: "pointer",
  channels: "int",
  outputs: "int",
  count: "int",
  tiles: "int",
  more: "int",
});

const finishKernel = cKernel("winograd_gradient_finish", {
  out: "pointer",
  sums: "pointer",
  channels: "int",
  outputs: "int",
});

/** Fewer channels than this on either side are done directly: the transforms would cost more than they save. */
const MIN_CHANNELS = 8;

/** Returns true if a convolution uses Winograd's algorithm. */
export function suitsWinograd({ channels, outputs, kh, kw }: ConvSizes): boolean {
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

/** Plans a convolution by Winograd's transform. */
export function planWinograd(
  size: ConvSizes,
  { threads, transpose, activation }: ConvOptions,
): ConvPlan<ConvOperands> {
  const { batch, channels, height, width, outputs } = size;
  const tiles = blockTiles(size);
  const blocks = Math.ceil(tilesOf(size).total / tiles);
  const parts = Math.min(Math.ceil(outputs / OUTPUT_BLOCK), Math.ceil(threads / blocks));
  const work_words = workWords(size);
  return {
    algorithm: "winograd4",
    packedBytes: 4 * POINTS * roundUp(outputs, 4) * channels,
    scratchBytes: 4 * threads * work_words,
    calls: ({ out, x, w, bias, packed, scratch: work }) => [
      { ...packKernel({ packed, w, outputs, inputs: channels, transpose: Number(transpose) }), pack: true },
      convKernel({
        ...{ out, x, packed, bias: bias ?? w, work },
        ...{ batch, channels, height, width, outputs },
        has_bias: Number(bias !== undefined),
        ...{ activation, tiles, parts, work_words },
      }),
    ],
  };
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

/** Plans the weight gradient of a convolution by Winograd's transform. */
export function planWinogradGradient(
  size: ConvSizes,
  { threads }: Pick<ConvOptions, "threads">,
): ConvPlan<WeightGradientOperands> {
  const { batch, channels, height, width, outputs } = size;
  const { total, tiles, sums, inWords, outWords, strip } = gradientWork(size);
  const words = [sums, inWords, outWords, threads * strip];
  return {
    algorithm: "winograd4",
    scratchBytes: 4 * words.reduce((sum, n) => sum + n, 0),
    calls({ out, x, g, scratch }) {
      let at = scratch.byteOffset;
      const [sum, inputs, gradients, strips] = words.map((n): Slice => {
        const slice = { ...scratch, byteOffset: at, bytes: 4 * n };
        at += 4 * n;
        return slice;
      });
      const calls: WasmCall[] = [];
      for (let first = 0; first < total; first += tiles) {
        const count = Math.min(tiles, total - first);
        calls.push(
          transformKernel({
            ...{ in: inputs, out: gradients, x, g, strips },
            ...{ batch, channels, height, width, outputs, first, count, tiles },
            strip_words: strip,
          }),
          productKernel({
            ...{ sums: sum, in: inputs, out: gradients },
            ...{ channels, outputs, count, tiles, more: Number(first > 0) },
          }),
        );
      }
      return [...calls, finishKernel({ out, sums: sum, channels, outputs })];
    },
  };
}
