/**
 * The three convolutions of a layer in float64: forward, with respect to the input, with respect to the weights.
 * All visit the same triples of (output row, input row, weight row).
 *
 * @module
 */

/** Sizes of a convolution: batch, input and output channels, plane, kernel. */
export interface ConvShape {
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

/** Returns the sizes of the convolution of x [B,C,H,W] with w [O,C,kh,kw]. */
export function convShape(x: readonly number[], w: readonly number[]): ConvShape {
  const [batch, inputs, height, width] = x;
  const [outputs, , kernelHeight, kernelWidth] = w;
  return { batch, inputs, outputs, height, width, kernelHeight, kernelWidth };
}

/** A run along a row: y[y0 + i] meets x[x0 + i] through w[at], for i < count. */
export interface ConvRun {
  readonly y: number;
  readonly x: number;
  readonly w: number;
  readonly count: number;
}

/** Visits all runs of the convolution. */
export function forEachConvRun(s: ConvShape, visit: (run: ConvRun) => void): void {
  const { batch, inputs, outputs, height, width, kernelHeight, kernelWidth } = s;
  const plane = height * width;
  for (let b = 0; b < batch; b++) {
    for (let o = 0; o < outputs; o++) {
      for (let c = 0; c < inputs; c++) {
        for (let ky = 0; ky < kernelHeight; ky++) {
          for (let kx = 0; kx < kernelWidth; kx++) {
            const dy = ky - (kernelHeight >> 1);
            const dx = kx - (kernelWidth >> 1);
            const w = ((o * inputs + c) * kernelHeight + ky) * kernelWidth + kx;
            const left = Math.max(0, -dx);
            const count = Math.min(width, width - dx) - left;
            if (count <= 0) continue;
            for (let row = Math.max(0, -dy); row < Math.min(height, height - dy); row++) {
              visit({
                y: (b * outputs + o) * plane + row * width + left,
                x: (b * inputs + c) * plane + (row + dy) * width + left + dx,
                w,
                count,
              });
            }
          }
        }
      }
    }
  }
}
