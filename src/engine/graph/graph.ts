/**
 * The graph: a list of nodes in the order in which they were traced, which is the order in which they run; and the
 * record of an operation, of which its nodes are made.
 *
 * @module
 */
import type { Lowerings, NodeTypes } from "./lowering.ts";
import type { Space } from "./space.ts";
import { check, describe, type DType, sizeOf, type TensorType } from "./types.ts";

/** Handle of a value in a graph. */
export interface Tensor extends TensorType {
  readonly graph: Graph;
  readonly id: number;
}

/** A node as its gradient rule sees it. */
export interface Traced<A> {
  readonly attrs: A;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** Inputs that need a gradient. */
  readonly needs: readonly boolean[];
}

type Shape = readonly number[];
type Unary = (a: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

/**
 * The functions that gradient rules build on. Rules receive them as an argument, because `functions.ts` is built on the
 * operations whose rules these are; it has all of them, and more.
 */
export interface RuleFunctions {
  readonly add: Binary;
  readonly multiply: Binary;
  readonly divide: Binary;
  readonly greater: Binary;
  readonly negate: Unary;
  readonly square: Unary;
  readonly sign: Unary;
  readonly sigmoid: Unary;
  readonly sin: Unary;
  readonly cos: Unary;
  readonly conj: Unary;
  readonly re: Unary;
  readonly im: Unary;
  readonly timesI: Unary;
  readonly toComplex: Unary;
  readonly scale: (a: Tensor, c: number) => Tensor;
  readonly offset: (a: Tensor, c: number) => Tensor;
  readonly sum: (a: Tensor, axes?: readonly number[]) => Tensor;
  readonly fit: (gradient: Tensor, to: TensorType) => Tensor;
  readonly broadcastTo: (a: Tensor, shape: Shape) => Tensor;
  readonly reshape: (a: Tensor, shape: Shape) => Tensor;
  readonly crop: (a: Tensor, box: { start: Shape; shape: Shape }) => Tensor;
  readonly pad: (a: Tensor, box: { before: Shape; shape: Shape }) => Tensor;
  readonly slice: (a: Tensor, range: { axis: number; start: number; count: number }) => Tensor;
  readonly matmul: (a: Tensor, b: Tensor, attrs: { transposeA?: boolean; transposeB?: boolean }) => Tensor;
  readonly fft2: (a: Tensor, options: { inverse: boolean; shift: boolean }) => Tensor;
  readonly extract: (image: Tensor, patches: { starts: Tensor; height: number; width: number }) => Tensor;
  readonly scatter: (patches: Tensor, image: { starts: Tensor; height: number; width: number }) => Tensor;
  readonly translate: (
    image: Tensor,
    options: { offsets: Tensor; sign: 1 | -1; height: number; width: number },
  ) => Tensor;
}

/** One operation: its shape, its gradient, its meaning in float64, its cost, and its plan on each device. */
export interface Op<A> {
  readonly name: string;
  /** Shape rule; throws `ShapeError` with what was expected. */
  infer(inputs: readonly TensorType[], attrs: A): TensorType;
  /**
   * Gradients for the inputs, built with the functions `f`; undefined where there is none. Complex gradients are
   * dL/dRe + i dL/dIm.
   */
  gradient(node: Traced<A>, upstream: Tensor, f: RuleFunctions): readonly (Tensor | undefined)[];
  /** Plain float64 meaning, the oracle of the tests. `output` arrives zeroed. */
  reference(inputs: readonly Float64Array[], output: Float64Array, node: NodeTypes<A>): void;
  /** Floating-point operations; memory traffic follows from the types. */
  flops(node: NodeTypes<A>): number;
  /** Inputs that the op updates in place; its output is then an alias of the first of them. */
  readonly writes?: readonly number[];
  readonly lower: Lowerings<A>;
}

/** The source of a node's value. */
export type Node =
  | { readonly kind: "input"; readonly name: string; readonly type: TensorType }
  | {
    readonly kind: "variable";
    readonly space: Space;
    readonly name: string | undefined;
    readonly type: TensorType;
  }
  | { readonly kind: "alias"; readonly of: number; readonly stop: boolean; readonly type: TensorType }
  | { readonly kind: "assign"; readonly variable: number; readonly value: number; readonly type: TensorType }
  | {
    readonly kind: "op";
    readonly op: Op<unknown>;
    readonly inputs: readonly number[];
    readonly attrs: unknown;
    readonly type: TensorType;
  };

/** A static computation with known shapes, built once by tracing. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly #names = new Set<string>();
  readonly #variables = new Map<string, Tensor>();

  /** A value that the host writes before a run. */
  input(name: string, shape: readonly number[], dtype: DType = "f32"): Tensor {
    check(!this.#names.has(name), `the graph has two inputs named ${name}`);
    this.#names.add(name);
    return this.#add({ kind: "input", name, type: { shape, dtype } });
  }

  /** A named tensor of a space that outlives the run: a weight, a moment, a gradient. */
  variable(space: Space, name: string): Tensor {
    const key = `${space.name}/${name}`;
    let tensor = this.#variables.get(key);
    if (!tensor) {
      tensor = this.#add({ kind: "variable", space, name, type: space.layout.entry(name).type });
      this.#variables.set(key, tensor);
    }
    return tensor;
  }

  /** A whole space as one flat vector, padding included. */
  whole(space: Space): Tensor {
    return this.#add({
      kind: "variable",
      space,
      name: undefined,
      type: { shape: [space.layout.words], dtype: "f32" },
    });
  }

  /** The same values under another shape of the same size. */
  reshape(x: Tensor, shape: readonly number[]): Tensor {
    check(sizeOf(shape) === sizeOf(x.shape), `cannot reshape ${describe(x)} to [${shape}]`);
    return this.#add({ kind: "alias", of: x.id, stop: false, type: { shape, dtype: x.dtype } });
  }

  /** The same values, seen by gradients as a constant. */
  stopGradient(x: Tensor): Tensor {
    return this.#add({ kind: "alias", of: x.id, stop: true, type: { shape: x.shape, dtype: x.dtype } });
  }

  /** Stores a value in a variable at this point of the run. */
  assign(variable: Tensor, value: Tensor): void {
    check(this.nodes[variable.id].kind === "variable", "only a variable can be assigned to");
    check(
      variable.dtype === value.dtype && sizeOf(variable.shape) === sizeOf(value.shape),
      `cannot assign ${describe(value)} to ${describe(variable)}`,
    );
    this.#add({ kind: "assign", variable: variable.id, value: value.id, type: variable });
  }

  /** Adds one operation. */
  apply<A>(op: Op<A>, inputs: readonly Tensor[], attrs: A): Tensor {
    for (const input of inputs) check(input.graph === this, `${op.name}: an input belongs to another graph`);
    const type = op.infer(inputs, attrs);
    return this.#add({ kind: "op", op: op as Op<unknown>, inputs: inputs.map((t) => t.id), attrs, type });
  }

  /** Handle of a node. */
  tensor(id: number): Tensor {
    const { shape, dtype } = this.nodes[id].type;
    return { graph: this, id, shape, dtype };
  }

  #add(node: Node): Tensor {
    this.nodes.push(node);
    return this.tensor(this.nodes.length - 1);
  }
}
