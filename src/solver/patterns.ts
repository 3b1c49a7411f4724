/**
 * Table of the patterns of a reconstruction: amplitudes, positions, and the state that a rule keeps for each.
 *
 * @module
 */
import type { PositionsPx } from "../numeric/mod.ts";
import type { Scan } from "../scan/mod.ts";

/** Bytes of amplitudes that are kept in memory; more are read from the file for every batch. */
const CACHE_BYTES = 2 ** 30;

/** The patterns that take part. */
export class PatternTable {
  readonly count: number;
  /** Present positions, corrected ones where they are. */
  readonly positions: PositionsPx;
  readonly given: PositionsPx;
  /** Values of each pattern, [n, width], by the name of the input. */
  readonly columns = new Map<string, Float32Array>();
  #cache: Float32Array | undefined;
  /** Somebody else keeps all of them. */
  #elsewhere = false;

  constructor(private readonly scan: Scan, readonly indices: Int32Array, positions?: PositionsPx) {
    this.count = indices.length;
    const pick = (values: Float64Array) => Float64Array.from(indices, (i) => values[i]);
    this.given = { x: pick(scan.positionsPx.x), y: pick(scan.positionsPx.y) };
    this.positions = positions
      ? { x: pick(positions.x), y: pick(positions.y) }
      : { x: this.given.x.slice(), y: this.given.y.slice() };
  }

  /** Bytes of all amplitudes. */
  get bytes(): number {
    return 4 * this.count * this.scan.size ** 2;
  }

  /** sqrt(counts) of patterns, by their numbers here, into `out`. */
  async readAmplitudes(numbers: Int32Array, out: Float32Array): Promise<void> {
    const pixels = this.scan.size ** 2;
    if (this.bytes > CACHE_BYTES || this.#elsewhere) {
      const indices = numbers.map((k) => this.indices[k]);
      await this.scan.readAmplitudes(indices, out.subarray(0, numbers.length * pixels));
      return;
    }
    const all = this.#cache ??= await this.scan.readAmplitudes(this.indices);
    numbers.forEach((k, i) => out.set(all.subarray(k * pixels, (k + 1) * pixels), i * pixels));
  }

  /** All amplitudes at once, for who keeps them: none are kept here from then on. */
  readAll(): Promise<Float32Array> {
    this.#elsewhere = true;
    this.#cache = undefined;
    return this.scan.readAmplitudes(this.indices);
  }
}
