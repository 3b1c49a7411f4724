/**
 * Images on a pixel grid. Rows are y, columns are x; complex values are interleaved (re, im) pairs.
 *
 * @module
 */

/** Storage of real or interleaved complex values. */
export type Floats = Float32Array | Float64Array;

/** A real image of any kind of number, row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** Real values, row-major, `height * width` of them. */
export interface RealImage {
  readonly height: number;
  readonly width: number;
  readonly data: Floats;
}

/** Complex values, row-major, `2 * height * width` numbers. */
export interface ComplexImage {
  readonly height: number;
  readonly width: number;
  readonly data: Floats;
}

/** A complex image in the frame of the scan: pixel (r, c) is the position y = r + y0, x = c + x0 (pixels). */
export interface PlacedImage extends ComplexImage {
  readonly x0: number;
  readonly y0: number;
}

/** An axis-aligned box of pixels. */
export interface Box {
  readonly row: number;
  readonly column: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Returns the part of a real (`values` 1) or complex (`values` 2) image, as float64. The box must lie inside.
 */
export function cropImage(image: RealImage, box: Box, values: 1 | 2): RealImage & { data: Float64Array } {
  const { row, column, height, width } = box;
  if (row < 0 || column < 0 || row + height > image.height || column + width > image.width) {
    throw new RangeError(
      `box of ${height} x ${width} at (${row}, ${column}) leaves the image of ` +
        `${image.height} x ${image.width}`,
    );
  }
  const data = new Float64Array(height * width * values);
  for (let r = 0; r < height; r++) {
    const from = ((row + r) * image.width + column) * values;
    data.set(image.data.subarray(from, from + width * values), r * width * values);
  }
  return { height, width, data };
}

/** Returns the absolute value of every pixel. */
export function amplitudeOf(image: ComplexImage): RealImage & { data: Float64Array } {
  const data = new Float64Array(image.height * image.width);
  for (let i = 0; i < data.length; i++) data[i] = Math.hypot(image.data[2 * i], image.data[2 * i + 1]);
  return { height: image.height, width: image.width, data };
}

/** Returns the phase of every pixel in radians, in (-pi, pi]. */
export function phaseOf(image: ComplexImage): RealImage & { data: Float64Array } {
  const data = new Float64Array(image.height * image.width);
  for (let i = 0; i < data.length; i++) data[i] = Math.atan2(image.data[2 * i + 1], image.data[2 * i]);
  return { height: image.height, width: image.width, data };
}

/** Returns a complex image from an amplitude and a phase (radians) of one shape. */
export function fromPolar(amplitude: RealImage, phase: RealImage): ComplexImage & { data: Float64Array } {
  const { height, width } = amplitude;
  const data = new Float64Array(2 * height * width);
  for (let i = 0; i < height * width; i++) {
    data[2 * i] = amplitude.data[i] * Math.cos(phase.data[i]);
    data[2 * i + 1] = amplitude.data[i] * Math.sin(phase.data[i]);
  }
  return { height, width, data };
}
