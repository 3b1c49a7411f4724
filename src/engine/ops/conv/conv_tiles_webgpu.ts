/**
 * Tile sizes of the convolution kernels: by rule, or as they were measured on the adapter.
 *
 * @module
 */
import type { DeviceLimits, TileChoice } from "../../devices/device.ts";
import { powerOfTwo } from "../../devices/webgpu/grid.ts";

/** Sizes of a convolution from `channels` to `outputs`. */
export interface ConvSizes {
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
  readonly STAGES: number;
}

/** Workgroups under which smaller tiles serve the GPU better. */
const FEW_WORKGROUPS = 96;

/** Memory of a workgroup that WebGPU always offers, in bytes. */
const WORKGROUP_BYTES = 16384;

/**
 * Memory of a workgroup for each of its invocations: small workgroups that took all of it would be alone on a core of 32
 * KiB, such as Apple's.
 */
const BYTES_PER_LANE = 128;

/** Most invocations of a workgroup that WebGPU always offers; an invocation takes eight outputs of eight pixels. */
const MAX_LANES = 256;

/** Returns the side of a tile, of two, that covers the size with less waste; the larger if they are alike. */
export function betterTile(size: number, large: number, small: number): number {
  const covered = (side: number) => Math.ceil(size / side) * side;
  return covered(large) > 1.1 * covered(small) ? small : large;
}

/** Returns the workgroups that a convolution has with those tiles. */
export function tileWorkgroups({ batch, outputs, rows, columns }: ConvSizes, tiles: ConvTiles): number {
  const images = Math.ceil(batch / tiles.TILE_B);
  const perImage = Math.ceil(rows / tiles.TILE_H) * Math.ceil(columns / tiles.TILE_W);
  return images * perImage * Math.ceil(outputs / tiles.TILE_O);
}

/** Size of the tiles of a workgroup. */
interface TileSize {
  readonly tileO: number;
  readonly pixels: number;
  /** Chunks in workgroup memory; fewer where they do not fit. Default 2. */
  readonly stages?: number;
}

/** Tiles of some outputs and pixels; the channels of a chunk are as many as the workgroup's memory holds. */
function tilesOf({ channels, rows, columns }: ConvSizes, { tileO, pixels, stages = 2 }: TileSize): ConvTiles {
  const TILE_W = betterTile(columns, 16, 8);
  const TILE_H = Math.min(pixels / TILE_W, powerOfTwo(rows));
  const TILE_B = pixels / (TILE_W * TILE_H);
  const channelBytes = 4 * (9 * tileO + TILE_B * (TILE_H + 2) * (TILE_W + 4));
  const lanes = tileO * pixels / 64;
  const fitting = Math.floor(Math.min(WORKGROUP_BYTES, BYTES_PER_LANE * lanes) / channelBytes);
  const STAGES = fitting >= 2 && channels > 1 ? stages : 1;
  const chunk = 2 ** Math.floor(Math.log2(Math.max(1, fitting / STAGES)));
  return { TILE_O: tileO, TILE_W, TILE_H, TILE_B, STAGES, CHUNK: Math.min(4, chunk, powerOfTwo(channels)) };
}

/** Outputs of the largest tiles that suit so many outputs. */
function fullTile(outputs: number): number {
  return outputs > 32 ? betterTile(outputs, 64, 32) : Math.max(8, powerOfTwo(outputs));
}

/** Returns the kind of convolution that tiles are measured for: outputs and columns, to powers of two. */
export function convKind({ outputs, columns }: Pick<ConvSizes, "outputs" | "columns">): string {
  return `conv ${Math.min(64, fullTile(outputs))} ${Math.max(16, Math.min(64, powerOfTwo(columns)))}`;
}

/** Returns the tiles worth measuring for a convolution: outputs, pixels and stages. */
export function convCandidates({ outputs }: Pick<ConvSizes, "outputs">): TileChoice[] {
  const full = fullTile(outputs);
  const widths = [...new Set([full, Math.max(8, full / 2)])];
  return widths.flatMap((tileO) =>
    [64, 128, 256, 512].filter((pixels) => tileO * pixels / 64 <= MAX_LANES && tileO * pixels >= 64 * 16)
      .flatMap((pixels) => [[tileO, pixels, 1], [tileO, pixels, 2]])
  );
}

/**
 * Chooses tile sizes for a convolution: as measured where they were; else 128 invocations of 8 outputs by 8 pixels,
 * fewer where the work is small. The results are the same for all of them.
 */
export function chooseTiles(sizes: ConvSizes, limits?: DeviceLimits): ConvTiles {
  const measured = limits?.gpu?.tiles.get(convKind(sizes));
  if (measured) {
    const [tileO, pixels, stages] = measured;
    return tilesOf(sizes, { tileO, pixels, stages });
  }
  const full = fullTile(sizes.outputs);
  const candidates: [number, number][] = [[full, Math.min(512, 8192 / full)], [
    full,
    4096 / Math.max(16, full),
  ]];
  candidates.push([Math.min(32, full), 128], [Math.min(32, full), 64]);
  const tiles = candidates.map(([tileO, pixels]) => tilesOf(sizes, { tileO, pixels }));
  return tiles.find((t) => tileWorkgroups(sizes, t) >= FEW_WORKGROUPS) ?? tiles[tiles.length - 1];
}

/** Tile sizes of conv3x3_weight_gradient.wgsl. */
export interface GradientTiles {
  readonly tileO: number;
  readonly tileC: number;
}

/** Returns the kind of weight gradient that tiles are measured for. */
export function gradientKind({ outputs }: Pick<ConvSizes, "outputs">): string {
  return `weights ${fullTile(outputs)}`;
}

/** Returns the tiles worth measuring for a weight gradient: outputs and channels. */
export function gradientCandidates({ outputs }: Pick<ConvSizes, "outputs">): TileChoice[] {
  const full = fullTile(outputs);
  return [full, full / 2].flatMap((tileO) => [8, 16, 32].map((tileC) => [tileO, tileC]))
    .filter(([tileO, tileC]) => tileO >= 8 && tileO * tileC <= 1024 && tileO * tileC >= 128);
}

/** Tile sizes of a weight gradient by rule: what its shares of the pixels are counted by, whatever was measured. */
export function ruledGradientTiles({ outputs, channels }: ConvSizes): GradientTiles {
  const tileO = fullTile(outputs);
  return { tileO, tileC: Math.min(tileO === 64 ? 16 : 32, Math.max(8, powerOfTwo(channels))) };
}

/** Chooses tile sizes of a weight gradient, as measured where they were. */
export function chooseGradientTiles(sizes: ConvSizes, limits: DeviceLimits): GradientTiles {
  const measured = limits.gpu?.tiles.get(gradientKind(sizes));
  return measured ? { tileO: measured[0], tileC: measured[1] } : ruledGradientTiles(sizes);
}
