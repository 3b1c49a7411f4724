/**
 * The pairs of patches as a graph: its connected parts, each as a normalised sparse matrix.
 *
 * @module
 */
import type { PhasePairs } from "./pairs.ts";

/** One connected component as a normalised matrix. */
export interface NormalisedMatrix {
  /** y = M x, interleaved. */
  multiply(x: Float64Array, y: Float64Array): void;
  /** A vector close to the leading eigenvector. */
  readonly start: Float64Array;
}

/** The pairs as a graph: rows of neighbours, both ways. */
export class PairGraph {
  readonly #n: number;
  readonly #rowStart: Int32Array;
  readonly #column: Int32Array;
  /** h_jk of row j, column k. */
  readonly #value: Float64Array;
  readonly #degree: Float64Array;

  constructor({ patches, first, second, values }: PhasePairs) {
    this.#n = patches;
    this.#rowStart = new Int32Array(patches + 1);
    for (const ends of [first, second]) for (const j of ends) this.#rowStart[j + 1]++;
    for (let j = 0; j < patches; j++) this.#rowStart[j + 1] += this.#rowStart[j];
    this.#column = new Int32Array(2 * first.length);
    this.#value = new Float64Array(4 * first.length);
    this.#degree = new Float64Array(patches);
    const next = this.#rowStart.slice();
    for (let i = 0; i < first.length; i++) {
      this.#put(next[first[i]]++, first[i], { column: second[i], re: values[2 * i], im: values[2 * i + 1] });
      this.#put(next[second[i]]++, second[i], {
        column: first[i],
        re: values[2 * i],
        im: -values[2 * i + 1],
      });
    }
  }

  #put(at: number, row: number, entry: { column: number; re: number; im: number }): void {
    this.#column[at] = entry.column;
    this.#value[2 * at] = entry.re;
    this.#value[2 * at + 1] = entry.im;
    this.#degree[row] += Math.hypot(entry.re, entry.im);
  }

  /** Members of each connected component, ordered; links without weight do not connect. */
  components(): Int32Array[] {
    const seen = new Uint8Array(this.#n);
    const found: Int32Array[] = [];
    for (let seed = 0; seed < this.#n; seed++) {
      if (seen[seed]) continue;
      const members = [seed];
      seen[seed] = 1;
      for (let i = 0; i < members.length; i++) {
        for (let e = this.#rowStart[members[i]]; e < this.#rowStart[members[i] + 1]; e++) {
          const k = this.#column[e];
          if (seen[k] || this.#size(e) === 0) continue;
          seen[k] = 1;
          members.push(k);
        }
      }
      found.push(Int32Array.from(members).sort());
    }
    return found;
  }

  /** D^-1/2 H D^-1/2 on one component, with a start vector close to its leading eigenvector. */
  normalised(members: Int32Array): NormalisedMatrix {
    const place = new Int32Array(this.#n);
    members.forEach((member, i) => place[member] = i);
    const rows = new Int32Array(members.length + 1);
    members.forEach((m, i) => rows[i + 1] = rows[i] + this.#rowStart[m + 1] - this.#rowStart[m]);
    const columns = new Int32Array(rows[members.length]);
    const values = new Float64Array(2 * columns.length);
    members.forEach((m, i) => {
      for (let e = this.#rowStart[m], at = rows[i]; at < rows[i + 1]; e++, at++) {
        const k = this.#column[e];
        const scale = 1 / Math.sqrt(this.#degree[m] * this.#degree[k] || 1);
        columns[at] = place[k];
        values[2 * at] = this.#value[2 * e] * scale;
        values[2 * at + 1] = this.#value[2 * e + 1] * scale;
      }
    });
    return { multiply: sparseProduct(rows, columns, values), start: this.#treeStart(members, place) };
  }

  /**
   * sqrt(D) exp(i phase), with phases handed on from the best connected patch along the strongest remaining
   * link each time. For pairs that agree with each other this is the eigenvector itself.
   */
  #treeStart(members: Int32Array, place: Int32Array): Float64Array {
    const start = new Float64Array(2 * members.length);
    const root = members.reduce((best, m) => this.#degree[m] > this.#degree[best] ? m : best, members[0]);
    const done = new Uint8Array(members.length);
    const heap = new LinkHeap();
    const settle = (m: number, re: number, im: number) => {
      const size = Math.sqrt(this.#degree[m]) / (Math.hypot(re, im) || 1);
      start[2 * place[m]] = re * size;
      start[2 * place[m] + 1] = im * size;
      done[place[m]] = 1;
      for (let e = this.#rowStart[m]; e < this.#rowStart[m + 1]; e++) {
        if (!done[place[this.#column[e]]]) heap.push({ strength: this.#size(e), from: m, link: e });
      }
    };
    settle(root, 1, 0);
    for (let top = heap.pop(); top; top = heap.pop()) {
      const to = this.#column[top.link];
      if (done[place[to]] || top.strength === 0) continue;
      // v_k = conj(h_jk) v_j up to size.
      const i = place[top.from], hr = this.#value[2 * top.link], hi = -this.#value[2 * top.link + 1];
      settle(to, hr * start[2 * i] - hi * start[2 * i + 1], hr * start[2 * i + 1] + hi * start[2 * i]);
    }
    return start;
  }

  #size(e: number): number {
    return Math.hypot(this.#value[2 * e], this.#value[2 * e + 1]);
  }
}

function sparseProduct(
  rows: Int32Array,
  columns: Int32Array,
  values: Float64Array,
): NormalisedMatrix["multiply"] {
  return (x, y) => {
    for (let i = 0; i + 1 < rows.length; i++) {
      let re = 0, im = 0;
      for (let at = rows[i]; at < rows[i + 1]; at++) {
        const k = 2 * columns[at], hr = values[2 * at], hi = values[2 * at + 1];
        re += hr * x[k] - hi * x[k + 1];
        im += hr * x[k + 1] + hi * x[k];
      }
      y[2 * i] = re;
      y[2 * i + 1] = im;
    }
  };
}

interface Link {
  readonly strength: number;
  readonly from: number;
  readonly link: number;
}

/** A binary heap of links, strongest first; ties by the order of the links, so that runs repeat. */
class LinkHeap {
  readonly #items: Link[] = [];

  push(item: Link): void {
    const items = this.#items;
    let i = items.length;
    items.push(item);
    while (i > 0 && before(item, items[(i - 1) >> 1])) {
      items[i] = items[(i - 1) >> 1];
      i = (i - 1) >> 1;
    }
    items[i] = item;
  }

  pop(): Link | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let i = 0;
    for (let child = 1; child < items.length; child = 2 * i + 1) {
      if (child + 1 < items.length && before(items[child + 1], items[child])) child++;
      if (!before(items[child], last)) break;
      items[i] = items[child];
      i = child;
    }
    items[i] = last;
    return top;
  }
}

function before(a: Link, b: Link): boolean {
  return a.strength !== b.strength ? a.strength > b.strength : a.link < b.link;
}
