/**
 * The loss of the image network against the truth.
 *
 * @module
 */
import { functions as f, type Tensor } from "../../../engine/mod.ts";
import type { ImagePlanes, NetworkImage } from "../unet.ts";

/** What a batch is judged by; [B, 1, h, w], `scale` [B, 1, 1, 1]. */
export interface Target {
  readonly re: Tensor;
  readonly im: Tensor;
  /** 0 where the illumination tells nothing. */
  readonly weight: Tensor;
  /** One over the noise of the crop, so that clean and noisy scans count alike. */
  readonly scale: Tensor;
}

/** Weights of the errors of differences between neighbours, of the modulus, and of the predicted error. */
const EDGES = 0.5, MODULUS = 0.7, PREDICTED = 0.05;
const SMOOTH = 1e-4;

/**
 * Mean of |e| + 0.5 (|d_x e| + |d_y e|) + 0.7 |(|z'| - |z|)|, weighted by light over noise, and the Laplace likelihood of the
 * predicted error, |e| / (s b) + log b.
 */
export function imageLoss(image: NetworkImage, target: Target, noise: ImagePlanes["noise"]): Tensor {
  const [re, im] = [f.subtract(image.re, target.re), f.subtract(image.im, target.im)];
  const mean = (error: Tensor, weight: Tensor) => f.mean(f.multiply(f.multiply(error, weight), target.scale));
  const error = modulus(re, im);
  const parts = [mean(error, target.weight)];
  for (const axis of [2, 3]) {
    const step = modulus(difference(re, axis), difference(im, axis));
    parts.push(f.scale(mean(step, shortened(target.weight, axis)), EDGES));
  }
  const ofModulus = f.subtract(modulus(image.re, image.im), modulus(target.re, target.im));
  parts.push(f.scale(mean(f.sqrt(f.offset(f.square(ofModulus), SMOOTH)), target.weight), MODULUS));
  const likelihood = f.add(
    f.multiply(f.divide(error, noise), f.exp(f.negate(image.logError))),
    image.logError,
  );
  parts.push(f.scale(f.mean(f.multiply(likelihood, target.weight)), PREDICTED));
  return parts.reduce((sum, part) => f.add(sum, part));
}

/** sqrt(a^2 + b^2), smooth at zero. */
function modulus(a: Tensor, b: Tensor): Tensor {
  return f.sqrt(f.offset(f.add(f.square(a), f.square(b)), SMOOTH));
}

function shortened(x: Tensor, axis: number, start = 0): Tensor {
  return f.slice(x, { axis, start, count: x.shape[axis] - 1 });
}

function difference(x: Tensor, axis: number): Tensor {
  return f.subtract(shortened(x, axis, 1), shortened(x, axis));
}
