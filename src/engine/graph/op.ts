/**
 * What an operation is: one record that says its shape, its gradient, what it means in float64, what it costs,
 * and how each device computes it.
 *
 * @module
 */
import type { GpuCall, WasmCall } from "../devices/calls.ts";
import type { DeviceLimits, Slice } from "../devices/device.ts";
import type { Functions } from "./functions.ts";
import type { Tensor } from "./graph.ts";
import type { TensorType } from "./types.ts";

/** Types and attributes of one node. */
export interface NodeTypes<A> {
  readonly attrs: A;
  readonly inputs: readonly TensorType[];
  readonly output: TensorType;
}

/** A node placed in device memory, as its lowering sees it. */
export interface Placed<A> extends NodeTypes<A> {
  readonly in: readonly Slice[];
  readonly out: Slice;
  /** Work space for the duration of the node; empty unless `scratchBytes` asks. */
  readonly scratch: Slice;
  /** Holds what calls marked `pack` make of the weights; kept between runs while the weights stay. */
  readonly packed: Slice;
  readonly limits: DeviceLimits;
}

/** A node as its gradient rule sees it. */
export interface Traced<A> {
  readonly attrs: A;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** Which inputs need a gradient. */
  readonly needs: readonly boolean[];
}

/** The devices with compiled kernels. */
export type KernelDevice = "wasm" | "webgpu";

/** A kernel call, marked where it only rearranges weights and may be kept between runs. */
export type Packable<Call> = Call & { readonly pack?: boolean };

/** How one device computes a node. */
export interface KernelLowering<A, Call> {
  /** Bytes of work space during the node. Default 0. */
  scratchBytes?(node: NodeTypes<A>, limits: DeviceLimits): number;
  /** Bytes for rearranged weights. Default 0. */
  packedBytes?(node: NodeTypes<A>, limits: DeviceLimits): number;
  /** Name of the algorithm taken for these sizes, for the plan. Default: the names of the kernels. */
  algorithm?(node: NodeTypes<A>, limits: DeviceLimits): string;
  calls(node: Placed<A>): readonly Packable<Call>[];
}

/** One operation. Complex gradients are dL/dRe + i dL/dIm. */
export interface Op<A> {
  readonly name: string;
  /** Shape rule; throws `ShapeError` with what was expected. */
  infer(inputs: readonly TensorType[], attrs: A): TensorType;
  /** Gradients for the inputs, built with the functions `f`; undefined where there is none. */
  gradient(node: Traced<A>, upstream: Tensor, f: Functions): readonly (Tensor | undefined)[];
  /** Plain float64 meaning, the oracle of the tests. `output` arrives zeroed. */
  reference(inputs: readonly Float64Array[], output: Float64Array, node: NodeTypes<A>): void;
  /** Floating-point operations; memory traffic follows from the types. */
  flops(node: NodeTypes<A>): number;
  /** Inputs that the op updates in place; its output is then an alias of the first of them. */
  readonly writes?: readonly number[];
  readonly lower: {
    readonly wasm: KernelLowering<A, WasmCall>;
    readonly webgpu: KernelLowering<A, GpuCall>;
  };
}
