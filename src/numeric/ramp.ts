/**
 * Phase ramps: planes of phase, which no pattern fixes, since object and probe may share one.
 *
 * @module
 */
import type { ComplexImage } from "./image.ts";

/** A phase ramp in radians per pixel, along columns (x) and rows (y). */
export interface Ramp {
  readonly x: number;
  readonly y: number;
}

/**
 * Returns the mean phase step between neighbours, weighted by their amplitudes and by `weight` (height, width).
 */
export function meanRamp(
  { data, height, width }: ComplexImage,
  weight: ArrayLike<number>,
): Ramp {
  const step = (stride: number, rows: number, columns: number) => {
    let re = 0, im = 0;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const i = r * width + c, j = i + stride;
        const share = weight[i] * weight[j];
        re += share * (data[2 * j] * data[2 * i] + data[2 * j + 1] * data[2 * i + 1]);
        im += share * (data[2 * j + 1] * data[2 * i] - data[2 * j] * data[2 * i + 1]);
      }
    }
    return Math.atan2(im, re);
  };
  return { x: step(1, height, width - 1), y: step(width, height - 1, width) };
}

/** An image without its mean ramp and its mean phase, and what was taken out. */
export interface Levelled {
  readonly image: ComplexImage & { readonly data: Float64Array };
  readonly ramp: Ramp;
  /** Radians. */
  readonly offset: number;
}

/** Takes out the mean ramp and then the mean phase of the pixels with a weight; values that are not finite do not count. */
export function levelPhase({ data, height, width }: ComplexImage, weight: ArrayLike<number>): Levelled {
  const finite = (i: number) => Number.isFinite(data[2 * i]) && Number.isFinite(data[2 * i + 1]);
  const counted = Float64Array.from({ length: height * width }, (_, i) => finite(i) ? weight[i] : 0);
  const zeroed = Float64Array.from(data, (value) => Number.isFinite(value) ? value : 0);
  const ramp = meanRamp({ height, width, data: zeroed }, counted);
  const image = { height, width, data: Float64Array.from(data) };
  multiply(image, (row, column) => -(ramp.x * column + ramp.y * row));
  let re = 0, im = 0;
  for (let i = 0; i < height * width; i++) {
    if (counted[i] === 0) continue;
    re += counted[i] * image.data[2 * i];
    im += counted[i] * image.data[2 * i + 1];
  }
  const offset = Math.atan2(im, re);
  multiply(image, () => -offset);
  return { image, ramp, offset };
}

/** Multiplies every pixel by exp(i angle). */
function multiply(
  { data, height, width }: ComplexImage,
  angle: (row: number, column: number) => number,
): void {
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const i = 2 * (r * width + c), turn = angle(r, c);
      const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
      const [re, im] = [data[i], data[i + 1]];
      data[i] = re * cos - im * sin;
      data[i + 1] = re * sin + im * cos;
    }
  }
}
