/**
 * Taking out of a complex image what diffraction leaves undetermined: a scale, a constant phase and a phase
 * ramp.
 *
 * @module
 */
import { type ComplexImage, Fft2, frequency } from "../numeric/mod.ts";

/**
 * The plane phase + ramp.y (row - centre) + ramp.x (column - centre), in radians; centre = (side - 1) / 2.
 */
export interface PhasePlane {
  readonly phase: number;
  /** Radians per pixel along each axis. */
  readonly ramp: { readonly y: number; readonly x: number };
}

/** An image brought to its reference. */
export interface Aligned {
  /** scale * image * exp(-i plane). */
  readonly image: ComplexImage & { readonly data: Float64Array };
  readonly plane: PhasePlane;
  /** Factor on the amplitude, by least squares: sum |a||b| / sum |a|^2. */
  readonly scale: number;
}

/** Options of {@linkcode alignToReference}. */
export interface AlignOptions {
  /** Pixels that count, 1 or 0, or weights. Default: all alike. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Brings an image to a reference of the same shape: the plane is fitted to angle(image conj(reference)) with
 * weights |image||reference| and iterated on the wrapped remainder, from the peak of its Fourier transform,
 * so that ramps of any steepness come out.
 */
export function alignToReference(
  image: ComplexImage,
  reference: ComplexImage,
  options: AlignOptions = {},
): Aligned {
  checkComplex(image, reference, options.mask);
  const product = conjugateProduct(image, reference, options.mask);
  const { height, width } = image;
  const plane = fitPlane(product, steepestPlane(product));
  const scale = amplitudeScale(image, reference, options.mask);
  const data = Float64Array.from(image.data);
  turn({ height, width, data }, plane);
  for (let i = 0; i < data.length; i++) data[i] *= scale;
  return { image: { height, width, data }, plane, scale };
}

function checkComplex(image: ComplexImage, reference: ComplexImage, mask?: ArrayLike<number>): void {
  const { height, width } = image;
  const fits = reference.height === height && reference.width === width && height * width > 0 &&
    image.data.length === 2 * height * width && reference.data.length === image.data.length;
  if (!fits) {
    throw new RangeError(
      `cannot align ${height} x ${width} (${image.data.length / 2} values) with ` +
        `${reference.height} x ${reference.width} (${reference.data.length / 2} values)`,
    );
  }
  if (mask && mask.length !== height * width) {
    throw new RangeError(`a mask of ${mask.length} pixels for an image of ${height} x ${width}`);
  }
}

type Wave = ComplexImage & { readonly data: Float64Array };

/** mask * image * conj(reference). */
function conjugateProduct(image: ComplexImage, reference: ComplexImage, mask?: ArrayLike<number>): Wave {
  const { height, width, data: a } = image;
  const b = reference.data;
  const data = new Float64Array(a.length);
  for (let i = 0; i < data.length; i += 2) {
    const weight = mask ? mask[i / 2] : 1;
    data[i] = weight * (a[i] * b[i] + a[i + 1] * b[i + 1]);
    data[i + 1] = weight * (a[i + 1] * b[i] - a[i] * b[i + 1]);
  }
  return { height, width, data };
}

/** The ramp of whole cycles at the peak of the Fourier transform. */
function steepestPlane({ height, width, data }: Wave): PhasePlane {
  const spectrum = data.slice();
  new Fft2(height, width).forward(spectrum);
  let peak = 0, most = -1;
  for (let i = 0; i < spectrum.length; i += 2) {
    const size = spectrum[i] ** 2 + spectrum[i + 1] ** 2;
    if (size > most) [peak, most] = [i / 2, size];
  }
  const y = 2 * Math.PI * frequency(Math.floor(peak / width), height);
  const x = 2 * Math.PI * frequency(peak % width, width);
  const start = Math.atan2(spectrum[2 * peak + 1], spectrum[2 * peak]);
  return { phase: start + y * (height - 1) / 2 + x * (width - 1) / 2, ramp: { y, x } };
}

const MOST_FITS = 50;
const SETTLED = 1e-12;

/** Weighted least-squares plane, refitted to the wrapped remainder until it stays. */
function fitPlane(product: Wave, from: PhasePlane): PhasePlane {
  let plane = from;
  for (let fit = 0; fit < MOST_FITS; fit++) {
    const step = remainder(product, plane);
    plane = {
      phase: plane.phase + step.phase,
      ramp: { y: plane.ramp.y + step.ramp.y, x: plane.ramp.x + step.ramp.x },
    };
    const across = Math.abs(step.ramp.y) * product.height + Math.abs(step.ramp.x) * product.width;
    if (Math.abs(step.phase) + across < SETTLED) break;
  }
  return { phase: Math.atan2(Math.sin(plane.phase), Math.cos(plane.phase)), ramp: plane.ramp };
}

/** The plane that fits angle(product exp(-i plane)) with weights |product|. */
function remainder({ height, width, data }: Wave, { phase, ramp }: PhasePlane): PhasePlane {
  // Normal equations in (1, y, x): symmetric matrix m and right-hand side v.
  const m = [0, 0, 0, 0, 0, 0], v = [0, 0, 0];
  for (let r = 0, i = 0; r < height; r++) {
    const y = r - (height - 1) / 2;
    for (let c = 0; c < width; c++, i += 2) {
      const x = c - (width - 1) / 2;
      const weight = Math.hypot(data[i], data[i + 1]);
      if (weight === 0) continue;
      const angle = wrap(Math.atan2(data[i + 1], data[i]) - phase - ramp.y * y - ramp.x * x);
      m[0] += weight;
      m[1] += weight * y;
      m[2] += weight * x;
      m[3] += weight * y * y;
      m[4] += weight * y * x;
      m[5] += weight * x * x;
      v[0] += weight * angle;
      v[1] += weight * angle * y;
      v[2] += weight * angle * x;
    }
  }
  return solvePlane(m, v);
}

/** Cramer's rule for the symmetric 3 x 3 system; the constant alone where the pixels lie on a line. */
function solvePlane(m: readonly number[], v: readonly number[]): PhasePlane {
  const [a, b, c, d, e, f] = m;
  const determinant = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d);
  if (!(determinant > 1e-12 * a * d * f)) return { phase: a > 0 ? v[0] / a : 0, ramp: { y: 0, x: 0 } };
  const phase = v[0] * (d * f - e * e) - b * (v[1] * f - e * v[2]) + c * (v[1] * e - d * v[2]);
  const y = a * (v[1] * f - e * v[2]) - v[0] * (b * f - c * e) + c * (b * v[2] - v[1] * c);
  const x = a * (d * v[2] - v[1] * e) - b * (b * v[2] - v[1] * c) + v[0] * (b * e - c * d);
  return { phase: phase / determinant, ramp: { y: y / determinant, x: x / determinant } };
}

/** Multiplies an image by exp(-i plane), in place. */
function turn({ height, width, data }: Wave, { phase, ramp }: PhasePlane): void {
  for (let r = 0, i = 0; r < height; r++) {
    for (let c = 0; c < width; c++, i += 2) {
      const angle = -(phase + ramp.y * (r - (height - 1) / 2) + ramp.x * (c - (width - 1) / 2));
      const cos = Math.cos(angle), sin = Math.sin(angle), re = data[i];
      data[i] = re * cos - data[i + 1] * sin;
      data[i + 1] = re * sin + data[i + 1] * cos;
    }
  }
}

function amplitudeScale(image: ComplexImage, reference: ComplexImage, mask?: ArrayLike<number>): number {
  let top = 0, bottom = 0;
  for (let i = 0; i < image.data.length; i += 2) {
    const weight = mask ? mask[i / 2] : 1;
    const a = Math.hypot(image.data[i], image.data[i + 1]);
    top += weight * a * Math.hypot(reference.data[i], reference.data[i + 1]);
    bottom += weight * a * a;
  }
  return bottom > 0 ? top / bottom : 1;
}

/** Returns an angle in [-pi, pi]. */
export function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}
