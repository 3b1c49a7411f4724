/**
 * The canvas: patches placed at their scan positions, weighted by the probe, and divided by the weights.
 *
 * @module
 */
import type { Floats, PlacedImage } from "../numeric/mod.ts";

/** Frame of a canvas: its pixel (r, c) is the position y = r + y0, x = c + x0. */
export interface CanvasExtent {
  readonly x0: number;
  readonly y0: number;
  readonly height: number;
  readonly width: number;
}

/** Scan positions in object pixels, at the patch centres. */
export interface Positions {
  readonly xcoords: ArrayLike<number>;
  readonly ycoords: ArrayLike<number>;
}

/** A finished image: `data` is the object, zero where `weight` is under the threshold. */
export interface Stitched extends PlacedImage {
  readonly data: Float32Array;
  /** Sum of the placed weights, (height, width). */
  readonly weight: Float32Array;
  /** 1 where the weight is at least the threshold, else 0. */
  readonly mask: Uint8Array;
}

/** Sums of a canvas: `sum` of placed w O (interleaved) and `weight` of placed w. */
export interface CanvasSums extends CanvasExtent {
  readonly sum: Float64Array;
  readonly weight: Float64Array;
}

/** Returns the smallest canvas that holds two. */
export function unionExtent(a: CanvasExtent, b: CanvasExtent): CanvasExtent {
  const x0 = Math.min(a.x0, b.x0), y0 = Math.min(a.y0, b.y0);
  return {
    x0,
    y0,
    height: Math.max(a.y0 + a.height, b.y0 + b.height) - y0,
    width: Math.max(a.x0 + a.width, b.x0 + b.width) - x0,
  };
}

/** Returns true if the inner canvas lies on the outer one. */
export function contains(outer: CanvasExtent, inner: CanvasExtent): boolean {
  return inner.x0 >= outer.x0 && inner.y0 >= outer.y0 &&
    inner.x0 + inner.width <= outer.x0 + outer.width && inner.y0 + inner.height <= outer.y0 + outer.height;
}

/** Returns the smallest canvas that holds patches of side `side` centred at every position. */
export function canvasExtent(positions: Positions, side: number): CanvasExtent {
  const [xMin, xMax] = bounds(positions.xcoords, "xcoords");
  const [yMin, yMax] = bounds(positions.ycoords, "ycoords");
  const x0 = Math.floor(xMin - side / 2);
  const y0 = Math.floor(yMin - side / 2);
  // A fraction of a pixel spreads the last row and column over one more.
  const width = Math.ceil(xMax - side / 2) + side - x0;
  const height = Math.ceil(yMax - side / 2) + side - y0;
  return { x0, y0, height, width };
}

/**
 * Returns the weight of a patch's pixels: sum over modes of abs(probe)^2. `probe` is (P, N, N), interleaved.
 */
export function probeWeight(probe: Floats, side: number): Float32Array {
  const pixels = side * side;
  if (probe.length === 0 || probe.length % (2 * pixels) !== 0) {
    throw new RangeError(
      `a probe of side ${side} holds a multiple of ${2 * pixels} numbers, found ${probe.length}`,
    );
  }
  const weight = new Float32Array(pixels);
  for (let mode = 0; mode < probe.length; mode += 2 * pixels) {
    for (let i = 0; i < pixels; i++) weight[i] += probe[mode + 2 * i] ** 2 + probe[mode + 2 * i + 1] ** 2;
  }
  return weight;
}

/** Weights of the pixels of a patch: the probe's intensity, or 1 in the central N/2 x N/2 and 0 elsewhere. */
export type PatchWeights = "probe" | "uniform";

/** Returns the weight of a patch's pixels, (N, N). `probe` is (P, N, N), interleaved. */
export function patchWeight(
  probe: Floats,
  { side, kind = "probe" }: { readonly side: number; readonly kind?: PatchWeights },
): Float32Array {
  if (kind === "probe") return probeWeight(probe, side);
  const inside = (k: number) => k >= side / 4 && k < 3 * side / 4;
  return Float32Array.from(
    { length: side * side },
    (_, i) => inside(Math.floor(i / side)) && inside(i % side) ? 1 : 0,
  );
}

/**
 * Adds up patches: canvas += T(w O), weight += T(w), where T splits every pixel bilinearly over four. Sums
 * are float64, so that the order of patches and of merges matters only to rounding far below float32.
 */
export class Canvas {
  readonly extent: CanvasExtent;
  readonly side: number;
  readonly #patchWeight: Float32Array;
  readonly #sum: Float64Array;
  readonly #weight: Float64Array;
  readonly #row: Float64Array;

  /** `patchWeight` is (side, side), see {@linkcode probeWeight}. */
  constructor(extent: CanvasExtent, patchWeight: Float32Array) {
    this.extent = extent;
    this.side = Math.sqrt(patchWeight.length);
    if (!Number.isInteger(this.side)) {
      throw new RangeError(`${patchWeight.length} weights are not a square patch`);
    }
    this.#patchWeight = patchWeight;
    this.#sum = new Float64Array(2 * extent.height * extent.width);
    this.#weight = new Float64Array(extent.height * extent.width);
    this.#row = new Float64Array(3 * (this.side + 1));
  }

  /**
   * Adds a batch. `patches` is (n, N, N) interleaved for the n positions given; `phases`, if given, are
   * constants (radians) to take out of the patches. Throws `RangeError` if a patch does not lie on the
   * canvas.
   */
  add(patches: Float32Array, at: Positions & { readonly phases?: ArrayLike<number> }): void {
    const n = at.xcoords.length;
    const size = 2 * this.side * this.side;
    if (patches.length !== n * size || at.ycoords.length !== n || (at.phases && at.phases.length !== n)) {
      throw new RangeError(
        `${patches.length} numbers, ${n} x, ${at.ycoords.length} y: not patches of ${this.side}`,
      );
    }
    for (let i = 0; i < n; i++) {
      const corner = this.#corner(at.xcoords[i], at.ycoords[i]);
      const phase = at.phases ? at.phases[i] : 0;
      this.#splat(patches.subarray(i * size, (i + 1) * size), corner, phase);
    }
  }

  /**
   * Adds what another canvas has collected, its phase taken out first (radians, default 0). Throws `RangeError` unless it
   * lies on this one.
   */
  merge(other: Canvas, { phase = 0 }: { readonly phase?: number } = {}): void {
    this.addSums({ ...other.extent, sum: other.#sum, weight: other.#weight }, { phase });
  }

  /** Adds sums that lie on this canvas, their phase taken out first. */
  addSums(sums: CanvasSums, { phase = 0 }: { readonly phase?: number } = {}): void {
    const { x0, y0, height, width } = this.extent;
    if (!contains(this.extent, sums)) {
      throw new RangeError(
        `a canvas of ${sums.height} x ${sums.width} at x0 = ${sums.x0}, y0 = ${sums.y0} leaves the one of ` +
          `${height} x ${width} at x0 = ${x0}, y0 = ${y0}`,
      );
    }
    const cos = Math.cos(phase), sin = -Math.sin(phase);
    for (let r = 0, i = 0; r < sums.height; r++) {
      let at = (r + sums.y0 - y0) * width + sums.x0 - x0;
      for (let c = 0; c < sums.width; c++, i++, at++) {
        const re = sums.sum[2 * i], im = sums.sum[2 * i + 1];
        // no phase, no rounding
        this.#sum[2 * at] += phase === 0 ? re : re * cos - im * sin;
        this.#sum[2 * at + 1] += phase === 0 ? im : re * sin + im * cos;
        this.#weight[at] += sums.weight[i];
      }
    }
  }

  /** Sums so far; valid until more is added. */
  get sums(): CanvasSums {
    return { ...this.extent, sum: this.#sum, weight: this.#weight };
  }

  /**
   * Sum of w O conj(S) over the pixels of a patch (N, N), interleaved, S being what was collected where it lies, to the
   * nearest whole pixel: its argument is the phase of the patch against the canvas. Zero where there is nothing yet.
   */
  correlate(patch: Float32Array, { x, y }: { readonly x: number; readonly y: number }): [number, number] {
    const { x0, y0, height, width } = this.extent;
    const side = this.side, weights = this.#patchWeight, sum = this.#sum;
    const column = Math.round(x - side / 2 - x0), row = Math.round(y - side / 2 - y0);
    const from = Math.max(0, -column), to = Math.min(side, width - column);
    let re = 0, im = 0;
    for (let r = Math.max(0, -row); r < Math.min(side, height - row); r++) {
      let i = r * side + from, at = (row + r) * width + column + from;
      for (const end = r * side + to; i < end; i++, at++) {
        const w = weights[i], a = w * patch[2 * i], b = w * patch[2 * i + 1];
        const c = sum[2 * at], d = sum[2 * at + 1];
        re += a * c + b * d;
        im += b * c - a * d;
      }
    }
    return [re, im];
  }

  /**
   * The image so far; the canvas can go on collecting. `minWeight` is relative to the largest weight; `within` is the part
   * of the canvas that is wanted, default all of it.
   */
  finish(
    { minWeight = 0.01, within = this.extent }: {
      readonly minWeight?: number;
      readonly within?: CanvasExtent;
    } = {},
  ): Stitched {
    if (!contains(this.extent, within)) throw new RangeError("the part asked for leaves the canvas");
    const { height, width, x0, y0 } = within;
    const weight = new Float32Array(height * width);
    const data = new Float32Array(2 * height * width);
    const mask = new Uint8Array(weight.length);
    let max = 0;
    for (const w of this.#weight) if (w > max) max = w;
    const threshold = Math.max(minWeight * max, Number.MIN_VALUE);
    for (let r = 0, i = 0; r < height; r++) {
      let at = (r + y0 - this.extent.y0) * this.extent.width + x0 - this.extent.x0;
      for (let c = 0; c < width; c++, i++, at++) {
        const w = this.#weight[at];
        weight[i] = w;
        if (!(w >= threshold)) continue;
        mask[i] = 1;
        data[2 * i] = this.#sum[2 * at] / w;
        data[2 * i + 1] = this.#sum[2 * at + 1] / w;
      }
    }
    return { x0, y0, height, width, data, weight, mask };
  }

  #corner(x: number, y: number): { row: number; column: number; fy: number; fx: number } {
    const { x0, y0, height, width } = this.extent;
    const cx = x - this.side / 2 - x0;
    const cy = y - this.side / 2 - y0;
    const column = Math.floor(cx);
    const row = Math.floor(cy);
    const fits = column >= 0 && row >= 0 && Math.ceil(cx) + this.side <= width &&
      Math.ceil(cy) + this.side <= height;
    if (!fits) {
      throw new RangeError(
        `a patch of ${this.side} at x = ${x}, y = ${y} leaves the canvas of ` +
          `${width} x ${height} at x0 = ${x0}, y0 = ${y0}`,
      );
    }
    return { row, column, fy: cy - row, fx: cx - column };
  }

  /**
   * Places one patch. Rows are blended horizontally, then vertically with the row above: one write for each canvas
   * pixel instead of four. Two rows at a time, so that every second blend stays in registers; the other waits in
   * `previous` (re, im, w triples).
   */
  #splat(
    patch: Float32Array,
    corner: { row: number; column: number; fy: number; fx: number },
    phase: number,
  ): void {
    const { fy, fx, row, column } = corner;
    const side = this.side, stride = this.extent.width;
    const weights = this.#patchWeight, sum = this.#sum, total = this.#weight, previous = this.#row;
    const cos = Math.cos(phase), sin = -Math.sin(phase);
    const gx = 1 - fx, gy = 1 - fy;
    previous.fill(0);
    for (let r = 0; r + 1 < side; r += 2) {
      let at = (row + r) * stride + column;
      let i = r * side;
      let aRe = 0, aIm = 0, aW = 0, bRe = 0, bIm = 0, bW = 0; // left neighbours in both rows
      for (let k = 0; k < 3 * side; k += 3, i++, at++) {
        const j = i + side, below = at + stride;
        const w = weights[i], v = weights[j];
        const wr = w * patch[2 * i], wi = w * patch[2 * i + 1];
        const vr = v * patch[2 * j], vi = v * patch[2 * j + 1];
        const re = wr * cos - wi * sin, im = wr * sin + wi * cos;
        const dRe = vr * cos - vi * sin, dIm = vr * sin + vi * cos;
        const hRe = gx * re + fx * aRe, hIm = gx * im + fx * aIm, hW = gx * w + fx * aW;
        const lRe = gx * dRe + fx * bRe, lIm = gx * dIm + fx * bIm, lW = gx * v + fx * bW;
        sum[2 * at] += gy * hRe + fy * previous[k];
        sum[2 * at + 1] += gy * hIm + fy * previous[k + 1];
        total[at] += gy * hW + fy * previous[k + 2];
        sum[2 * below] += gy * lRe + fy * hRe;
        sum[2 * below + 1] += gy * lIm + fy * hIm;
        total[below] += gy * lW + fy * hW;
        previous[k] = lRe;
        previous[k + 1] = lIm;
        previous[k + 2] = lW;
        aRe = re;
        aIm = im;
        aW = w;
        bRe = dRe;
        bIm = dIm;
        bW = v;
      }
      if (fx === 0) continue;
      const k = 3 * side, below = at + stride;
      sum[2 * at] += gy * fx * aRe + fy * previous[k];
      sum[2 * at + 1] += gy * fx * aIm + fy * previous[k + 1];
      total[at] += gy * fx * aW + fy * previous[k + 2];
      sum[2 * below] += gy * fx * bRe + fy * fx * aRe;
      sum[2 * below + 1] += gy * fx * bIm + fy * fx * aIm;
      total[below] += gy * fx * bW + fy * fx * aW;
      previous[k] = fx * bRe;
      previous[k + 1] = fx * bIm;
      previous[k + 2] = fx * bW;
    }
    const columns = fx > 0 ? side : side - 1;
    if (side % 2 === 1) this.#oddRow(patch, { corner, cos, sin, columns });
    if (fy > 0) this.#lastRow((row + side) * stride + column, columns, fy);
  }

  /** The last row of a patch with an odd number of them. */
  #oddRow(patch: Float32Array, { corner: { row, column, fy, fx }, cos, sin, columns }: {
    readonly corner: { row: number; column: number; fy: number; fx: number };
    readonly cos: number;
    readonly sin: number;
    readonly columns: number;
  }): void {
    const side = this.side, weights = this.#patchWeight, previous = this.#row;
    const sum = this.#sum, total = this.#weight;
    const gx = 1 - fx, gy = 1 - fy;
    let leftRe = 0, leftIm = 0, leftW = 0;
    let at = (row + side - 1) * this.extent.width + column;
    for (let c = 0, i = (side - 1) * side, k = 0; c <= columns; c++, i++, k += 3, at++) {
      const w = c < side ? weights[i] : 0;
      const a = c < side ? w * patch[2 * i] : 0, b = c < side ? w * patch[2 * i + 1] : 0;
      const re = a * cos - b * sin, im = a * sin + b * cos;
      const hRe = gx * re + fx * leftRe, hIm = gx * im + fx * leftIm, hW = gx * w + fx * leftW;
      sum[2 * at] += gy * hRe + fy * previous[k];
      sum[2 * at + 1] += gy * hIm + fy * previous[k + 1];
      total[at] += gy * hW + fy * previous[k + 2];
      previous[k] = hRe;
      previous[k + 1] = hIm;
      previous[k + 2] = hW;
      leftRe = re;
      leftIm = im;
      leftW = w;
    }
  }

  #lastRow(start: number, columns: number, fy: number): void {
    const sum = this.#sum, total = this.#weight, previous = this.#row;
    for (let c = 0, k = 0, at = start; c <= columns; c++, k += 3, at++) {
      sum[2 * at] += fy * previous[k];
      sum[2 * at + 1] += fy * previous[k + 1];
      total[at] += fy * previous[k + 2];
    }
  }
}

function bounds(values: ArrayLike<number>, name: string): [number, number] {
  let min = Infinity, max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new RangeError(`${name}[${i}] is ${values[i]}, expected a finite position`);
    }
    if (values[i] < min) min = values[i];
    if (values[i] > max) max = values[i];
  }
  if (values.length === 0) throw new RangeError(`${name} is empty: there is nothing to place`);
  return [min, max];
}
