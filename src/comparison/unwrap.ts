/**
 * Phase unwrapping in two dimensions.
 *
 * Source: M. A. Herraez, D. R. Burton, M. J. Lalor and M. A. Gdeisat, "Fast two-dimensional phase-unwrapping algorithm
 * based on sorting by reliability following a noncontinuous path", Appl. Opt. 41 (2002) 7437-7444.
 *
 * @module
 */
import type { RealImage } from "../numeric/mod.ts";
import { wrap } from "./alignment.ts";

/**
 * Adds whole turns so that neighbouring pixels differ by less than half a turn wherever the phase allows it: edges between
 * pixels are joined in the order of their reliability, the smallest second differences first. Each connected part of the
 * mask keeps the turns of its most reliable start. Pixels outside of `mask` (1 or 0) come back unchanged.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const ramp = Float64Array.from({ length: 100 }, (_, i) => 0.9 * (i % 10));
 * const wrapped = ramp.map((angle) => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI)));
 * const { data } = unwrapPhase({ height: 10, width: 10, data: wrapped });
 * assert.ok(data.every((angle, i) => Math.abs(angle - data[0] - ramp[i]) < 1e-9));
 * ```
 */
export function unwrapPhase(
  image: RealImage,
  { mask }: { readonly mask?: ArrayLike<number> } = {},
): RealImage & { readonly data: Float64Array } {
  const { height, width, data } = image;
  const inside = (p: number) => mask === undefined || mask[p] !== 0;
  const edges = edgesOf(image, { inside, badness: secondDifferences(image, inside) });
  const forest = new Forest(height * width);
  for (const { from, to } of edges) {
    const turns = Math.round((data[from] - data[to]) / (2 * Math.PI));
    forest.join(from, to, turns);
  }
  const unwrapped = Float64Array.from(data, (angle, p) => angle + 2 * Math.PI * forest.turns(p));
  return { height, width, data: unwrapped };
}

/** The sum of squared wrapped second differences; infinite at the edge of image or mask. */
function secondDifferences(
  { height, width, data }: RealImage,
  inside: (p: number) => boolean,
): Float64Array {
  const badness = new Float64Array(height * width).fill(Infinity);
  const along = (p: number, step: number) => wrap(data[p - step] - data[p]) - wrap(data[p] - data[p + step]);
  for (let r = 1; r < height - 1; r++) {
    for (let c = 1; c < width - 1; c++) {
      const p = r * width + c;
      const steps = [1, width, width + 1, width - 1];
      if (!inside(p) || !steps.every((step) => inside(p - step) && inside(p + step))) continue;
      badness[p] = steps.reduce((sum, step) => sum + along(p, step) ** 2, 0);
    }
  }
  return badness;
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly badness: number;
}

/** All pairs of neighbours, the most reliable first; ties in the order of the pixels. */
function edgesOf(
  { height, width }: RealImage,
  { inside, badness }: { inside: (p: number) => boolean; badness: Float64Array },
): Edge[] {
  const edges: Edge[] = [];
  for (let p = 0; p < height * width; p++) {
    if (!inside(p)) continue;
    const neighbours = [
      ...(p % width < width - 1 ? [p + 1] : []),
      ...(p + width < height * width ? [p + width] : []),
    ];
    for (const to of neighbours) {
      if (inside(to)) edges.push({ from: p, to, badness: badness[p] + badness[to] });
    }
  }
  return edges.sort((a, b) => a.badness === b.badness ? 0 : a.badness - b.badness);
}

/** Groups of pixels that are joined, each pixel with its whole turns against the root of its group. */
class Forest {
  readonly #parent: Int32Array;
  readonly #turns: Int32Array;
  readonly #size: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, p) => p);
    this.#turns = new Int32Array(count);
    this.#size = new Int32Array(count).fill(1);
  }

  /** Whole turns of a pixel against its root. */
  turns(pixel: number): number {
    let sum = 0;
    for (let p = pixel; this.#parent[p] !== p; p = this.#parent[p]) sum += this.#turns[p];
    return sum;
  }

  /** Joins the groups of two neighbours, where `to` needs `turns` more than its own to meet `from`. */
  join(from: number, to: number, turns: number): void {
    const [a, b] = [this.#root(from), this.#root(to)];
    if (a === b) return;
    const gap = this.turns(from) + turns - this.turns(to);
    const [root, child, signed] = this.#size[a] >= this.#size[b] ? [a, b, gap] : [b, a, -gap];
    this.#parent[child] = root;
    this.#turns[child] = signed;
    this.#size[root] += this.#size[child];
  }

  #root(pixel: number): number {
    let p = pixel;
    while (this.#parent[p] !== p) p = this.#parent[p];
    return p;
  }
}
