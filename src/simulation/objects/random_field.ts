/**
 * Gaussian random fields.
 *
 * @module
 */
import { Fft2, frequency, Random } from "../../numeric/mod.ts";

import { type Drawing, type DrawnObject, type ObjectOptions, stretched } from "./drawing.ts";

/** Options of {@linkcode randomField}. */
export interface RandomFieldOptions extends ObjectOptions {
  /** Correlation length in pixels: the autocorrelation exp(-r^2 / (4 length^2)) is 1/e at twice it. Default 6. */
  readonly featureSize?: number;
}

/** Standard deviations of the field that are stretched over the range; what lies beyond is cut. */
const SPAN = 2.5;

/**
 * Draws a stationary Gaussian random field, white noise filtered by exp(-2 pi^2 length^2 f^2), independently for
 * amplitude and phase. It is periodic. 2.5 standard deviations to either side make up the range.
 */
export function randomField(options: RandomFieldOptions): DrawnObject {
  const { height, width, featureSize = 6, seed = 0 } = options;
  const random = new Random(seed, "random field");
  // lengths made of small factors transform fast
  const rows = evenFactors(height), columns = evenFactors(width);
  const field = new Float64Array(2 * rows * columns);
  for (let i = 0; i < field.length; i++) field[i] = random.normal();
  const fft = new Fft2(rows, columns);
  fft.forward(field);
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i += 2) {
      const square = frequency(r, rows) ** 2 + frequency(c, columns) ** 2;
      const pass = Math.exp(-2 * (Math.PI * featureSize) ** 2 * square);
      field[i] *= pass;
      field[i + 1] *= pass;
    }
  }
  field[0] = field[1] = 0;
  fft.inverse(field);
  // real and imaginary part of filtered complex noise are independent fields
  const part = (which: 0 | 1): Drawing => {
    const map = new Float64Array(height * width);
    for (let i = 0; i < map.length; i++) {
      map[i] = field[2 * (Math.floor(i / width) * columns + i % width) + which];
    }
    const deviation = Math.sqrt(map.reduce((sum, v) => sum + v * v, 0) / map.length) || 1;
    return map.map((v) => Math.min(1, Math.max(0, 0.5 + 0.5 * v / (SPAN * deviation))));
  };
  return stretched(options, part(0), part(1));
}

/** The least whole number from n on that has no prime factor above 5. */
function evenFactors(n: number): number {
  for (let m = n;; m++) {
    let rest = m;
    for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor;
    if (rest === 1) return m;
  }
}
