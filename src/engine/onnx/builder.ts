/**
 * Nodes and constants of an ONNX graph, with names that are made up.
 *
 * @module
 */
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "../../formats/mod.ts";

/** Names of a value's real and imaginary part: ONNX has no complex numbers. */
export interface OnnxValue {
  readonly re: string;
  /** Undefined for real values. */
  readonly im?: string;
}

/** Collects the nodes of a graph. */
export class OnnxBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  readonly #scalars = new Map<number, string>();

  /** Adds a node of one output and returns its name. */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string {
    const name = `${type.toLowerCase()}_${this.nodes.length}`;
    this.nodes.push({ type, inputs, outputs: [name], attributes });
    return name;
  }

  /** Adds a constant and returns its name. */
  constant(shape: readonly number[], data: Float32Array | BigInt64Array, name?: string): string {
    const known = name ?? `constant_${this.constants.length}`;
    this.constants.push({ name: known, shape, data });
    return known;
  }

  /** A number that broadcasts. */
  scalar(value: number): string {
    let name = this.#scalars.get(value);
    if (name === undefined) {
      name = this.constant([], Float32Array.of(value));
      this.#scalars.set(value, name);
    }
    return name;
  }

  /** Whole numbers, as shapes and axes are. */
  integers(values: readonly number[]): string {
    return this.constant([values.length], BigInt64Array.from(values, BigInt));
  }
}
