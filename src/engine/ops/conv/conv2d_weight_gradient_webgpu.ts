/**
 * `conv2d_weight_gradient` on WebGPU: shares of the pixels in parallel, then their sum in a fixed order.
 *
 * @module
 */
import tiled from "../../../../kernels/conv/conv3x3_weight_gradient.wgsl" with { type: "text" };
import direct from "../../../../kernels/conv/conv_weight_gradient.wgsl" with { type: "text" };
import sum from "../../../../kernels/conv/sum_shares.wgsl" with { type: "text" };
import type { GpuCall, Shader } from "../../devices/calls.ts";
import type { DeviceLimits, Slice } from "../../devices/device.ts";
import { elementGrid, gridOf } from "../../devices/webgpu/grid.ts";
import type { LowerWebgpu, NodeTypes } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/types.ts";
import { betterTile, chooseGradientTiles, type ConvSizes, ruledGradientTiles } from "./conv_tiles_webgpu.ts";

const TILED: Shader = { name: "conv/conv3x3_weight_gradient", code: tiled };
const DIRECT: Shader = { name: "conv/conv_weight_gradient", code: direct };
const SUM_SHARES: Shader = { name: "conv/sum_shares", code: sum };

/** Plan of the shares of a weight gradient. */
interface GradientPlan {
  /** Parts of the pixels that are summed apart. */
  readonly shares: number;
  /** The call that sums them, into [shares, O, C, kh, kw]. */
  call(buffers: readonly Slice[]): GpuCall;
}

/** Workgroups that keep a GPU busy. */
const BUSY_WORKGROUPS = 512;

/** Most bytes of partial weight gradients. */
const MAX_SHARE_BYTES = 2 ** 25;

/** Pixels of a tile of conv3x3_weight_gradient.wgsl. */
const TILE_PIXELS = 32;

function sizesOf({ inputs: [x], output: { shape } }: NodeTypes<unknown>): ConvSizes {
  const [batch, channels, rows, columns] = x.shape;
  const [outputs, , kernelRows, kernelColumns] = shape;
  return { batch, channels, outputs, rows, columns, kernelRows, kernelColumns };
}

function weightsOf({ outputs, channels, kernelRows, kernelColumns }: ConvSizes): number {
  return outputs * channels * kernelRows * kernelColumns;
}

/** Splits units of work into shares of `span`, so that `tasks` times the shares make enough workgroups. */
function split(sizes: ConvSizes, { units, tasks }: { readonly units: number; readonly tasks: number }) {
  const most = Math.max(1, Math.floor(MAX_SHARE_BYTES / (4 * weightsOf(sizes))));
  const wanted = Math.min(units, most, Math.ceil(BUSY_WORKGROUPS / tasks));
  const span = Math.ceil(units / wanted);
  return { span, shares: Math.ceil(units / span) };
}

function planTiled(sizes: ConvSizes, limits: DeviceLimits): GradientPlan {
  const { batch, channels, outputs, rows, columns } = sizes;
  const { tileO, tileC } = chooseGradientTiles(sizes, limits);
  const tileW = columns <= 4 ? 4 : betterTile(columns, 16, 8);
  const tilesO = Math.ceil(outputs / tileO);
  const tilesC = Math.ceil(channels / tileC);
  const tilesY = Math.ceil(rows / (TILE_PIXELS / tileW));
  const tilesX = Math.ceil(columns / tileW);
  // the shares set the order of the sum, so that they do not follow what was measured
  const ruled = ruledGradientTiles(sizes);
  const tasks = Math.ceil(outputs / ruled.tileO) * Math.ceil(channels / ruled.tileC);
  const { span, shares } = split(sizes, { units: batch * tilesY * tilesX, tasks });
  const { width, workgroups } = gridOf(tilesO * tilesC * shares);
  return {
    shares,
    call: (buffers) => ({
      shaders: [TILED],
      entry: "weight_gradient",
      constants: { TILE_O: tileO, TILE_C: tileC, TILE_W: tileW },
      buffers,
      params: {
        ...{ batch, channels, outputs, rows, columns, shares, span, width },
        ...{ tiles_o: tilesO, tiles_c: tilesC, tiles_y: tilesY, tiles_x: tilesX },
      },
      workgroups,
    }),
  };
}

function planDirect(sizes: ConvSizes): GradientPlan {
  const { batch, channels, outputs, rows, columns, kernelRows, kernelColumns } = sizes;
  const weights = weightsOf(sizes);
  const { span, shares } = split(sizes, { units: batch, tasks: weights });
  const { width, workgroups } = gridOf(weights * shares);
  return {
    shares,
    call: (buffers) => ({
      shaders: [DIRECT],
      entry: "weight_gradient_direct",
      buffers,
      params: {
        ...{ batch, channels, outputs, rows, columns, shares, span, width },
        ...{ kernel_rows: kernelRows, kernel_columns: kernelColumns },
      },
      workgroups,
    }),
  };
}

function planGradient(node: NodeTypes<unknown>, limits: DeviceLimits): GradientPlan {
  const sizes = sizesOf(node);
  if (sizes.kernelRows !== 3 || sizes.kernelColumns !== 3) return planDirect(sizes);
  return planTiled(sizes, limits);
}

/** Tiles in workgroup memory for 3x3; a plain loop for other kernels. */
export const conv2dWeightGradientWebgpu: LowerWebgpu<{ readonly kernel: readonly [number, number] }> = (
  node,
  limits,
) => {
  const { shares, call } = planGradient(node, limits);
  if (shares === 1) return { calls: ({ in: [x, g], out }) => [call([out, x, g])] };
  const count = sizeOf(node.output.shape);
  const { width, workgroups } = elementGrid(count);
  const sum = { shaders: [SUM_SHARES], entry: "sum_shares", params: { count, width, shares }, workgroups };
  return {
    scratchBytes: 4 * shares * count,
    calls: ({ in: [x, g], out, scratch }) => [call([scratch, x, g]), { ...sum, buffers: [out, scratch] }],
  };
};
