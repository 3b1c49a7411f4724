/**
 * The network of the calibrated profile: from image to image. The input is the measurement carried back to the sample,
 * so skips carry detail; both heads start at zero, so training starts at the transparent object.
 *
 * @module
 */
import { functions as f, type Tensor } from "../../engine/mod.ts";
import type { TwoMaps } from "./historical.ts";
import { convolution, convolutionPair } from "./layers.ts";
import { constant, normal, type Scope } from "./parameters.ts";

/** Options of the calibrated network. */
export interface CalibratedOptions {
  /** s: the last level of the encoder is 128 s wide, each one before it half of the next. Default 2. */
  readonly filtersScale?: number;
  /** Levels of the encoder. Default {@linkcode levelsFor} the side of the patterns. */
  readonly levels?: number;
}

/** Width of the encoder's last level at s = 1. */
const DEEPEST = 128;
/** Side of the maps below the last level, where the number of levels is left open. */
const BOTTOM = 8;
const HEAD_DEVIATION = 1e-3;

/**
 * Levels for patterns of side N: 3 at 64, 4 at 128, 5 at 256. So the network's field of view grows with N; and since every
 * level more halves the width of the first ones, it is faster than with three (docs/decisions.md).
 */
export function levelsFor(size: number): number {
  return Math.max(3, Math.round(Math.log2(size / BOTTOM)));
}

/** Returns the levels that weights are of, undefined for weights of another network. */
export function levelsOf(weights: Iterable<string>): number | undefined {
  const blocks = Array.from(weights, (name) => /^autoencoder\.encoder\.blocks\.(\d+)\./.exec(name)?.[1]);
  const last = Math.max(...blocks.map((block) => Number(block ?? -1)));
  return last >= 0 ? last + 1 : undefined;
}

/** Two maps [n, 1, N, N] from back-projected patterns [n, 2, N, N]. */
export function calibratedNetwork(scope: Scope, x: Tensor, options: CalibratedOptions = {}): TwoMaps {
  const { filtersScale = 2, levels = levelsFor(x.shape[x.shape.length - 1]) } = options;
  const widths = Array.from(
    { length: levels },
    (_, level) => DEEPEST * filtersScale / 2 ** (levels - 1 - level),
  );
  const skips: Tensor[] = [];
  let features = x;
  widths.forEach((width, level) => {
    const skip = convolutionPair(scope.at(`encoder.blocks.${level}`), features, width);
    skips.unshift(skip);
    features = f.maxPool2(skip);
  });
  const decode = (name: string) => {
    const decoder = scope.at(name);
    const joined = widths.toReversed().reduce((y, width, level) => {
      const up = f.upsample2(convolutionPair(decoder.at(`blocks.${level}`), y, width / 2));
      return f.concat([up, skips[level]], 1);
    }, features);
    const small = { outputs: 1, weight: normal(HEAD_DEVIATION), biasInitial: constant(0) };
    return convolution(decoder.at("head"), joined, small);
  };
  return { a: decode("decoder_amp"), b: decode("decoder_phase") };
}
