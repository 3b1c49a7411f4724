/**
 * A program: a graph fused, placed in memory and prepared on one device, to be run many times.
 *
 * @module
 */
import type { AnyDevice } from "../devices/any.ts";
import type { GpuCall, ReferenceCall, WasmCall } from "../devices/calls.ts";
import type { Device, DeviceBuffer, DeviceLimits, Prepared, Slice } from "../devices/device.ts";
import { fuse, type OpNode, usesOf } from "./fuse.ts";
import type { Graph, Node, Tensor } from "../graph/graph.ts";
import type { Lowered, NodeTypes, Packable } from "../graph/lowering.ts";
import { map } from "../ops/elementwise/map.ts";
import type { MapAttrs } from "../ops/elementwise/map_program.ts";
import { type Home, place, type Placement, type Step } from "./placement.ts";
import type { Storage } from "./storage.ts";
import { bytesOf, check, describe } from "../graph/types.ts";

/** Options of {@linkcode compile}. */
export interface CompileOptions {
  readonly graph: Graph;
  /** Values that can be read after a run. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Memory of the spaces that the graph uses. */
  readonly storages?: readonly Storage[];
  /** Makes {@linkcode Program.time} possible: every operation is prepared by itself as well. Default false. */
  readonly timed?: boolean;
}

/** One line of a plan. */
export interface PlanRow {
  readonly op: string;
  readonly output: string;
  /** The algorithm where the device has a choice, else its kernels. */
  readonly algorithm: string;
  /** Arithmetic of the plain definition, whatever the algorithm. */
  readonly flops: number;
  /** Bytes read and written if every value is touched once. */
  readonly bytes: number;
  readonly kernels: readonly string[];
}

/** Plans nodes for one device, and names their calls. */
interface Lowerer<Call> {
  lower(node: OpNode, types: NodeTypes<unknown>, limits: DeviceLimits): Lowered<Call>;
  label(call: Call): string;
}

const WASM: Lowerer<WasmCall> = {
  lower: ({ op }, types, limits) => op.lower.wasm(types, limits),
  label: (call) => call.kernel,
};

const WEBGPU: Lowerer<GpuCall> = {
  lower: ({ op }, types, limits) => op.lower.webgpu(types, limits),
  label: (call) => call.entry,
};

const REFERENCE: Lowerer<ReferenceCall> = {
  lower: ({ op }, types) => ({
    calls: ({ in: inputs, out }) => [{
      inputs,
      output: out,
      run(values, output) {
        if (!op.writes) output.fill(0);
        op.reference(values, output, types);
      },
    }],
  }),
  label: () => "reference",
};

/** Narrows the device union by `info.kind`. */
function isKind<Call>(device: AnyDevice, kind: string): device is Device<Call> & AnyDevice {
  return device.info.kind === kind;
}

/** Fuses, places and prepares a graph. Throws `ShapeError` or `DeviceError`. */
export function compile(device: AnyDevice, options: CompileOptions): Promise<Program> {
  if (isKind<WasmCall>(device, "wasm")) return build(device, WASM, options);
  if (isKind<GpuCall>(device, "webgpu")) return build(device, WEBGPU, options);
  return build(device, REFERENCE, options);
}

/**
 * Returns the bytes of intermediate values that a program would take, its {@linkcode Program.arenaBytes}: nothing is
 * allocated or prepared. Throws `ShapeError` as {@linkcode compile} does.
 */
export function arenaBytesOf(
  device: AnyDevice,
  options: Pick<CompileOptions, "graph" | "outputs">,
): number {
  const { limits } = device.info;
  const planned = device.info.kind === "wasm"
    ? plan(WASM, options, limits)
    : device.info.kind === "webgpu"
    ? plan(WEBGPU, options, limits)
    : plan(REFERENCE, options, limits);
  return planned.placement.memory.arenaBytes.reduce((sum, bytes) => sum + bytes, 0);
}

/** A compiled program with its memory. Dispose of it to give the memory back. */
export class Program {
  #stale = true;

  constructor(
    private readonly parts: {
      readonly device: Device;
      readonly inputs: ReadonlyMap<string, Slice>;
      readonly outputs: ReadonlyMap<string, Slice>;
      readonly arenas: readonly DeviceBuffer[];
      readonly packing: Prepared;
      readonly main: Prepared;
      readonly plan: readonly PlanRow[];
      /** Each row of the plan by itself, for programs compiled with `timed`. */
      readonly single: readonly Prepared[];
    },
  ) {}

  /** The operations in their order, with their costs. */
  get plan(): readonly PlanRow[] {
    return this.parts.plan;
  }

  /** Names of the inputs, with the number of float32 values of each. */
  get inputs(): ReadonlyMap<string, number> {
    return new Map([...this.parts.inputs].map(([name, { bytes }]) => [name, bytes / 4]));
  }

  /** Bytes of intermediate values. */
  get arenaBytes(): number {
    return this.parts.arenas.reduce((sum, arena) => sum + arena.bytes, 0);
  }

  /** Sets an input; it keeps its value between runs. */
  write(name: string, values: Float32Array): void {
    const slice = this.#slice(this.parts.inputs, name);
    check(
      4 * values.length === slice.bytes,
      `input ${name} has ${slice.bytes / 4} values, not ${values.length}`,
    );
    this.parts.device.write(slice, values);
  }

  /** Enqueues one run. */
  run(): void {
    if (this.#stale && this.parts.packing.calls > 0) this.parts.device.run(this.parts.packing);
    this.#stale = false;
    this.parts.device.run(this.parts.main);
  }

  /**
   * Runs the operations one after another, `rounds` times (default 5), and returns the median time of each, in
   * milliseconds, in the order of the plan. `queued` runs of an operation (default 1) are waited for together and share
   * the time: a GPU takes longer to answer than to compute. Throws `ShapeError` unless compiled with `timed`.
   */
  async time({ rounds = 5, queued = 1 }: { rounds?: number; queued?: number } = {}): Promise<number[]> {
    const { device, packing, single, plan } = this.parts;
    check(single.length === plan.length, "operations are timed in a program that was compiled with `timed`");
    if (packing.calls > 0) device.run(packing);
    const times: number[][] = plan.map(() => []);
    for (let round = -1; round < rounds; round++) {
      for (const [index, prepared] of single.entries()) {
        const begun = performance.now();
        for (let k = 0; k < queued; k++) device.run(prepared);
        await device.finish();
        if (round >= 0) times[index].push((performance.now() - begun) / queued);
      }
    }
    return times.map((values) => values.sort((a, b) => a - b)[rounds >> 1]);
  }

  /** Resolves when another run may be enqueued without running ahead of the device; for loops that read nothing. */
  ready(): Promise<void> {
    return this.parts.device.ready();
  }

  /** Marks the rearranged weights as outdated: another program or the host has changed the weights. */
  weightsChanged(): void {
    this.#stale = true;
  }

  /** Copies an output of the last run out. */
  read(name: string): Promise<Float32Array> {
    return this.parts.device.read(this.#slice(this.parts.outputs, name));
  }

  [Symbol.dispose](): void {
    this.parts.packing.dispose();
    this.parts.main.dispose();
    for (const prepared of this.parts.single) prepared.dispose();
    for (const arena of this.parts.arenas) this.parts.device.release(arena);
  }

  #slice(of: ReadonlyMap<string, Slice>, name: string): Slice {
    const slice = of.get(name);
    check(slice !== undefined, `there is no ${name}; there are ${[...of.keys()].join(", ")}`);
    return slice;
  }
}

/** A graph fused, and placed in memory that is not allocated yet. */
interface Plan<Call> {
  readonly nodes: readonly Node[];
  readonly live: readonly boolean[];
  readonly placement: Placement<Call>;
}

function plan<Call>(
  lowerer: Lowerer<Call>,
  { graph, outputs }: Pick<CompileOptions, "graph" | "outputs">,
  limits: DeviceLimits,
): Plan<Call> {
  const outputIds = Object.values(outputs).map((tensor) => tensor.id);
  const nodes = fuse(graph.nodes, outputIds);
  const { live } = usesOf(nodes, outputIds);
  const lower = (node: OpNode, types: NodeTypes<unknown>) => lowerer.lower(node, types, limits);
  return { nodes, live, placement: place(nodes, { outputs: outputIds, live, limits, lower, copy }) };

  function copy(value: number): OpNode {
    const { type } = nodes[value];
    const attrs: MapAttrs = { program: [{ op: "scale", a: 0, b: 0, c: 1 }], shape: type.shape };
    return { kind: "op", op: map as OpNode["op"], inputs: [value], attrs, type };
  }
}

async function build<Call>(
  device: Device<Call>,
  lowerer: Lowerer<Call>,
  options: CompileOptions,
): Promise<Program> {
  const { storages = [] } = options;
  const { nodes, live, placement } = plan(lowerer, options, device.info.limits);
  const arenas = placement.memory.arenaBytes.map((bytes, index) => device.allocate(bytes, `arena ${index}`));
  try {
    const sliceOf = slicer({ placement, arenas, storages });
    const steps = placement.steps.map((step) => assignMemory(step, { nodes, sliceOf, lowerer, placement }));
    const packing = steps.flatMap(({ step, calls }) =>
      step.keepsPacked ? calls.filter((call) => call.pack) : []
    );
    const perRun = steps.map(({ step, calls }) =>
      step.keepsPacked ? calls.filter((call) => !call.pack) : calls
    );
    const slices = (ids: Iterable<[string, number]>) =>
      new Map([...ids].map(([name, id]) => [name, sliceOf(placement.homeOf(id), bytesOf(nodes[id].type))]));
    return new Program({
      device,
      arenas,
      inputs: slices(inputIds(nodes, live)),
      outputs: slices(Object.entries(options.outputs).map(([name, tensor]) => [name, tensor.id])),
      packing: await device.prepare(packing),
      main: await device.prepare(perRun.flat()),
      single: options.timed ? await Promise.all(perRun.map((calls) => device.prepare(calls))) : [],
      plan: steps.map(({ row }) => row),
    });
  } catch (error) {
    for (const arena of arenas) device.release(arena);
    throw error;
  }
}

function* inputIds(nodes: readonly Node[], live: readonly boolean[]): Iterable<[string, number]> {
  for (const [id, node] of nodes.entries()) if (node.kind === "input" && live[id]) yield [node.name, id];
}

type SliceOf = (home: Home, bytes: number) => Slice;

function slicer({ placement, arenas, storages }: {
  placement: Placement<unknown>;
  arenas: readonly DeviceBuffer[];
  storages: readonly Storage[];
}): SliceOf {
  return (home, bytes) => {
    if ("block" in home) {
      const { arena, byteOffset } = placement.memory.places[home.block];
      return { buffer: arenas[arena], byteOffset, bytes };
    }
    const storage = storages.find((candidate) => candidate.space.name === home.space.name);
    check(storage !== undefined, `no memory was given for the space ${home.space.name}`);
    return storage.slice(home.name);
  };
}

/** The calls of a step on the memory that it was given, and its row of the plan. */
function assignMemory<Call>(step: Step<Call>, { nodes, sliceOf, lowerer, placement }: {
  nodes: readonly Node[];
  sliceOf: SliceOf;
  lowerer: Lowerer<Call>;
  placement: Placement<Call>;
}): { step: Step<Call>; calls: readonly Packable<Call>[]; row: PlanRow } {
  const { node, types, lowered } = step;
  const out = sliceOf(step.output, bytesOf(node.type));
  const work = (block: number | undefined): Slice =>
    block === undefined ? { ...out, bytes: 0 } : sliceOf({ block }, placement.blocks[block].bytes);
  const calls = lowered.calls({
    in: node.inputs.map((id) => sliceOf(placement.homeOf(id), bytesOf(nodes[id].type))),
    out,
    scratch: work(step.scratch),
    packed: work(step.packed),
  });
  const kernels = calls.map(lowerer.label);
  const row: PlanRow = {
    op: node.op.name,
    output: describe(node.type),
    algorithm: lowered.algorithm ?? [...new Set(kernels)].join(" + "),
    flops: node.op.flops(types),
    bytes: [...types.inputs, node.type].reduce((sum, type) => sum + bytesOf(type), 0),
    kernels,
  };
  return { step, calls, row };
}
