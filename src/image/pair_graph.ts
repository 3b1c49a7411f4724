/**
 * The pairs of patches as a graph: its connected parts, each as a normalised sparse matrix.
 *
 * @module
 */
import { LinkHeap } from "./link_heap.ts";
import type { PhasePairs } from "./pairs.ts";

/** One connected component as a normalised matrix. */
export interface NormalisedMatrix {
  /** y = M x, interleaved. */
  multiply(x: Float64Array, y: Float64Array): void;
  /** A vector close to the leading eigenvector. */
  readonly start: Float64Array;
}

/**
 * The pairs as a graph. Every pair is stored once, in the row of its first patch; the rows of the second patches list
 * the numbers of their pairs. Ten million pairs, of half a million patches, take 0.3 GB.
 */
export class PairGraph {
  readonly #pairs: PhasePairs;
  /** Pairs of first patch j: from `#start[j]` to `#start[j + 1] - 1`. */
  readonly #start: Int32Array;
  /** Pairs of second patch k, by number. */
  readonly #backStart: Int32Array;
  readonly #back: Int32Array;
  readonly #degree: Float64Array;

  /** `pairs` are ordered by their first patch. */
  constructor(pairs: PhasePairs) {
    const { patches, first, second, values } = pairs;
    this.#pairs = pairs;
    this.#start = startsOf(first, patches);
    this.#backStart = startsOf(second, patches);
    this.#back = new Int32Array(second.length);
    this.#degree = new Float64Array(patches);
    const next = this.#backStart.slice();
    for (let i = 0; i < first.length; i++) {
      this.#back[next[second[i]]++] = i;
      const size = Math.hypot(values[2 * i], values[2 * i + 1]);
      this.#degree[first[i]] += size;
      this.#degree[second[i]] += size;
    }
  }

  /** Members of each connected component, ordered; links without weight do not connect. */
  components(): Int32Array[] {
    const n = this.#pairs.patches;
    const seen = new Uint8Array(n);
    const queue = new Int32Array(n);
    const found: Int32Array[] = [];
    for (let seed = 0; seed < n; seed++) {
      if (seen[seed]) continue;
      let length = 1;
      queue[0] = seed;
      seen[seed] = 1;
      for (let i = 0; i < length; i++) {
        this.#eachLink(queue[i], (pair, other) => {
          if (seen[other] || this.#size(pair) === 0) return;
          seen[other] = 1;
          queue[length++] = other;
        });
      }
      found.push(queue.slice(0, length).sort());
    }
    return found;
  }

  /** D^-1/2 H D^-1/2 on one component, with a start vector close to its leading eigenvector. */
  normalised(members: Int32Array): NormalisedMatrix {
    const place = new Int32Array(this.#pairs.patches);
    for (let i = 0; i < members.length; i++) place[members[i]] = i;
    return { multiply: this.#product(members, place), start: this.#treeStart(members, place) };
  }

  /** Every pair serves both of its rows. The scales go into the vectors, so that the matrix is not stored twice. */
  #product(members: Int32Array, place: Int32Array): NormalisedMatrix["multiply"] {
    const { second, values } = this.#pairs;
    const start = this.#start;
    const scale = Float64Array.from(members, (m) => 1 / Math.sqrt(this.#degree[m] || 1));
    const scaled = new Float64Array(2 * members.length);
    return (x, y) => {
      for (let i = 0; i < scaled.length; i++) scaled[i] = x[i] * scale[i >> 1];
      y.fill(0);
      for (let i = 0; i < members.length; i++) {
        const m = members[i];
        const xr = scaled[2 * i], xi = scaled[2 * i + 1];
        let re = 0, im = 0;
        for (let e = start[m]; e < start[m + 1]; e++) {
          const k = 2 * place[second[e]], hr = values[2 * e], hi = values[2 * e + 1];
          re += hr * scaled[k] - hi * scaled[k + 1];
          im += hr * scaled[k + 1] + hi * scaled[k];
          y[k] += hr * xr + hi * xi;
          y[k + 1] += hr * xi - hi * xr;
        }
        y[2 * i] += re;
        y[2 * i + 1] += im;
      }
      for (let i = 0; i < y.length; i++) y[i] *= scale[i >> 1];
    };
  }

  /**
   * sqrt(D) exp(i phase), with phases handed on from the best connected patch along the strongest remaining
   * link each time. For pairs that agree with each other this is the eigenvector itself.
   */
  #treeStart(members: Int32Array, place: Int32Array): Float64Array {
    const { values, first } = this.#pairs;
    const start = new Float64Array(2 * members.length);
    const root = members.reduce((best, m) => this.#degree[m] > this.#degree[best] ? m : best, members[0]);
    const done = new Uint8Array(members.length);
    const heap = new LinkHeap(members.length);
    const settle = (m: number, re: number, im: number) => {
      const size = Math.sqrt(this.#degree[m]) / (Math.hypot(re, im) || 1);
      start[2 * place[m]] = re * size;
      start[2 * place[m] + 1] = im * size;
      done[place[m]] = 1;
      this.#eachLink(m, (pair, other) => {
        if (!done[place[other]]) heap.offer(place[other], { strength: this.#size(pair), link: pair });
      });
    };
    settle(root, 1, 0);
    for (let top = heap.pop(); top; top = heap.pop()) {
      const to = members[top.item];
      if (top.strength === 0) continue;
      // v_k = conj(h_jk) v_j up to size, and v_j = h_jk v_k
      const forward = first[top.link] !== to;
      const from = forward ? first[top.link] : this.#pairs.second[top.link];
      const i = place[from], hr = values[2 * top.link], hi = (forward ? -1 : 1) * values[2 * top.link + 1];
      settle(to, hr * start[2 * i] - hi * start[2 * i + 1], hr * start[2 * i + 1] + hi * start[2 * i]);
    }
    return start;
  }

  #eachLink(patch: number, visit: (pair: number, other: number) => void): void {
    const { first, second } = this.#pairs;
    for (let e = this.#start[patch]; e < this.#start[patch + 1]; e++) visit(e, second[e]);
    for (let b = this.#backStart[patch]; b < this.#backStart[patch + 1]; b++) {
      visit(this.#back[b], first[this.#back[b]]);
    }
  }

  #size(pair: number): number {
    return Math.hypot(this.#pairs.values[2 * pair], this.#pairs.values[2 * pair + 1]);
  }
}

function startsOf(ends: Int32Array, n: number): Int32Array {
  const starts = new Int32Array(n + 1);
  for (let i = 0; i < ends.length; i++) starts[ends[i] + 1]++;
  for (let j = 0; j < n; j++) starts[j + 1] += starts[j];
  return starts;
}
