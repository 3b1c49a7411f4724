/**
 * How the kernels of each device are called. An op's lowering returns lists of these.
 *
 * @module
 */
import type { Slice } from "./device.ts";
import type { ShaderName } from "./webgpu/shaders.ts";
import type { WasmKernelName } from "./wasm/kernels.ts";

/**
 * One call of a C kernel `void name(const NameArgs *args, int thread, int threads)`. The argument struct is the
 * concatenation, in 32-bit words, of the buffers' addresses, the integers and the floats.
 */
export interface WasmCall {
  readonly kernel: WasmKernelName;
  readonly buffers: readonly Slice[];
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
}

/** One dispatch of a WGSL entry point. Bindings: group 0, `buffers` at 0..; group 1, the uniform words if any. */
export interface GpuCall {
  /** Files of `kernels/` whose text is joined, in order. */
  readonly shaders: readonly ShaderName[];
  readonly entry: string;
  /** Pipeline-overridable constants. */
  readonly constants?: Readonly<Record<string, number>>;
  readonly buffers: readonly Slice[];
  /** Uniform words: 32-bit integers, then float32 values. */
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
  readonly workgroups: readonly [number, number, number];
}

/** One call of an op's float64 reference. */
export interface ReferenceCall {
  readonly inputs: readonly Slice[];
  readonly output: Slice;
  run(inputs: readonly Float64Array[], output: Float64Array): void;
}
