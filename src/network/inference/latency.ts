/**
 * Times of which percentiles are asked for, in bounded memory.
 *
 * @module
 */

/** Bins of a hundredth: 1e-3 ms to 1e8 ms. */
const LOWEST = 1e-3, PER_E = 100, BINS = 2600;

/** A histogram of times in milliseconds with bins 1 % wide. */
export class LatencyHistogram {
  readonly #bins = new Float64Array(BINS);
  #count = 0;
  #largest = 0;

  /** Counts a time. */
  add(ms: number): void {
    const bin = Math.floor(PER_E * Math.log(Math.max(ms, LOWEST) / LOWEST));
    this.#bins[Math.min(bin, BINS - 1)]++;
    this.#count++;
    this.#largest = Math.max(this.#largest, ms);
  }

  /** The largest time. */
  get largest(): number {
    return this.#largest;
  }

  /** The time that `percent` of all are below, to 1 %; 0 where there are none. */
  percentile(percent: number): number {
    let left = this.#count * percent / 100;
    for (let bin = 0; bin < BINS && this.#count > 0; bin++) {
      left -= this.#bins[bin];
      if (left <= 0) return Math.min(LOWEST * Math.exp((bin + 0.5) / PER_E), this.#largest);
    }
    return this.#largest;
  }
}
