/**
 * Weights: their names, shapes and initial values.
 *
 * @module
 */
import { type Graph, Layout, sizeOf, type Space, type Tensor } from "../../engine/mod.ts";

/** A source of random numbers. */
export interface RandomSource {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/** Makes the initial values of a weight. */
export type Initialiser = (count: number, random: RandomSource) => Float32Array;

/** A plain loop: `Float32Array.from` takes some ten times as long, which the start of a training run feels. */
function filled(count: number, value: () => number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = value();
  return out;
}

/** Uniform in +-1/sqrt(fan in): PyTorch's default for convolutions and dense layers (He-uniform with a = sqrt 5). */
export function uniformFanIn(fanIn: number): Initialiser {
  const bound = 1 / Math.sqrt(fanIn);
  return (count, random) => filled(count, () => (2 * random.uniform() - 1) * bound);
}

/** Normal with the given standard deviation. */
export const normal = (deviation: number): Initialiser => (count, random) =>
  filled(count, () => deviation * random.normal());

/** One value everywhere. */
export const constant = (value: number): Initialiser => (count) => filled(count, () => value);

/** The weights of a network and where they start. Shared by all graphs that are traced over them. */
export class Weights {
  readonly space: Space;
  readonly #initialisers = new Map<string, Initialiser>();

  constructor(name = "weights") {
    this.space = { name, layout: new Layout() };
  }

  /** The weight of that name in a graph; the first mention defines it. */
  tensor(
    graph: Graph,
    { name, shape, initial }: { name: string; shape: readonly number[]; initial: Initialiser },
  ): Tensor {
    this.space.layout.add(name, { shape, dtype: "f32" });
    if (!this.#initialisers.has(name)) this.#initialisers.set(name, initial);
    return graph.variable(this.space, name);
  }

  /** Names and shapes in order. */
  get entries(): readonly { name: string; shape: readonly number[] }[] {
    return this.space.layout.entries.map(({ name, type }) => ({ name, shape: type.shape }));
  }

  /** Number of trained values. */
  get count(): number {
    return this.entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /** Initial values of all weights in order, from one stream of random numbers. */
  initialValues(random: RandomSource): Map<string, Float32Array> {
    return new Map(this.entries.map(({ name, shape }) => {
      const initial = this.#initialisers.get(name) ?? constant(0);
      return [name, initial(sizeOf(shape), random)];
    }));
  }
}

/** A place in the tree of module names, in one graph: `scope.at("encoder").at("blocks.0")`. */
export class Scope {
  constructor(readonly graph: Graph, readonly weights: Weights, readonly path = "") {}

  /** The scope of a submodule. */
  at(name: string): Scope {
    return new Scope(this.graph, this.weights, this.path ? `${this.path}.${name}` : name);
  }

  /** A weight of this module. */
  weight(name: string, shape: readonly number[], initial: Initialiser): Tensor {
    return this.weights.tensor(this.graph, {
      name: this.path ? `${this.path}.${name}` : name,
      shape,
      initial,
    });
  }
}
