/**
 * Placement: decides which bytes hold each value of a graph while it runs.
 *
 * @module
 */
import type { DeviceLimits } from "../devices/device.ts";
import { type OpNode, rootOf, spaceWrites } from "./fuse.ts";
import type { Node } from "../graph/graph.ts";
import { type Block, type MemoryPlan, planMemory } from "./memory.ts";
import type { Lowered, NodeTypes } from "../graph/lowering.ts";
import type { Space } from "../graph/space.ts";
import { bytesOf, check, describe } from "../graph/types.ts";

/** The place of a value: in an arena, or in a space that outlives the run. */
export type Home = { readonly block: number } | { readonly space: Space; readonly name: string | undefined };

/** One thing that runs: an operation, or the copy that an assignment needs. */
export interface Step<Call> {
  readonly id: number;
  readonly node: OpNode;
  readonly types: NodeTypes<unknown>;
  readonly lowered: Lowered<Call>;
  readonly output: Home;
  readonly scratch: number | undefined;
  readonly packed: number | undefined;
  /** The rearranged weights can be kept between runs. */
  readonly keepsPacked: boolean;
}

/** Everything placed. */
export interface Placement<Call> {
  readonly steps: readonly Step<Call>[];
  readonly memory: MemoryPlan;
  readonly blocks: readonly Block[];
  homeOf(id: number): Home;
}

/** Options of {@linkcode place}. */
export interface PlacementOptions<Call> {
  readonly outputs: readonly number[];
  readonly live: readonly boolean[];
  readonly limits: DeviceLimits;
  /** Plans a node; called once for each that runs. */
  readonly lower: (node: OpNode, types: NodeTypes<unknown>) => Lowered<Call>;
  /** The operation that copies a value, for assignments of what already has a home. */
  readonly copy: (value: number) => OpNode;
}

/** Assigns homes and plans the arenas. */
export function place<Call>(nodes: readonly Node[], options: PlacementOptions<Call>): Placement<Call> {
  const { live, limits } = options;
  const direct = directAssignments(nodes, live);
  const owner = (id: number): number => {
    const root = rootOf(nodes, id);
    const node = nodes[root];
    return node.kind === "op" && node.op.writes ? owner(node.inputs[node.op.writes[0]]) : root;
  };
  const lastUse = lastUses(nodes, { ...options, owner });
  const written = spaceWrites(nodes);
  const blocks: Block[] = [];
  const addBlock = (block: Block) => {
    check(
      block.bytes <= limits.maxSliceBytes,
      `a value of ${block.bytes} bytes is larger than one kernel may bind (${limits.maxSliceBytes}): use a smaller batch`,
    );
    return blocks.push(block) - 1;
  };
  const homes = new Map<number, Home>();
  const steps: Step<Call>[] = [];
  nodes.forEach((node, id) => {
    if (!live[id]) return;
    if (node.kind === "input") {
      homes.set(id, { block: addBlock({ bytes: bytesOf(node.type), from: -1, to: Infinity }) });
    }
    if (node.kind === "variable") homes.set(id, { space: node.space, name: node.name });
    if (node.kind === "assign" && !direct.has(owner(node.value))) {
      const target = nodes[node.variable];
      check(target.kind === "variable", "only a variable can be assigned to");
      steps.push(stepOf(options.copy(node.value), id, { space: target.space, name: target.name }));
    }
    if (node.kind !== "op") return;
    if (!node.op.writes) {
      const to = lastUse.get(id) ?? id;
      homes.set(id, direct.get(id) ?? { block: addBlock({ bytes: bytesOf(node.type), from: id, to }) });
    }
    steps.push(stepOf(node, id, homeOf(id)));
  });
  return { steps, blocks, memory: planMemory(blocks, limits.maxBufferBytes), homeOf };

  function homeOf(id: number): Home {
    const home = homes.get(owner(id));
    check(home !== undefined, `node ${id} (${describe(nodes[id].type)}) is never computed`);
    return home;
  }

  function stepOf(node: OpNode, id: number, output: Home): Step<Call> {
    const types = { attrs: node.attrs, inputs: node.inputs.map((k) => nodes[k].type), output: node.type };
    const lowered = options.lower(node, types);
    const { scratchBytes = 0, packedBytes = 0 } = lowered;
    const weights = packedBytes ? nodes[rootOf(nodes, node.inputs[1])] : undefined;
    const keepsPacked = weights?.kind === "variable" && !written.has(weights.space.name);
    const forever = { from: -1, to: Infinity };
    const now = { from: id, to: id };
    return {
      id,
      node,
      types,
      lowered,
      output,
      scratch: scratchBytes ? addBlock({ bytes: scratchBytes, ...now }) : undefined,
      packed: packedBytes ? addBlock({ bytes: packedBytes, ...(keepsPacked ? forever : now) }) : undefined,
      keepsPacked,
    };
  }
}

/** Values that can be computed straight into the variable that they are assigned to. */
function directAssignments(nodes: readonly Node[], live: readonly boolean[]): Map<number, Home> {
  const direct = new Map<number, Home>();
  const assigned = new Set<number>();
  nodes.forEach((node, id) => {
    if (node.kind !== "assign") return;
    const value = rootOf(nodes, node.value);
    const [source, target] = [nodes[value], nodes[node.variable]];
    const once = !assigned.has(node.variable);
    assigned.add(node.variable);
    if (
      target.kind !== "variable" || source.kind !== "op" || source.op.writes || direct.has(value) || !once
    ) return;
    const readBetween = nodes.slice(value, id).some((other, k) =>
      live[value + k] && other.kind === "op" &&
      other.inputs.some((input) => {
        const root = nodes[rootOf(nodes, input)];
        return root.kind === "variable" && root.space.name === target.space.name &&
          (root.name ?? target.name) === target.name;
      })
    );
    if (!readBetween) direct.set(value, { space: target.space, name: target.name });
  });
  return direct;
}

/** The last step that reads each owned value; outputs are read after the end. */
function lastUses(
  nodes: readonly Node[],
  { live, outputs, owner }: Pick<PlacementOptions<unknown>, "live" | "outputs"> & {
    owner(id: number): number;
  },
): Map<number, number> {
  const last = new Map<number, number>();
  nodes.forEach((node, id) => {
    if (!live[id]) return;
    if (node.kind === "op") { for (const input of node.inputs) last.set(owner(input), id); }
    if (node.kind === "assign") last.set(owner(node.value), id);
  });
  for (const id of outputs) last.set(owner(id), Infinity);
  return last;
}
