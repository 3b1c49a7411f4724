/**
 * Orthonormal 2-D Fourier transform in float64 by recursion over the smallest factor: the meaning of `fft2`.
 *
 * @module
 */

type Line = { re: Float64Array; im: Float64Array };

/** Transform of one line (unscaled); `sign` is -1 forward, +1 inverse. */
function transform({ re, im }: Line, sign: number): Line {
  const n = re.length;
  const radix = [2, 3, 5].find((p) => n % p === 0) ?? n;
  const out = { re: new Float64Array(n), im: new Float64Array(n) };
  const m = n / radix;
  const parts = Array.from({ length: radix }, (_, r) => {
    const part = { re: new Float64Array(m), im: new Float64Array(m) };
    for (let i = 0; i < m; i++) [part.re[i], part.im[i]] = [re[i * radix + r], im[i * radix + r]];
    return m === 1 ? part : transform(part, sign);
  });
  for (let k = 0; k < n; k++) {
    for (let r = 0; r < radix; r++) {
      const angle = sign * 2 * Math.PI * ((r * k) % n) / n;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const [pr, pi] = [parts[r].re[k % m], parts[r].im[k % m]];
      out.re[k] += pr * c - pi * s;
      out.im[k] += pr * s + pi * c;
    }
  }
  return out;
}

/** Size and direction of a transform. */
export interface Fft2Options {
  readonly height: number;
  readonly width: number;
  readonly inverse: boolean;
  readonly shift: boolean;
}

/** Transforms one interleaved complex plane in place. */
export function fft2InPlace(plane: Float64Array, options: Fft2Options): void {
  const { height, width, inverse, shift } = options;
  if (shift && inverse) swapQuadrants(plane, height, width);
  const sign = inverse ? 1 : -1;
  for (let row = 0; row < height; row++) {
    transformStrided(plane, { start: row * width, stride: 1, count: width, sign });
  }
  for (let x = 0; x < width; x++) transformStrided(plane, { start: x, stride: width, count: height, sign });
  const scale = 1 / Math.sqrt(height * width);
  for (let i = 0; i < plane.length; i++) plane[i] *= scale;
  if (shift && !inverse) swapQuadrants(plane, height, width);
}

function transformStrided(
  plane: Float64Array,
  { start, stride, count, sign }: { start: number; stride: number; count: number; sign: number },
): void {
  const line = { re: new Float64Array(count), im: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    line.re[i] = plane[2 * (start + i * stride)];
    line.im[i] = plane[2 * (start + i * stride) + 1];
  }
  const out = transform(line, sign);
  for (let i = 0; i < count; i++) {
    plane[2 * (start + i * stride)] = out.re[i];
    plane[2 * (start + i * stride) + 1] = out.im[i];
  }
}

/** Moves the zero frequency between index 0 and N/2 (even sizes: the same both ways). */
function swapQuadrants(plane: Float64Array, height: number, width: number): void {
  const source = plane.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 2 * (((y + height / 2) % height) * width + (x + width / 2) % width);
      plane[2 * (y * width + x)] = source[from];
      plane[2 * (y * width + x) + 1] = source[from + 1];
    }
  }
}
