/**
 * Fusion: elementwise chains become one program, activations join their convolution, elementwise programs join the
 * reduction that follows. A producer is merged only where nothing else reads it, so no value is computed twice.
 *
 * @module
 */
import type { Node, Op } from "../graph/graph.ts";
import { conv2d } from "../ops/conv/conv2d.ts";
import { ACTIVATIONS, type Conv2dAttrs } from "../ops/conv/conv2d_attributes.ts";
import { map } from "../ops/elementwise/map.ts";
import {
  MAP_MAX_INPUTS,
  MAP_MAX_INSTRUCTIONS,
  type MapAttrs,
  type MapInstruction,
} from "../ops/elementwise/map_program.ts";
import { reduce } from "../ops/reduce/reduce.ts";
import type { ReduceAttrs } from "../ops/reduce/reduce_attributes.ts";

/** A node that runs. */
export type OpNode = Extract<Node, { kind: "op" }>;

/** The nodes that must run, and the number of reads of each value. */
export interface Uses {
  readonly live: boolean[];
  readonly count: number[];
}

/** Finds the nodes that outputs, assignments and in-place updates need. */
export function usesOf(nodes: readonly Node[], outputs: readonly number[]): Uses {
  const live = nodes.map((node) =>
    node.kind === "assign" || (node.kind === "op" && node.op.writes !== undefined)
  );
  const count = nodes.map(() => 0);
  for (const id of outputs) {
    live[id] = true;
    count[id]++;
  }
  for (let id = nodes.length - 1; id >= 0; id--) {
    if (!live[id]) continue;
    for (const input of readBy(nodes[id])) {
      live[input] = true;
      count[input]++;
    }
  }
  return { live, count };
}

/** The nodes that a node reads. */
function readBy(node: Node): readonly number[] {
  switch (node.kind) {
    case "op":
      return node.inputs;
    case "alias":
      return [node.of];
    case "assign":
      return [node.value, node.variable];
    default:
      return [];
  }
}

/** Follows aliases to the node whose memory they show. */
export function rootOf(nodes: readonly Node[], id: number): number {
  let node = nodes[id];
  while (node.kind === "alias") {
    id = node.of;
    node = nodes[id];
  }
  return id;
}

/** Returns the nodes with chains merged; a merged producer stays in the list and is no longer live. */
export function fuse(graphNodes: readonly Node[], outputs: readonly number[]): Node[] {
  const nodes = [...graphNodes];
  const { live, count } = usesOf(nodes, outputs);
  const writes = spaceWrites(nodes);
  const changes = (id: number, { from, to }: { from: number; to: number }) => {
    const root = nodes[rootOf(nodes, id)];
    return root.kind === "variable" &&
      (writes.get(root.space.name) ?? []).some((at) => at > from && at <= to);
  };
  const single = (id: number) => count[id] === 1;
  nodes.forEach((node, id) => {
    if (!live[id] || node.kind !== "op") return;
    let current = withActivation(nodes, node, single) ?? node;
    for (
      let merged: OpNode | undefined = current;
      merged;
      merged = mergeOne(nodes, current, { single, changes, id })
    ) {
      current = merged;
    }
    nodes[id] = current;
  });
  return nodes;
}

/** Returns positions in a program at which each space is changed, by name. */
export function spaceWrites(nodes: readonly Node[]): Map<string, number[]> {
  const writes = new Map<string, number[]>();
  for (const [id, node] of nodes.entries()) {
    const targets = node.kind === "assign"
      ? [node.variable]
      : node.kind === "op"
      ? (node.op.writes ?? []).map((k) => node.inputs[k])
      : [];
    for (const target of targets) {
      const root = nodes[rootOf(nodes, target)];
      if (root.kind !== "variable") continue;
      writes.set(root.space.name, [...writes.get(root.space.name) ?? [], id]);
    }
  }
  return writes;
}

function isOp<A>(node: Node, op: Op<A>): node is OpNode & { attrs: A } {
  return node.kind === "op" && node.op === op as Op<unknown>;
}

function withActivation(
  nodes: readonly Node[],
  node: OpNode,
  single: (id: number) => boolean,
): OpNode | undefined {
  if (!isOp(node, map) || node.attrs.program.length !== 1) return undefined;
  const activation = ACTIVATIONS.find((name) => name === node.attrs.program[0].op);
  const producer = nodes[node.inputs[0]];
  if (!activation || !single(node.inputs[0]) || !isOp(producer, conv2d)) return undefined;
  if (producer.attrs.activation !== "none") return undefined;
  const attrs: Conv2dAttrs = { activation };
  return { ...producer, attrs };
}

interface MergeRules {
  /** The consumer's place in the program. */
  readonly id: number;
  single(id: number): boolean;
  /** Returns true if a value changes between two places in the program. */
  changes(id: number, range: { from: number; to: number }): boolean;
}

/** Merges the first mergeable producer of a map or reduction into it. */
function mergeOne(nodes: readonly Node[], node: OpNode, rules: MergeRules): OpNode | undefined {
  if (!isOp(node, map) && !isOp(node, reduce)) return undefined;
  const attrs: MapAttrs | ReduceAttrs = node.attrs;
  for (const [position, id] of node.inputs.entries()) {
    const producer = nodes[id];
    if (!rules.single(id) || !isOp(producer, map)) continue;
    if (producer.inputs.some((input) => rules.changes(input, { from: id, to: rules.id }))) continue;
    if (String(producer.attrs.shape) !== String(attrs.shape)) continue;
    const merged = mergePrograms(node, { position, producer });
    if (merged.inputs.length > MAP_MAX_INPUTS || merged.program.length > MAP_MAX_INSTRUCTIONS) continue;
    return { ...node, inputs: merged.inputs, attrs: { ...attrs, program: merged.program } };
  }
  return undefined;
}

/** One program that computes the producer's result and feeds it to the consumer in place of the input. */
function mergePrograms(
  consumer: OpNode & { attrs: MapAttrs },
  { position, producer }: { position: number; producer: OpNode & { attrs: MapAttrs } },
): { inputs: number[]; program: MapInstruction[] } {
  const kept = consumer.inputs.filter((_, k) => k !== position);
  const inputs = [...new Set([...kept, ...producer.inputs])];
  const first = producer.attrs.program;
  const result = inputs.length + first.length - 1;
  const shift = (instructions: readonly MapInstruction[], register: (r: number) => number) =>
    instructions.map(({ op, a, b, c }) => ({ op, a: register(a), b: register(b), c }));
  const inProducer = (r: number) =>
    r < producer.inputs.length
      ? inputs.indexOf(producer.inputs[r])
      : r - producer.inputs.length + inputs.length;
  const inConsumer = (r: number) => {
    if (r === position) return result;
    if (r < consumer.inputs.length) return inputs.indexOf(consumer.inputs[r]);
    return r - consumer.inputs.length + result + 1;
  };
  return { inputs, program: [...shift(first, inProducer), ...shift(consumer.attrs.program, inConsumer)] };
}
