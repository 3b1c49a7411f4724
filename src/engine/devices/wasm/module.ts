/**
 * Loading of the compiled CPU module, and what it exports.
 *
 * @module
 */
import { messageOf } from "../../../common/mod.ts";
import { readKernels } from "../../../host/mod.ts";
import { DeviceError } from "../device.ts";

/** Exports of `wasm/plica_*.wasm`; addresses are bytes in the shared memory. */
export interface WasmExports {
  readonly __stack_pointer: WebAssembly.Global;
  /** Main thread: runs a program together with the workers; 0 where one has failed. */
  run_program(program: number, threads: number): number;
  /** Worker: runs programs until the device is disposed of. */
  worker_main(thread: number, threads: number): void;
  /** Address of the kernels' names, each ended by a zero byte, the list by two. */
  kernel_names(): number;
  /** Finishes the arguments of a call; 0 where that is not possible. */
  setup_call(kernel: number, args: number): number;
  allow_main_to_wait(allowed: number): void;
  stop_workers(): void;
  mark_failed(): void;
  /** Memory aligned to 256 bytes, or 0. */
  plica_allocate(bytes: number): number;
  plica_release(address: number): void;
}

/** (i8x16.splat 1, three times; f32x4.relaxed_madd), the smallest module that needs relaxed SIMD. */
const RELAXED_PROBE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0],
  ...[65, 1, 253, 15, 65, 1, 253, 15, 65, 1, 253, 15, 253, 133, 2, 11],
]);

/** Returns true if this engine has relaxed SIMD, the source of fused multiply-add. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_PROBE);
}

/** Compiles the module. Throws {@linkcode DeviceError} where it cannot be read or compiled. */
export async function compileModule(relaxed: boolean): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(await readKernels(relaxed ? "relaxed" : "simd"));
  } catch (cause) {
    throw new DeviceError(messageOf(cause), { cause });
  }
}

/** One thread's instance on the memory that all share. */
export async function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<WasmExports> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  return instance.exports as unknown as WasmExports;
}
