/**
 * The interface of every device: about ten methods over untyped buffers.
 *
 * Ordering contract: `write`, `run` and `read` take effect in the order in which they are called. `write`
 * copies its data before it returns. `run` may return before the work is done. `read` resolves once everything
 * enqueued before it has finished. Nothing else waits, except `finish`.
 *
 * @module
 */

/** The devices there are. `reference` is float64 TypeScript, the oracle of the tests. */
export type DeviceKind = "reference" | "wasm" | "webgpu";

/** A range of device memory. Sizes are in bytes of float32 storage on every device. */
export interface DeviceBuffer {
  readonly bytes: number;
  /** Human-readable purpose, for leak reports. */
  readonly label: string;
}

/** Part of a buffer; offsets are multiples of {@linkcode SLICE_ALIGNMENT}. */
export interface Slice {
  readonly buffer: DeviceBuffer;
  readonly byteOffset: number;
  readonly bytes: number;
}

/** Numbers of outputs, of pixels and of stages in workgroup memory, as measured; see `ops/conv/conv_tiles_webgpu.ts`. */
export type TileChoice = readonly number[];

/** Properties that decide the choice of GPU kernels, beside the sizes. */
export interface GpuTraits {
  /** f16: weights and activations of convolutions are held in 16 bits where they are multiplied, sums in 32. */
  readonly precision: "f32" | "f16";
  /** Tiles that were fastest on this adapter, by the kind of convolution. */
  readonly tiles: ReadonlyMap<string, TileChoice>;
}

/** The strictest storage-buffer offset alignment that WebGPU allows an adapter to ask for, in bytes. */
export const SLICE_ALIGNMENT = 256;

/** Limits that planning respects. */
export interface DeviceLimits {
  /** Threads that share each kernel (1 on a GPU). */
  readonly threads: number;
  /** Largest single buffer, in bytes. */
  readonly maxBufferBytes: number;
  /** Largest slice that one kernel may be given, in bytes. */
  readonly maxSliceBytes: number;
  /** Of a GPU alone. */
  readonly gpu?: GpuTraits;
}

/** Description of a device, for `doctor`, logs and run summaries. */
export interface DeviceInfo {
  readonly kind: DeviceKind;
  /** For people: `wasm (relaxed SIMD, 2 threads)`, or the adapter's name. */
  readonly name: string;
  /** True for a GPU emulated on the CPU. */
  readonly software: boolean;
  readonly limits: DeviceLimits;
}

/** A list of kernel calls made ready once and run many times. */
export interface Prepared {
  readonly calls: number;
  dispose(): void;
}

/** A device whose kernels are called by `Call`. */
export interface Device<Call = unknown> {
  readonly info: DeviceInfo;
  /** Bytes in live buffers; returns to 0 when all are released. */
  readonly liveBytes: number;
  /** Allocates zeroed memory. Throws {@linkcode DeviceError} when there is none left. */
  allocate(bytes: number, label: string): DeviceBuffer;
  release(buffer: DeviceBuffer): void;
  /** Copies float32 `data` to the start of the slice. */
  write(target: Slice, data: Float32Array): void;
  /** Copies the slice out as float32. */
  read(source: Slice): Promise<Float32Array>;
  /** Compiles, binds and lays out all that the calls need. */
  prepare(calls: readonly Call[]): Promise<Prepared>;
  /** Enqueues all calls in order, each seeing the results of those before it. */
  run(prepared: Prepared): void;
  /** Resolves when at most two runs before the last are unfinished: loops wait for it, so as not to run ahead. */
  ready(): Promise<void>;
  /** Resolves when everything enqueued has finished. */
  finish(): Promise<void>;
  /** Ends threads, destroys buffers; further use throws. */
  dispose(): Promise<void>;
}

/** Failure of a device; the message gives the reason and a way out. */
export class DeviceError extends Error {
  override name = "DeviceError";
}

/** The device has no memory left. */
export class DeviceMemoryError extends DeviceError {
  override name = "DeviceMemoryError";
}

/** The device went away; what was on it is gone. */
export class DeviceLostError extends DeviceError {
  override name = "DeviceLostError";
}
