/**
 * Reverse-mode differentiation: walks the graph backwards and adds the nodes of the gradients.
 *
 * @module
 */
import * as functions from "./functions.ts";
import type { Graph, RuleFunctions, Tensor } from "./graph.ts";
import { map } from "../ops/elementwise/map.ts";
import { check } from "./types.ts";

/** Options of {@linkcode gradients}. */
export interface GradientsOptions {
  /** Tensors to differentiate with respect to. */
  readonly wrt: readonly Tensor[];
  /** Gradient of a scalar with respect to `of`. Default: ones, for a scalar `of`. */
  readonly upstream?: Tensor;
}

/**
 * Gradients of `of` (contracted with `upstream`) for each tensor of `wrt`. Throws `ShapeError` where a tensor does not
 * depend on `wrt`.
 *
 * @example
 * ```ts
 * import { Graph } from "./graph.ts";
 * import { square, sum } from "./functions.ts";
 * import { gradients } from "./gradients.ts";
 * const graph = new Graph();
 * const x = graph.input("x", [3]);
 * const [dx] = gradients(sum(square(x)), { wrt: [x] }); // 2 x
 * console.assert(dx.shape[0] === 3);
 * ```
 */
export function gradients(of: Tensor, options: GradientsOptions): Tensor[] {
  const { graph } = of;
  const { wrt, upstream = ones(of) } = options;
  const depends = dependents(graph, wrt);
  const collected = new Map<number, Tensor>([[of.id, upstream]]);
  for (let id = of.id; id >= 0; id--) {
    const gradient = collected.get(id);
    if (!gradient || !depends[id]) continue;
    for (const [input, part] of inputGradients(graph, { id, gradient, depends })) {
      const before = collected.get(input);
      collected.set(input, before ? functions.add(before, part) : part);
    }
  }
  return wrt.map((tensor) => {
    const gradient = collected.get(tensor.id);
    check(gradient !== undefined, `the result does not depend on tensor ${tensor.id}`);
    return functions.fit(gradient, tensor);
  });
}

function ones(of: Tensor): Tensor {
  check(of.shape.every((n) => n === 1), "only a scalar has a gradient without an upstream one");
  return of.graph.apply(map, [of], { program: [{ op: "constant", a: 0, b: 0, c: 1 }], shape: of.shape });
}

/** For each node, true if it depends on one of the tensors. */
function dependents(graph: Graph, wrt: readonly Tensor[]): boolean[] {
  const depends = graph.nodes.map(() => false);
  for (const tensor of wrt) depends[tensor.id] = true;
  graph.nodes.forEach((node, id) => {
    if (node.kind === "alias") depends[id] ||= !node.stop && depends[node.of];
    if (node.kind === "op") depends[id] ||= node.inputs.some((input) => depends[input]);
  });
  return depends;
}

/** The functions that rules receive. */
const RULE_FUNCTIONS: RuleFunctions = functions;

function inputGradients(
  graph: Graph,
  { id, gradient, depends }: { id: number; gradient: Tensor; depends: readonly boolean[] },
): [number, Tensor][] {
  const node = graph.nodes[id];
  if (node.kind === "alias") {
    return node.stop ? [] : [[node.of, graph.reshape(gradient, graph.tensor(node.of).shape)]];
  }
  if (node.kind !== "op") return [];
  const traced = {
    attrs: node.attrs,
    inputs: node.inputs.map((input) => graph.tensor(input)),
    output: graph.tensor(id),
    needs: node.inputs.map((input) => depends[input]),
  };
  const typed = node.type.dtype === "c64" ? functions.toComplex(gradient) : gradient;
  const parts = node.op.gradient(traced, typed, RULE_FUNCTIONS);
  return node.inputs.flatMap((input, k): [number, Tensor][] => {
    const part = parts[k];
    return part && depends[input] ? [[input, part]] : [];
  });
}
