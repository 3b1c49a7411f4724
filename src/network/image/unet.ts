/**
 * The image network: a small U-Net from the inputs of `channels.ts` to a correction of the object and its error.
 *
 * @module
 */
import { functions as f, type Tensor } from "../../engine/mod.ts";
import { convolution } from "../model/layers.ts";
import { constant, type Initialiser, normal, type Scope } from "../model/parameters.ts";

/** Channels on each level; every level halves the pixels. */
const WIDTHS = [32, 48, 64] as const;
/** Sides of the image must be multiples of this. */
export const SIDE_MULTIPLE = 2 ** (WIDTHS.length - 1);
/** Pixels around one that reach its value: 2 for every pair of convolutions, in pixels of its level, and the pooling. */
export const BORDER = 32;

/** What goes in besides the channels; all [B, 1, h, w]. */
export interface ImagePlanes {
  /** O conj(u). */
  readonly re: Tensor;
  readonly im: Tensor;
  readonly noise: Tensor;
}

/** The image that the network gives, [B, 1, h, w] each. */
export interface NetworkImage {
  /** z + s d. */
  readonly re: Tensor;
  readonly im: Tensor;
  /** Log of the expected error of `re + i im`, in units of s. */
  readonly logError: Tensor;
}

/** Normal with variance 2 over the inputs (He et al. 2015), zero biases. */
const he = (inputs: number): { weight: Initialiser; biasInitial: Initialiser } => ({
  weight: normal(Math.sqrt(2 / (9 * inputs))),
  biasInitial: constant(0),
});

function pair(scope: Scope, x: Tensor, outputs: number): Tensor {
  const first = f.relu(convolution(scope.at("conv1"), x, { outputs, ...he(x.shape[1]) }));
  return f.relu(convolution(scope.at("conv2"), first, { outputs, ...he(outputs) }));
}

/** Traces the network over `channels` [B, CHANNELS, h, w]. */
export function imageNetwork(scope: Scope, channels: Tensor, { re, im, noise }: ImagePlanes): NetworkImage {
  const levels: Tensor[] = [];
  for (const [k, width] of WIDTHS.entries()) {
    const below = levels.length === 0 ? channels : f.maxPool2(levels[levels.length - 1]);
    levels.push(pair(scope.at(`down.${k}`), below, width));
  }
  let x = levels[levels.length - 1];
  for (let k = WIDTHS.length - 2, step = 0; k >= 0; k--, step++) {
    x = pair(scope.at(`up.${step}`), f.concat([f.upsample2(x), levels[k]], 1), WIDTHS[k]);
  }
  const small = { weight: normal(1e-3), biasInitial: constant(0) };
  const head = convolution(scope.at("head"), x, { outputs: 3, ...small });
  const output = (k: number) => f.slice(head, { axis: 1, start: k, count: 1 });
  return {
    re: f.add(re, f.multiply(noise, output(0))),
    im: f.add(im, f.multiply(noise, output(1))),
    logError: output(2),
  };
}
