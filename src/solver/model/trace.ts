/**
 * Context in which update rules are traced: sizes, the state that outlives a batch, and the inputs of a batch.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import { Graph, Layout, type Tensor, type TensorType } from "../../engine/mod.ts";

/** Sizes of a reconstruction. */
export interface Sizes {
  /** Patterns in all. */
  readonly patterns: number;
  /** Patterns of a batch, B. */
  readonly batch: number;
  /** Batches of an epoch. */
  readonly batches: number;
  /** N. */
  readonly side: number;
  /** Incoherent modes, P. */
  readonly modes: number;
  /** Orthogonal modes of the first mode's variation, E. */
  readonly oprModes: number;
  /** Of the object. */
  readonly height: number;
  readonly width: number;
  /** Some position is not a whole pixel, or may become so. */
  readonly subpixel: boolean;
  readonly masked: boolean;
  readonly background: boolean;
  /** The detector sees the near field. */
  readonly nearField: boolean;
  /** Position corrections are wanted at some time. */
  readonly positions: boolean;
  /** The patterns lie on the device. */
  readonly resident: boolean;
}

/** Returns the tensors that outlive a batch, one layout for all programs of a solver. */
export function stateLayout(sizes: Sizes): Layout {
  const { side, modes, oprModes, height, width } = sizes;
  const layout = new Layout();
  layout.add("object", { shape: [height, width], dtype: "c64" });
  layout.add("probe", { shape: [modes, side, side], dtype: "c64" });
  layout.add("illumination", { shape: [height, width], dtype: "f32" });
  layout.add("frequency", { shape: [side], dtype: "f32" });
  if (sizes.resident) layout.add("patterns", { shape: [sizes.patterns, side, side], dtype: "f32" });
  if (sizes.masked) layout.add("mask", { shape: [side, side], dtype: "f32" });
  if (sizes.nearField) layout.add("transfer", { shape: [side, side], dtype: "c64" });
  if (sizes.background) layout.add("background", { shape: [side, side], dtype: "f32" });
  if (oprModes > 0) layout.add("oprModes", { shape: [oprModes, side, side], dtype: "c64" });
  return layout;
}

/** One program being traced. Inputs come into being when they are asked for. */
export class Trace {
  readonly graph = new Graph();
  readonly #inputs = new Map<string, Tensor>();
  #amplitudes: Tensor | undefined;
  readonly #space: { readonly name: string; readonly layout: Layout };

  constructor(readonly sizes: Sizes, layout: Layout) {
    this.#space = { name: "state", layout };
  }

  /** Names of the inputs that the program has. */
  get inputs(): readonly string[] {
    return [...this.#inputs.keys()];
  }

  /** An input of the batch or of the epoch. */
  input(name: string, shape: readonly number[] = [1]): Tensor {
    const known = this.#inputs.get(name) ?? this.graph.input(name, shape);
    this.#inputs.set(name, known);
    return known;
  }

  /** A tensor of the state; `type` makes it where it is not there yet. */
  state(name: string, type?: TensorType): Tensor {
    if (type) this.#space.layout.add(name, type);
    return this.graph.variable(this.#space, name);
  }

  /** [H, W]. */
  get object(): Tensor {
    return this.state("object");
  }

  /** [P, N, N]. */
  get probe(): Tensor {
    return this.state("probe");
  }

  /** sqrt(counts) of the batch, [B, 1, N, N]. */
  get amplitudes(): Tensor {
    const { batch, side, resident } = this.sizes;
    if (!resident) return this.input("amplitudes", [batch, 1, side, side]);
    const table = this.state("patterns");
    return this.#amplitudes ??= f.reshape(f.take(table, this.numbers), [batch, 1, side, side]);
  }

  /** Number of each pattern of the batch, [B]; -1 where the batch is not full. */
  get numbers(): Tensor {
    return this.input("numbers", [this.sizes.batch]);
  }

  /** First pixels (x, y) of the patches on the object, [B, 2]; far outside where the batch is not full. */
  get starts(): Tensor {
    return this.input("starts", [this.sizes.batch, 2]);
  }

  /** 1 for each pattern, 0 where the batch is not full, [B]. */
  get valid(): Tensor {
    return this.input("valid", [this.sizes.batch]);
  }

  /** Patterns in the batch, [1]. */
  get count(): Tensor {
    return this.input("count");
  }

  /** 0 in the first batch of a sweep and 1 after: what sums are multiplied with before they are added to. */
  get keep(): Tensor {
    return this.input("keep");
  }

  /** Factors on the steps of this epoch, 0 where the plan leaves the parameter alone. */
  step(name: StepName): Tensor {
    return this.input(`${name}Step`);
  }
}

/** Returns a sum over the batches of a sweep, kept in the state: what it is with the present batch. */
export function accumulate(t: Trace, { name, part }: { name: string; part: Tensor }): Tensor {
  const sum = t.state(name, part);
  const next = f.add(f.multiply(sum, t.keep), part);
  t.graph.assign(sum, next);
  return next;
}

/** The parameters that have a step of their own. */
export type StepName = "object" | "probe" | "positions" | "opr" | "background";
