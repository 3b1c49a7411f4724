/**
 * Gaussian blur of a plane.
 *
 * @module
 */

/** Reach of the kernel in standard deviations. */
const REACH = 2.5;

/** Blurs (height, width) by a Gaussian of `sigma` pixels; at the borders the weights inside count. */
export function blurred(
  plane: Float32Array,
  { height, width, sigma }: { readonly height: number; readonly width: number; readonly sigma: number },
): Float32Array {
  const radius = Math.ceil(REACH * sigma);
  const kernel = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const rows = { lines: height, length: width, stride: 1, next: width };
  const columns = { lines: width, length: height, stride: width, next: 1 };
  return alongLines(alongLines(plane, { kernel, ...rows }), { kernel, ...columns });
}

interface Lines {
  readonly kernel: Float64Array;
  readonly lines: number;
  readonly length: number;
  /** From a value to the next of its line, and from a line to the next. */
  readonly stride: number;
  readonly next: number;
}

function alongLines(plane: Float32Array, { kernel, lines, length, stride, next }: Lines): Float32Array {
  const out = new Float32Array(plane.length);
  const radius = (kernel.length - 1) / 2;
  for (let line = 0; line < lines; line++) {
    for (let k = 0; k < length; k++) {
      let sum = 0, weight = 0;
      for (let j = Math.max(0, k - radius); j <= Math.min(length - 1, k + radius); j++) {
        const w = kernel[j - k + radius];
        sum += w * plane[line * next + j * stride];
        weight += w;
      }
      out[line * next + k * stride] = sum / weight;
    }
  }
  return out;
}
