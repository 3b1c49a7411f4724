/**
 * `conv2d_weight_gradient` on WebGPU: shares of the pixels in parallel, then their sum in a fixed order.
 *
 * @module
 */
import type { GpuCall } from "../../devices/calls.ts";
import type { DeviceLimits, Slice } from "../../devices/device.ts";
import type { NodeTypes } from "../../graph/op.ts";
import { sizeOf } from "../../graph/types.ts";
import { betterTile, elementGrid, gridOf, type WebgpuLowering } from "../lowering_webgpu.ts";
import { chooseGradientTiles, type ConvSizes, ruledGradientTiles } from "./conv_tiles_webgpu.ts";

/** One way to compute a weight gradient. */
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

/** Invocations of a workgroup of conv3x3_weight_gradient_plain.wgsl. */
const PLAIN_LANES = 64;

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
      shaders: ["conv3x3_weight_gradient"],
      entry: "weight_gradient",
      constants: { TILE_O: tileO, TILE_C: tileC, TILE_W: tileW },
      buffers,
      ints: [batch, channels, outputs, rows, columns, tilesO, tilesC, tilesY, tilesX, shares, span, width],
      workgroups,
    }),
  };
}

function planPlain(sizes: ConvSizes): GradientPlan {
  const { batch, channels, outputs, rows, columns } = sizes;
  const quads = Math.ceil(outputs / 4);
  const pairs = Math.ceil(channels / 2);
  const strips = Math.ceil(columns / 4);
  const total = batch * strips;
  const { span, shares } = split(sizes, { units: total, tasks: Math.ceil(quads * pairs / 2) });
  const count = quads * pairs * shares;
  const { width, workgroups } = gridOf(Math.ceil(count / PLAIN_LANES));
  return {
    shares,
    call: (buffers) => ({
      shaders: ["conv3x3_weight_gradient_plain"],
      entry: "weight_gradient_plain",
      buffers,
      ints: [count, width, channels, outputs, rows, columns, quads, pairs, strips, span, total],
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
      shaders: ["conv_weight_gradient"],
      entry: "weight_gradient_direct",
      buffers,
      ints: [batch, channels, outputs, rows, columns, kernelRows, kernelColumns, shares, span, width],
      workgroups,
    }),
  };
}

function planGradient(node: NodeTypes<unknown>, limits: DeviceLimits): GradientPlan {
  const sizes = sizesOf(node);
  if (sizes.kernelRows !== 3 || sizes.kernelColumns !== 3) return planDirect(sizes);
  return limits.workgroupBytes === 0 ? planPlain(sizes) : planTiled(sizes, limits);
}

/** Tiles in workgroup memory for 3x3, without it where it is emulated; a plain loop for other kernels. */
export const conv2dWeightGradientWebgpu: WebgpuLowering<{ readonly kernel: readonly [number, number] }> = {
  scratchBytes(node, limits) {
    const { shares } = planGradient(node, limits);
    return shares === 1 ? 0 : 4 * shares * sizeOf(node.output.shape);
  },
  calls(node) {
    const { in: [x, g], out, scratch, output } = node;
    const plan = planGradient(node, node.limits);
    if (plan.shares === 1) return [plan.call([out, x, g])];
    const count = sizeOf(output.shape);
    const { width, workgroups } = elementGrid(count);
    const sum: GpuCall = {
      shaders: ["sum_shares"],
      entry: "sum_shares",
      buffers: [out, scratch],
      ints: [count, width, plan.shares],
      workgroups,
    };
    return [plan.call([scratch, x, g]), sum];
  },
};
