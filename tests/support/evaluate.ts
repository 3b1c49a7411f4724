/**
 * A graph computed node by node in float64, without planning: what finite differences need.
 */
import type { Graph } from "../../src/engine/graph/graph.ts";
import { wordsOf } from "../../src/engine/graph/types.ts";

/** Values of all nodes for given inputs. */
export function evaluate(graph: Graph, inputs: ReadonlyMap<string, Float64Array>): Float64Array[] {
  const values: Float64Array[] = [];
  for (const node of graph.nodes) {
    if (node.kind === "input") values.push(inputs.get(node.name) ?? new Float64Array(wordsOf(node.type)));
    else if (node.kind === "alias") values.push(values[node.of]);
    else if (node.kind === "op") {
      const types = {
        attrs: node.attrs,
        inputs: node.inputs.map((id) => graph.nodes[id].type),
        output: node.type,
      };
      const output = new Float64Array(wordsOf(node.type));
      node.op.reference(node.inputs.map((id) => values[id]), output, types);
      values.push(output);
    } else throw new Error(`a graph with a ${node.kind} cannot be evaluated by itself`);
  }
  return values;
}
