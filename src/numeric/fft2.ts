/**
 * Orthonormal two-dimensional Fourier transforms of one image size, in float64.
 *
 * @module
 */
import { type FftPlan, planFft } from "./fft.ts";

/**
 * A plan for images of one size. Transforms are in place and scaled by 1 / sqrt(height width) both ways.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const image = new Float64Array(2 * 6 * 6);
 * image[0] = 6;
 * new Fft2(6, 6).forward(image);
 * assert.ok(image.every((v, i) => Math.abs(v - (i % 2 === 0 ? 1 : 0)) < 1e-12));
 * ```
 */
export class Fft2 {
  readonly height: number;
  readonly width: number;
  readonly #rows: FftPlan;
  readonly #columns: FftPlan;
  readonly #line: Float64Array;

  constructor(height: number, width: number) {
    this.height = height;
    this.width = width;
    this.#rows = planFft(width);
    this.#columns = height === width ? this.#rows : planFft(height);
    this.#line = new Float64Array(2 * height);
  }

  /** Forward transform; zero frequency at index 0. */
  forward(data: Float64Array): void {
    this.#run(data, false);
  }

  /** Inverse transform; zero frequency at index 0. */
  inverse(data: Float64Array): void {
    this.#run(data, true);
  }

  /**
   * Forward transform with zero frequency moved to (height/2, width/2), rounded down, as patterns are stored.
   */
  forwardCentred(data: Float64Array): void {
    this.#run(data, false);
    rollImage(data, {
      ...this.#shape,
      rows: Math.floor(this.height / 2),
      columns: Math.floor(this.width / 2),
    });
  }

  /** Inverse of {@linkcode Fft2.forwardCentred}. */
  inverseCentred(data: Float64Array): void {
    rollImage(data, {
      ...this.#shape,
      rows: -Math.floor(this.height / 2),
      columns: -Math.floor(this.width / 2),
    });
    this.#run(data, true);
  }

  get #shape(): { height: number; width: number } {
    return { height: this.height, width: this.width };
  }

  #run(data: Float64Array, inverse: boolean): void {
    const { height, width } = this;
    if (data.length !== 2 * height * width) {
      throw new RangeError(`FFT of ${height} x ${width} was given ${data.length / 2} values`);
    }
    for (let r = 0; r < height; r++) {
      this.#rows.transform(data.subarray(2 * r * width, 2 * (r + 1) * width), inverse);
    }
    const line = this.#line, scale = 1 / Math.sqrt(height * width);
    for (let c = 0; c < width; c++) {
      for (let r = 0, i = 2 * c; r < height; r++, i += 2 * width) {
        line[2 * r] = data[i];
        line[2 * r + 1] = data[i + 1];
      }
      this.#columns.transform(line, inverse);
      for (let r = 0, i = 2 * c; r < height; r++, i += 2 * width) {
        data[i] = line[2 * r] * scale;
        data[i + 1] = line[2 * r + 1] * scale;
      }
    }
  }
}

/**
 * Moves an interleaved complex image by whole pixels, in place, around the edges: out(r + rows, c + columns)
 * = in.
 */
export function rollImage(
  data: Float64Array,
  by: { readonly height: number; readonly width: number; readonly rows: number; readonly columns: number },
): void {
  const { height, width } = by;
  const copy = data.slice();
  const columns = ((by.columns % width) + width) % width;
  for (let r = 0; r < height; r++) {
    const to = 2 * width * ((((r + by.rows) % height) + height) % height);
    const from = 2 * width * r;
    data.set(copy.subarray(from, from + 2 * (width - columns)), to + 2 * columns);
    data.set(copy.subarray(from + 2 * (width - columns), from + 2 * width), to);
  }
}

/** Returns the frequency of FFT index k in cycles per pixel, in [-1/2, 1/2). */
export function frequency(k: number, n: number): number {
  return (k < (n + 1) >> 1 ? k : k - n) / n;
}
