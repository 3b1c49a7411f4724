/**
 * Convolutions, pooling, rearrangement, Fourier transforms and translations on tensors.
 *
 * @module
 */
import type { Tensor } from "./graph.ts";
import { concat as concatOp } from "../ops/shape/concat.ts";
import { conv2d as conv2dOp } from "../ops/conv/conv2d.ts";
import { crop as cropOp } from "../ops/shape/crop.ts";
import { fft2 as fft2Op } from "../ops/fft/fft2.ts";
import { matmul as matmulOp, type MatmulAttrs } from "../ops/matmul/matmul.ts";
import { maxPool2 as maxPool2Op } from "../ops/pool/max_pool2.ts";
import { pad as padOp } from "../ops/shape/pad.ts";
import { translate as translateOp } from "../ops/patches/translate.ts";
import { upsample2 as upsample2Op } from "../ops/pool/upsample2.ts";
import { check, describe } from "./types.ts";

/** The same values under another shape. */
export const reshape = (x: Tensor, shape: readonly number[]): Tensor => x.graph.reshape(x, shape);
/** The same values, constant to gradients. */
export const stopGradient = (x: Tensor): Tensor => x.graph.stopGradient(x);

/** Stride-1 convolution [B,C,H,W] * [O,C,kh,kw] (+ [O]) with zero padding that keeps the size, as in PyTorch. */
export function conv2d(x: Tensor, options: { weight: Tensor; bias?: Tensor }): Tensor {
  const { weight, bias } = options;
  return x.graph.apply(conv2dOp, bias ? [x, weight, bias] : [x, weight], { activation: "none" });
}

/** 2x2 maximum with stride 2 of [B,C,H,W]. */
export const maxPool2 = (x: Tensor): Tensor => x.graph.apply(maxPool2Op, [x], {});
/** Nearest-neighbour x2 of [B,C,H,W]. */
export const upsample2 = (x: Tensor): Tensor => x.graph.apply(upsample2Op, [x], {});
/** Joins tensors along an axis. */
export const concat = (xs: readonly Tensor[], axis: number): Tensor =>
  xs[0].graph.apply(concatOp, xs, { axis });
/** The box of the given shape that starts at `start`. */
export const crop = (x: Tensor, box: { start: readonly number[]; shape: readonly number[] }): Tensor =>
  x.graph.apply(cropOp, [x], box);
/** Zeros around: `x` lies at `before` in the given shape. */
export const pad = (x: Tensor, box: { before: readonly number[]; shape: readonly number[] }): Tensor =>
  x.graph.apply(padOp, [x], box);

/** `count` planes from `start` along one axis. */
export function slice(x: Tensor, range: { axis: number; start: number; count: number }): Tensor {
  const start = x.shape.map((_, axis) => axis === range.axis ? range.start : 0);
  return crop(x, { start, shape: x.shape.map((n, axis) => axis === range.axis ? range.count : n) });
}

/** Matrix product of 2-D tensors, each transposed on request. */
export const matmul = (a: Tensor, b: Tensor, attrs: Partial<MatmulAttrs> = {}): Tensor =>
  a.graph.apply(matmulOp, [a, b], { transposeA: false, transposeB: false, ...attrs });

/** Dense layer [B,I] -> [B,O] with weight [O,I]. */
export const dense = (x: Tensor, weight: Tensor): Tensor => matmul(x, weight, { transposeB: true });

/**
 * Orthonormal 2-D FFT over the last two axes. With `shift` (the default) the spectrum has its zero frequency at
 * N/2: the result of the forward transform, the input of the inverse one.
 */
export function fft2(x: Tensor, options: { inverse?: boolean; shift?: boolean } = {}): Tensor {
  return x.graph.apply(fft2Op, [x], { inverse: options.inverse ?? false, shift: options.shift ?? true });
}

/** Options of {@linkcode translate}. */
export interface TranslateOptions {
  /** (x, y) in pixels, [n,2]. */
  readonly offsets: Tensor;
  /** +1 moves by the offsets, -1 by their negatives. */
  readonly sign: 1 | -1;
  /** Output size; the input lies centred in it (or it in the input). Default: the input's. */
  readonly height?: number;
  readonly width?: number;
}

/**
 * Moves each image of [n,h,w] (or one image for all) by its offset, bilinearly, zero outside. The adjoint is the
 * translation by the opposite sign with the sizes exchanged.
 */
export function translate(x: Tensor, options: TranslateOptions): Tensor {
  check(x.shape.length === 3, `translate takes [n,h,w], not ${describe(x)}`);
  const { offsets, sign, height = x.shape[1], width = x.shape[2] } = options;
  return x.graph.apply(translateOp, [x, offsets], { sign, height, width });
}
