/**
 * The graph: a list of nodes in the order in which they were traced, which is the order in which they run.
 *
 * @module
 */
import type { Op } from "./op.ts";
import { check, describe, type DType, sizeOf, type TensorType } from "./types.ts";
import type { Layout, Space } from "../plan/space.ts";

/** Handle of a value in a graph. */
export interface Tensor extends TensorType {
  readonly graph: Graph;
  readonly id: number;
}

/** Where a node's value comes from. */
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

export type { Layout, Space };
