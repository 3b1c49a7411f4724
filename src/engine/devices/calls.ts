/**
 * The calls of the kernels of each device. Lowering an operation returns lists of these.
 *
 * @module
 */
import type { Slice } from "./device.ts";
import type { CArgs, CStruct } from "./wasm/c_struct.ts";

/** One call of a C kernel `void name(const NameArgs *args, int thread, int threads)`. */
export interface WasmCall {
  /** Name of the kernel. */
  readonly kernel: string;
  /** Its argument struct. */
  readonly struct: CStruct;
  /** Arguments by the names of the struct's fields. */
  readonly args: CArgs;
}

/** The text of one file of `kernels/`. */
export interface Shader {
  /** Path in `kernels/` without the ending: `conv/conv3x3`. */
  readonly name: string;
  readonly code: string;
}

/** Uniform parameters by the names of the fields of the kernel's `struct Params`; arrays are flat. */
export type GpuParams = Readonly<Record<string, number | readonly number[]>>;

/** One dispatch of a WGSL entry point. Bindings: group 0, `buffers` at 0..; group 1, the parameters. */
export interface GpuCall {
  /** Files whose text is joined, in order. One of them declares `struct Params`. */
  readonly shaders: readonly Shader[];
  readonly entry: string;
  /** Pipeline-overridable constants. */
  readonly constants?: Readonly<Record<string, number>>;
  readonly buffers: readonly Slice[];
  readonly params: GpuParams;
  readonly workgroups: readonly [number, number, number];
}

/** One call of an operation's float64 reference. */
export interface ReferenceCall {
  readonly inputs: readonly Slice[];
  readonly output: Slice;
  run(inputs: readonly Float64Array[], output: Float64Array): void;
}
