/**
 * Division of the patterns into batches.
 *
 * @module
 */
import { type PositionsPx, Random } from "../../numeric/mod.ts";
import { coveringSubsets } from "./subsets.ts";

/** Kinds of batches: drawn anew each epoch, spread over the scan, or neighbours. */
export type Batching = "random" | "uniform" | "compact";

/** Options of {@linkcode Batches}. */
export interface BatchOptions {
  readonly batching: Batching;
  /** Most patterns of a batch. */
  readonly size: number;
  readonly seed: number;
  /** Parts that each cover the whole scan, cut into batches each for itself; `batching` is then of no account. */
  readonly subsets?: number;
  /** Numbers of the patterns at the positions. Default: 0, 1, 2, ... */
  readonly numbers?: Int32Array;
}

/** The batches of a scan, of sizes that differ by one at most, except compact ones, which are made as even as they can. */
export class Batches {
  /** Batches of an epoch. */
  readonly count: number;
  /** Patterns of the largest batch. */
  readonly largest: number;
  /** Patterns of all batches. */
  readonly patterns: number;
  readonly #fixed: readonly Int32Array[] | undefined;
  /** Batches of each subset. */
  readonly #subsets: readonly (readonly Int32Array[])[] | undefined;

  constructor(private readonly positions: PositionsPx, private readonly options: BatchOptions) {
    const n = this.patterns = positions.x.length;
    const subsets = Math.min(options.subsets ?? 1, n);
    if (subsets > 1) {
      const random = new Random(options.seed, "subsets");
      const parts = coveringSubsets(positions, { count: subsets, random });
      const most = Math.max(...parts.map(({ length }) => length));
      const batches = Math.ceil(most / Math.min(options.size, most));
      this.#subsets = parts.map((part) => cut(random.shuffle(part), Math.min(batches, part.length)));
      this.count = this.#subsets.flat().length;
      this.largest = Math.max(...this.#subsets.flat().map(({ length }) => length));
      return;
    }
    this.count = Math.ceil(n / Math.min(options.size, n));
    this.largest = Math.ceil(n / this.count);
    if (options.batching === "uniform") this.#fixed = this.#uniform();
    if (options.batching === "compact") this.#fixed = this.#compact();
  }

  /** Batches of each subset of the scan in an epoch (from 1), the subsets in an order of their own; one subset is all. */
  subsetsOf(epoch: number): readonly (readonly Int32Array[])[] {
    return this.#own(epoch).map((subset) => subset.map((batch) => this.#numbered(batch)));
  }

  /** Numbers of the patterns of each batch in an epoch (from 1): drawn, reordered, or as they are. */
  ofEpoch(epoch: number): readonly Int32Array[] {
    return this.subsetsOf(epoch).flat();
  }

  #numbered(batch: Int32Array): Int32Array {
    const { numbers } = this.options;
    return numbers ? batch.map((k) => numbers[k]) : batch;
  }

  #own(epoch: number): readonly (readonly Int32Array[])[] {
    if (!this.#subsets) return [this.#whole(epoch)];
    const subsets = this.#subsets;
    const random = new Random(this.options.seed, `order of epoch ${epoch}`);
    return Array.from(random.shuffle(Int32Array.from(subsets, (_, k) => k)), (k) => subsets[k]);
  }

  #whole(epoch: number): readonly Int32Array[] {
    const random = new Random(this.options.seed, `order of epoch ${epoch}`);
    if (!this.#fixed) return cut(random.shuffle(this.#all()), this.count);
    if (this.options.batching === "compact") return this.#fixed;
    const order = random.shuffle(Int32Array.from(this.#fixed, (_, i) => i));
    return Array.from(order, (k) => this.#fixed?.[k] ?? new Int32Array());
  }

  #all(): Int32Array {
    return Int32Array.from({ length: this.positions.x.length }, (_, i) => i);
  }

  /** Random batches, then twice the most crowded pattern of each is exchanged with that of the next. */
  #uniform(): Int32Array[] {
    const { seed } = this.options;
    const batches = cut(new Random(seed, "uniform batches").shuffle(this.#all()), this.count);
    for (let pass = 0; pass < 2 && batches.length > 1; pass++) {
      for (let k = 0; k < batches.length; k++) {
        const next = batches[(k + 1) % batches.length];
        const [here, there] = [this.#crowded(batches[k]), this.#crowded(next)];
        const before = this.#crowding(batches[k]) + this.#crowding(next);
        swap(batches[k], next, { here, there });
        if (this.#crowding(batches[k]) + this.#crowding(next) > before) {
          swap(batches[k], next, { here, there });
        }
      }
    }
    return batches;
  }

  /** Sum over the others of 1 / distance^2. */
  #pressure(batch: Int32Array, at: number): number {
    const { x, y } = this.positions;
    let sum = 0;
    for (const other of batch) {
      if (other === batch[at]) continue;
      sum += 1 / Math.max(1e-6, (x[other] - x[batch[at]]) ** 2 + (y[other] - y[batch[at]]) ** 2);
    }
    return sum;
  }

  #crowding(batch: Int32Array): number {
    let sum = 0;
    for (let at = 0; at < batch.length; at++) sum += this.#pressure(batch, at);
    return sum;
  }

  #crowded(batch: Int32Array): number {
    let [most, worst] = [-1, 0];
    for (let at = 0; at < batch.length; at++) {
      const pressure = this.#pressure(batch, at);
      if (pressure > most) [most, worst] = [pressure, at];
    }
    return worst;
  }

  /** Halves the scan along its longer side, again and again, into parts of nearly one size. */
  #compact(): Int32Array[] {
    const { x, y } = this.positions;
    const split = (members: Int32Array, parts: number): Int32Array[] => {
      if (parts === 1) return [members.sort()];
      const span = (values: Float64Array) => {
        const own = Float64Array.from(members, (i) => values[i]);
        return own.reduce((a, b) => Math.max(a, b), -Infinity) -
          own.reduce((a, b) => Math.min(a, b), Infinity);
      };
      const along = span(x) > span(y) ? x : y;
      const sorted = members.slice().sort((p, q) => along[p] - along[q] || p - q);
      const left = parts >> 1;
      const cut = Math.round(sorted.length * left / parts);
      return [...split(sorted.slice(0, cut), left), ...split(sorted.slice(cut), parts - left)];
    };
    return split(this.#all(), this.count);
  }
}

/** Cuts an order into parts of nearly one size. */
export function cut(order: Int32Array, count: number): Int32Array[] {
  const n = order.length;
  return Array.from(
    { length: count },
    (_, k) => order.slice(Math.floor(n * k / count), Math.floor(n * (k + 1) / count)),
  );
}

function swap(a: Int32Array, b: Int32Array, { here, there }: { here: number; there: number }): void {
  [a[here], b[there]] = [b[there], a[here]];
}
