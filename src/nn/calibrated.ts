/**
 * The network of the calibrated profile: from image to image. The input is the measurement carried back to the sample,
 * so skips carry detail; both heads start at zero, so training starts at the transparent object.
 *
 * @module
 */
import * as f from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { TwoMaps } from "./historical.ts";
import { convolution, convolutionPair } from "./layers.ts";
import { constant, normal, type Scope } from "./parameters.ts";

/** Options of the calibrated network. */
export interface CalibratedOptions {
  /** s: the encoder is 32 s, 64 s, 128 s wide. Default 2. */
  readonly filtersScale?: number;
}

const ENCODER = [32, 64, 128];
const DECODER = [64, 32, 16];
const HEAD_DEVIATION = 1e-3;

/** Two maps [n, 1, N, N] from back-projected patterns [n, 2, N, N]. */
export function calibratedNetwork(scope: Scope, x: Tensor, options: CalibratedOptions = {}): TwoMaps {
  const s = options.filtersScale ?? 2;
  const skips: Tensor[] = [];
  let features = x;
  ENCODER.forEach((width, level) => {
    const skip = convolutionPair(scope.at(`encoder.blocks.${level}`), features, width * s);
    skips.unshift(skip);
    features = f.maxPool2(skip);
  });
  const decode = (name: string) => {
    const decoder = scope.at(name);
    const joined = DECODER.reduce((y, width, level) => {
      const up = f.upsample2(convolutionPair(decoder.at(`blocks.${level}`), y, width * s));
      return f.concat([up, skips[level]], 1);
    }, features);
    const small = { outputs: 1, weight: normal(HEAD_DEVIATION), biasInitial: constant(0) };
    return convolution(decoder.at("head"), joined, small);
  };
  return { a: decode("decoder_amp"), b: decode("decoder_phase") };
}
