/**
 * Pairs of overlapping patches, and the relative constant phase that each pair measures.
 *
 * @module
 */
import { breather } from "../common/mod.ts";
import { Fft2 } from "../numeric/mod.ts";
import type { Positions } from "./canvas.ts";
import { neighbourPairs } from "./neighbour_pairs.ts";
import { patchesInMemory, type PatchStore } from "./patch_store.ts";

/** A sparse Hermitian matrix as its pairs j < k: `values` holds h_jk interleaved. */
export interface PhasePairs {
  /** Number of patches. */
  readonly patches: number;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly values: Float64Array;
}

/** Options of {@linkcode overlapPairs}. */
export interface PairOptions extends Positions {
  /** Side N of a patch in pixels. */
  readonly side: number;
  /** Weight of a patch's pixels, (N, N). */
  readonly weight: Float32Array;
  /** Least overlap, sum sqrt(w w') over sum w, that counts. Default 0.05. */
  readonly minOverlap?: number;
  /** Nearest neighbours of a patch that are looked at. Default 32. */
  readonly maxNeighbours?: number;
  /** Ends the work early: the reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * h_jk = sum over the overlap of sqrt(w_j w_k) O_j conj(O_k) for neighbouring patches (n, N, N), interleaved.
 *
 * The relative shift is rounded to whole pixels. What that costs is a phase error of each pair of at most
 * half a pixel times the mean gradient of the phase, different from pair to pair, so that it averages out in
 * the eigenvector: 0.0007 rad rms and 0.003 rad at most for patches of the real Siemens star.
 */
export async function overlapPairs(
  patches: Float32Array | PatchStore,
  options: PairOptions,
): Promise<PhasePairs> {
  const { side, weight, xcoords, ycoords, minOverlap = 0.05, maxNeighbours = 32 } = options;
  const n = xcoords.length;
  const found = patches instanceof Float32Array ? patches.length : patches.count * patches.patchLength;
  if (found !== 2 * n * side * side || ycoords.length !== n || weight.length !== side * side) {
    throw new RangeError(
      `${found} numbers, ${n} x, ${ycoords.length} y and ${weight.length} weights are not patches of ${side}`,
    );
  }
  const store = patches instanceof Float32Array ? patchesInMemory(patches, side) : patches;
  const root = Float64Array.from(weight, Math.sqrt);
  const overlap = overlapOfShift(root, side);
  const { first, second } = neighbourPairs({
    xcoords,
    ycoords,
    maxNeighbours,
    reach: overlap.reach(minOverlap) + Math.SQRT1_2,
    overlaps: (dy, dx) => overlap.of(dy, dx) >= minOverlap,
  });
  const values = new Float64Array(2 * first.length);
  const box = supportOf(root, side);
  const starts = rowStarts(first, n);
  // neighbours one after another, so that a store in a file reads each patch about once
  const breathe = breather(options.signal);
  for (const j of alongCurve(options)) {
    if (starts[j] < starts[j + 1]) await breathe();
    for (let i = starts[j]; i < starts[j + 1]; i++) {
      const k = second[i];
      const dy = Math.round(ycoords[k] - ycoords[j]), dx = Math.round(xcoords[k] - xcoords[j]);
      sumOverlap(store.patch(j), store.patch(k), { root, side, box, dy, dx, values, at: 2 * i });
    }
  }
  return { patches: n, first, second, values };
}

/** Index of the first pair of each first patch. */
function rowStarts(first: Int32Array, n: number): Int32Array {
  const starts = new Int32Array(n + 1);
  for (let i = 0; i < first.length; i++) starts[first[i] + 1]++;
  for (let j = 0; j < n; j++) starts[j + 1] += starts[j];
  return starts;
}

/** Positions along a Z-order curve (Morton, 1966) over pixels: what is near on it is near in the plane. */
function alongCurve({ xcoords, ycoords }: Positions): Int32Array {
  const n = xcoords.length;
  let left = Infinity, top = Infinity;
  for (let i = 0; i < n; i++) {
    left = Math.min(left, xcoords[i]);
    top = Math.min(top, ycoords[i]);
  }
  const keys = new Float64Array(n);
  for (let i = 0; i < n; i++) keys[i] = spread(xcoords[i] - left) + 2 * spread(ycoords[i] - top);
  return Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => keys[a] - keys[b] || a - b);
}

/** The 16 bits of a whole number with a zero between any two. */
function spread(value: number): number {
  let bits = Math.min(Math.floor(value), 0xffff);
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** Overlap of two patches by their shift: sum of sqrt(w(r) w(r + shift)) over sum of w. */
interface Overlap {
  of(dy: number, dx: number): number;
  /** The largest shift with an overlap of at least `least`. */
  reach(least: number): number;
}

function overlapOfShift(root: Float64Array, side: number): Overlap {
  // The autocorrelation of sqrt(w), zero-padded to twice the side so that it does not wrap.
  const wide = 2 * side;
  const data = new Float64Array(2 * wide * wide);
  for (let r = 0; r < side; r++) {
    for (let c = 0; c < side; c++) data[2 * (r * wide + c)] = root[r * side + c];
  }
  const fft = new Fft2(wide, wide);
  fft.forward(data);
  for (let i = 0; i < data.length; i += 2) {
    data[i] = data[i] ** 2 + data[i + 1] ** 2;
    data[i + 1] = 0;
  }
  fft.inverse(data);
  const of = (dy: number, dx: number) => {
    if (Math.abs(dy) >= side || Math.abs(dx) >= side || data[0] <= 0) return 0;
    return data[2 * (((dy + wide) % wide) * wide + (dx + wide) % wide)] / data[0];
  };
  const reach = (least: number) => {
    let most = 0;
    for (let dy = 0; dy < side; dy++) {
      for (let dx = 1 - side; dx < side; dx++) {
        if (of(dy, dx) >= least) most = Math.max(most, Math.hypot(dy, dx));
      }
    }
    return most;
  };
  return { of, reach };
}

/** Rows top..bottom - 1 and columns left..right - 1. */
interface Support {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Square root of the weight, relative to the largest, that a sum may leave out. */
const NEGLIGIBLE = 0.01;

/** The box of all pixels whose weight counts. */
function supportOf(root: Float64Array, side: number): Support {
  const least = NEGLIGIBLE * root.reduce((most, v) => Math.max(most, v), 0);
  let top = side, bottom = 0, left = side, right = 0;
  root.forEach((v, i) => {
    if (v < least) return;
    const r = Math.floor(i / side), c = i % side;
    top = Math.min(top, r);
    bottom = Math.max(bottom, r + 1);
    left = Math.min(left, c);
    right = Math.max(right, c + 1);
  });
  return { top, bottom, left, right };
}

interface PairSum {
  readonly root: Float64Array;
  readonly side: number;
  readonly box: Support;
  /** Position of the second patch less that of the first, in whole pixels. */
  readonly dy: number;
  readonly dx: number;
  readonly values: Float64Array;
  readonly at: number;
}

function sumOverlap(a: Float32Array, b: Float32Array, pair: PairSum): void {
  const { root, side, box, dy, dx, values, at } = pair;
  const top = Math.max(box.top, box.top + dy), bottom = Math.min(box.bottom, box.bottom + dy);
  const left = Math.max(box.left, box.left + dx), right = Math.min(box.right, box.right + dx);
  let re = 0, im = 0;
  for (let r = top; r < bottom; r++) {
    let i = r * side + left, k = (r - dy) * side + left - dx;
    for (const end = r * side + right; i < end; i++, k++) {
      const w = root[i] * root[k];
      const ar = a[2 * i], ai = a[2 * i + 1], br = b[2 * k], bi = b[2 * k + 1];
      re += w * (ar * br + ai * bi);
      im += w * (ai * br - ar * bi);
    }
  }
  values[at] = re;
  values[at + 1] = im;
}
