/**
 * Losses and regularisers. Each takes a batch and returns one value for each item.
 *
 * @module
 */
import { functions as f, type Tensor } from "../../engine/mod.ts";

/** Sum over all axes but the first, [n, ...] -> [n]. */
function sumEach(x: Tensor): Tensor {
  return f.reshape(f.sum(x, x.shape.slice(1).map((_, axis) => axis + 1)), [x.shape[0]]);
}

/** Values per item. */
const perItem = (x: Tensor) => x.shape.slice(1).reduce((product, n) => product * n, 1);

/**
 * Returns the Poisson negative log-likelihood of counts [n, ...] under rates of the same shape, summed over each
 * item: rate - counts log rate + log Gamma(counts + 1).
 */
export function poissonNll(rate: Tensor, counts: Tensor): Tensor {
  const fit = f.subtract(rate, f.multiply(counts, f.log(rate)));
  return sumEach(f.add(fit, f.logGamma1p(counts)));
}

/** Returns the mean absolute error of each item. */
export function meanAbsoluteError(predicted: Tensor, target: Tensor): Tensor {
  return f.scale(sumEach(f.abs(f.subtract(predicted, target))), 1 / perItem(predicted));
}

/**
 * Returns the anisotropic total variation of real maps [n, H, W]: sum of |differences| between neighbours.
 */
export function totalVariation(x: Tensor): Tensor {
  const [n, height, width] = x.shape;
  const part = (start: number[], shape: number[]) => f.crop(x, { start, shape });
  const down = f.subtract(part([0, 1, 0], [n, height - 1, width]), part([0, 0, 0], [n, height - 1, width]));
  const right = f.subtract(part([0, 0, 1], [n, height, width - 1]), part([0, 0, 0], [n, height, width - 1]));
  return f.add(sumEach(f.abs(down)), sumEach(f.abs(right)));
}

/** Returns the mean absolute deviation from the mean of each real map [n, H, W]. */
export function meanDeviation(x: Tensor): Tensor {
  const mean = f.mean(x, x.shape.slice(1).map((_, axis) => axis + 1));
  return f.scale(sumEach(f.abs(f.subtract(x, mean))), 1 / perItem(x));
}
