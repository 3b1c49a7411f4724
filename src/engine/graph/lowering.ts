/**
 * Lowering: the calls by which a device computes a node, and the memory that they need.
 *
 * @module
 */
import type { GpuCall, WasmCall } from "../devices/calls.ts";
import type { DeviceLimits, Slice } from "../devices/device.ts";
import type { TensorType } from "./types.ts";

/** Types and attributes of one node. */
export interface NodeTypes<A> {
  readonly attrs: A;
  readonly inputs: readonly TensorType[];
  readonly output: TensorType;
}

/** Memory of one node. */
export interface Operands {
  readonly in: readonly Slice[];
  readonly out: Slice;
  /** Work space for the duration of the node, of `scratchBytes`. */
  readonly scratch: Slice;
  /** Holds what calls marked `pack` make of the weights; kept between runs while the weights stay. */
  readonly packed: Slice;
}

/** A kernel call, marked where it only rearranges weights and may be kept between runs. */
export type Packable<Call> = Call & { readonly pack?: boolean };

/** The plan of one node on one device. */
export interface Lowered<Call> {
  /** Name of the algorithm chosen for these sizes. Default: the names of the kernels. */
  readonly algorithm?: string;
  /** Bytes of work space during the node. Default 0. */
  readonly scratchBytes?: number;
  /** Bytes of rearranged weights. Default 0. */
  readonly packedBytes?: number;
  /** The calls, once memory is assigned. */
  calls(operands: Operands): readonly Packable<Call>[];
}

/** Plans a node for one device. */
export type Lower<A, Call> = (node: NodeTypes<A>, limits: DeviceLimits) => Lowered<Call>;

/** Plans a node for the CPU. */
export type LowerWasm<A> = Lower<A, WasmCall>;

/** Plans a node for the GPU. */
export type LowerWebgpu<A> = Lower<A, GpuCall>;

/** Plans of one operation for every device with kernels. A missing device does not compile. */
export interface Lowerings<A> {
  readonly wasm: LowerWasm<A>;
  readonly webgpu: LowerWebgpu<A>;
}
