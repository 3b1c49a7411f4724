/**
 * The strongest link to each item that is still to be reached, strongest first: the queue of Prim's algorithm.
 *
 * @module
 */

/** A link to an item. */
export interface Link {
  readonly strength: number;
  readonly link: number;
}

/** A binary heap with at most one link for each item; ties go by the number of the link, so that runs repeat. */
export class LinkHeap {
  /** Items in heap order. */
  readonly #heap: Int32Array;
  /** Place of each item in the heap, or -1. */
  readonly #place: Int32Array;
  readonly #strength: Float64Array;
  readonly #link: Int32Array;
  #length = 0;

  /** `items`: how many there are. */
  constructor(items: number) {
    this.#heap = new Int32Array(items);
    this.#place = new Int32Array(items).fill(-1);
    this.#strength = new Float64Array(items);
    this.#link = new Int32Array(items);
  }

  /** Takes the link to an item where none or a weaker one is known. */
  offer(item: number, { strength, link }: Link): void {
    const at = this.#place[item];
    if (at >= 0 && !before(strength, link, this.#strength[item], this.#link[item])) return;
    this.#strength[item] = strength;
    this.#link[item] = link;
    this.#rise(at >= 0 ? at : this.#length++, item);
  }

  /** Takes the item with the strongest link away. */
  pop(): (Link & { readonly item: number }) | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#heap[0];
    this.#place[item] = -1;
    const last = this.#heap[--this.#length];
    if (this.#length > 0) this.#sink(last);
    return { item, strength: this.#strength[item], link: this.#link[item] };
  }

  #rise(from: number, item: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(item, this.#heap[parent])) break;
      this.#put(at, this.#heap[parent]);
      at = parent;
    }
    this.#put(at, item);
  }

  #sink(item: number): void {
    let at = 0;
    for (let child = 1; child < this.#length; child = 2 * at + 1) {
      if (child + 1 < this.#length && this.#isBefore(this.#heap[child + 1], this.#heap[child])) child++;
      if (!this.#isBefore(this.#heap[child], item)) break;
      this.#put(at, this.#heap[child]);
      at = child;
    }
    this.#put(at, item);
  }

  #put(at: number, item: number): void {
    this.#heap[at] = item;
    this.#place[item] = at;
  }

  #isBefore(a: number, b: number): boolean {
    return before(this.#strength[a], this.#link[a], this.#strength[b], this.#link[b]);
  }
}

function before(strength: number, link: number, than: number, thanLink: number): boolean {
  return strength !== than ? strength > than : link < thanLink;
}
