/**
 * Every operation there is. A record that lacks a device's lowering does not compile.
 *
 * @module
 */
import { adam } from "./optimiser/adam.ts";
import { concat } from "./shape/concat.ts";
import { conv2d } from "./conv/conv2d.ts";
import { conv2dInputGradient } from "./conv/conv2d_input_gradient.ts";
import { conv2dWeightGradient } from "./conv/conv2d_weight_gradient.ts";
import { crop } from "./shape/crop.ts";
import { fft2 } from "./fft/fft2.ts";
import { map } from "./elementwise/map.ts";
import { matmul } from "./matmul/matmul.ts";
import { maxGradient } from "./reduce/max_gradient.ts";
import { maxPool2 } from "./pool/max_pool2.ts";
import { maxPool2Gradient } from "./pool/max_pool2_gradient.ts";
import { pad } from "./shape/pad.ts";
import { extract, scatter } from "./patches/patches.ts";
import { reduce } from "./reduce/reduce.ts";
import { put, take } from "./patches/rows.ts";
import { sgd } from "./optimiser/sgd.ts";
import { translate } from "./patches/translate.ts";
import { upsample2 } from "./pool/upsample2.ts";
import { upsample2Gradient } from "./pool/upsample2_gradient.ts";

/** The operations by name. */
export const OPS = {
  adam,
  concat,
  conv2d,
  conv2d_input_gradient: conv2dInputGradient,
  conv2d_weight_gradient: conv2dWeightGradient,
  crop,
  extract,
  fft2,
  map,
  matmul,
  max_gradient: maxGradient,
  max_pool2: maxPool2,
  max_pool2_gradient: maxPool2Gradient,
  pad,
  put,
  reduce,
  scatter,
  sgd,
  take,
  translate,
  upsample2,
  upsample2_gradient: upsample2Gradient,
} as const;

/** Name of an operation. */
export type OpName = keyof typeof OPS;
