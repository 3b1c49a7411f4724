/**
 * Named tensors that live longer than a run, laid out in one flat buffer, so that an optimiser can update all of
 * them in one pass.
 *
 * @module
 */
import { SLICE_ALIGNMENT } from "../devices/device.ts";
import { check, describe, sameType, type TensorType, wordsOf } from "./types.ts";

const ALIGN_WORDS = SLICE_ALIGNMENT / 4;

/** Place of one named tensor in its flat buffer, in float32 words. */
export interface LayoutEntry {
  readonly name: string;
  readonly type: TensorType;
  readonly offset: number;
}

/** The order and place of named tensors. Weights, moments and gradients share one layout. */
export class Layout {
  readonly #entries = new Map<string, LayoutEntry>();
  #words = 0;

  /** Adds a tensor, or returns the one of that name if its type is the same. */
  add(name: string, type: TensorType): LayoutEntry {
    const known = this.#entries.get(name);
    if (known) {
      check(sameType(known.type, type), `${name} is ${describe(known.type)}, not ${describe(type)}`);
      return known;
    }
    const entry = { name, type: { shape: [...type.shape], dtype: type.dtype }, offset: this.#words };
    this.#entries.set(name, entry);
    this.#words += Math.ceil(wordsOf(type) / ALIGN_WORDS) * ALIGN_WORDS;
    return entry;
  }

  /** The tensor of that name; throws `ShapeError` if there is none. */
  entry(name: string): LayoutEntry {
    const entry = this.#entries.get(name);
    check(entry !== undefined, `there is no tensor named ${name}`);
    return entry;
  }

  /** All tensors in their order. */
  get entries(): readonly LayoutEntry[] {
    return [...this.#entries.values()];
  }

  /** Size of the flat buffer in float32 words, padding included. */
  get words(): number {
    return this.#words;
  }
}

/** One flat buffer of a layout: weights, gradients, first moments, second moments. */
export interface Space {
  readonly name: string;
  readonly layout: Layout;
}
