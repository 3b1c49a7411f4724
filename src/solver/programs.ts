/**
 * The programs of a solver on a device: traced first, so that the state is laid out as a whole, then compiled over it.
 *
 * @module
 */
import {
  type AnyDevice,
  compile,
  DeviceError,
  type Layout,
  type Program,
  Storage,
  usesOf,
} from "../engine/mod.ts";

import type { Outputs } from "./rules/rule.ts";
import { type Sizes, stateLayout, Trace } from "./model/trace.ts";

/** A program with the inputs that it reads. */
export interface SolverProgram {
  readonly program: Program;
  /** Names of the inputs to write before a run. */
  readonly inputs: ReadonlySet<string>;
  readonly outputs: readonly string[];
}

/** Something to trace. */
export type Tracer = (t: Trace) => Outputs | void;

/** Programs by name over one state. Dispose of it to give the memory back. */
export class Programs {
  private constructor(
    private readonly device: AnyDevice,
    private readonly storage: Storage,
    private readonly programs: ReadonlyMap<string, SolverProgram>,
  ) {}

  /** Traces and compiles. Throws `DeviceError` or `ShapeError` where the device has no room. */
  static async create(
    device: AnyDevice,
    { sizes, tracers }: { sizes: Sizes; tracers: ReadonlyMap<string, Tracer> },
  ): Promise<Programs> {
    const { layout, traced } = traceAll(sizes, tracers);
    checkMemory(4 * layout.words, device);
    const storage = new Storage(device, { name: "state", layout });
    const programs = new Map<string, SolverProgram>();
    try {
      for (const [name, { trace, outputs }] of traced) {
        const program = await compile(device, { graph: trace.graph, outputs, storages: [storage] });
        programs.set(name, { program, inputs: liveInputs(trace, outputs), outputs: Object.keys(outputs) });
      }
    } catch (error) {
      for (const { program } of programs.values()) program[Symbol.dispose]();
      storage[Symbol.dispose]();
      throw error;
    }
    return new Programs(device, storage, programs);
  }

  /** Returns true if a program of that name exists. */
  has(name: string): boolean {
    return this.programs.has(name);
  }

  /** The program of that name. */
  get(name: string): SolverProgram {
    const program = this.programs.get(name);
    if (!program) throw new RangeError(`there is no program ${name}`);
    return program;
  }

  /** Bytes of the state and of all intermediate values. */
  get bytes(): number {
    const arenas = [...this.programs.values()].reduce((sum, { program }) => sum + program.arenaBytes, 0);
    return this.storage.buffer.bytes + arenas;
  }

  /** Bytes that one run of a program reads and writes. */
  traffic(name: string): number {
    return this.get(name).program.plan.reduce((sum, row) => sum + row.bytes, 0);
  }

  /** Copies a tensor of the state out. */
  read(name: string): Promise<Float32Array> {
    return this.device.read(this.storage.slice(name));
  }

  /** Sets a tensor of the state. */
  write(name: string, values: Float32Array): void {
    this.storage.write(name, values);
  }

  [Symbol.dispose](): void {
    for (const { program } of this.programs.values()) program[Symbol.dispose]();
    this.storage[Symbol.dispose]();
  }
}

function traceAll(sizes: Sizes, tracers: ReadonlyMap<string, Tracer>) {
  const layout: Layout = stateLayout(sizes);
  const traced = new Map<string, { trace: Trace; outputs: Outputs }>();
  for (const [name, tracer] of tracers) {
    const trace = new Trace(sizes, layout);
    traced.set(name, { outputs: tracer(trace) ?? {}, trace });
  }
  return { layout, traced };
}

function checkMemory(bytes: number, { info: { name, limits } }: AnyDevice): void {
  if (bytes <= limits.maxBufferBytes) return;
  const megabytes = (n: number) => `${Math.round(n / 1e6)} MB`;
  throw new DeviceError(
    `the state of the reconstruction takes ${megabytes(bytes)}, and a buffer of ${name} holds ` +
      `${
        megabytes(limits.maxBufferBytes)
      }: use fewer patterns or modes, or an algorithm that keeps no exit waves ` +
      "(LSQML, rPIE, ePIE, ADAM)",
  );
}

function liveInputs({ graph, inputs }: Trace, outputs: Outputs): Set<string> {
  const { live } = usesOf(graph.nodes, Object.values(outputs).map(({ id }) => id));
  const alive = graph.nodes.flatMap((node, id) => node.kind === "input" && live[id] ? [node.name] : []);
  return new Set(inputs.filter((name) => alive.includes(name)));
}
