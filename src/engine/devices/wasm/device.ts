/**
 * The CPU as a device: C kernels in one WebAssembly module, run by all cores on one shared memory.
 *
 * @module
 */
import { sharingThreads, type Thread } from "../../../host/mod.ts";
import type { WasmCall } from "../calls.ts";
import {
  type Device,
  type DeviceBuffer,
  DeviceError,
  type DeviceInfo,
  type Prepared,
  type Slice,
  SLICE_ALIGNMENT,
} from "../device.ts";
import { type CWord, packArgs } from "./c_struct.ts";
import { compileModule, hasRelaxedSimd, instantiate, type WasmExports } from "./module.ts";
import { mayWait, startKernelThread } from "./threads.ts";

/** Options of {@linkcode WasmDevice.create}. */
export interface WasmDeviceOptions {
  /** Threads that share each kernel, 1 to 256. Default: all cores. Results do not depend on it. */
  readonly threads?: number;
  /** The build to run, of two. Default `"auto"`: relaxed SIMD where the engine has it. */
  readonly relaxed?: boolean | "auto";
  /** Most memory that may be used, in bytes. Default and limit: 4 GiB. */
  readonly memoryBytes?: number;
  /** Gives up the creation. */
  readonly signal?: AbortSignal;
  /** Receives one line when the device is made. */
  readonly logger?: { debug(message: string): void };
}

/** Kernels index with 32-bit signed numbers, so one buffer stays under 2 GiB. */
const MAX_BUFFER_BYTES = 2 ** 31 - SLICE_ALIGNMENT;
/** Words after the arguments in which a kernel keeps what its setup makes. */
const SPARE_WORDS = 2;
const PAGE_BYTES = 65536;
/** 16 MiB to begin with. */
const INITIAL_PAGES = 256;
const MAX_MEMORY_BYTES = 2 ** 32;
const STACK_BYTES = 1 << 20;
const MAX_THREADS = 256;

interface WasmBuffer extends DeviceBuffer {
  readonly address: number;
}

interface WasmPrepared extends Prepared {
  readonly program: number;
}

/** Parts that {@linkcode WasmDevice.create} puts together. */
interface Parts {
  readonly exports: WasmExports;
  readonly memory: WebAssembly.Memory;
  readonly workers: readonly Thread[];
  readonly relaxed: boolean;
  readonly memoryBytes: number;
}

/** The CPU device. `run` returns when the work is done. */
export class WasmDevice implements Device<WasmCall> {
  readonly info: DeviceInfo;
  readonly #exports: WasmExports;
  readonly #memory: WebAssembly.Memory;
  readonly #workers: readonly Thread[];
  readonly #memoryBytes: number;
  readonly #buffers = new Set<DeviceBuffer>();
  readonly #prepared = new Set<Prepared>();
  /** Numbers of the kernels, by name. */
  readonly #kernels: ReadonlyMap<string, number>;
  #heap: Float32Array;
  #liveBytes = 0;
  #disposed = false;
  #failure: string | undefined;

  private constructor({ exports, memory, workers, relaxed, memoryBytes }: Parts) {
    this.#memoryBytes = memoryBytes;
    this.#exports = exports;
    this.#memory = memory;
    this.#workers = workers;
    this.#heap = new Float32Array(memory.buffer);
    this.#kernels = new Map(kernelNames(exports, memory).map((name, number) => [name, number]));
    const threads = workers.length + 1;
    this.info = {
      kind: "wasm",
      name: `wasm (${relaxed ? "relaxed SIMD" : "SIMD"}, ${threads} thread${threads === 1 ? "" : "s"})`,
      software: false,
      limits: {
        threads,
        maxBufferBytes: MAX_BUFFER_BYTES,
        maxSliceBytes: MAX_BUFFER_BYTES,
      },
    };
    workers.forEach((worker, i) => {
      worker.onmessage = null;
      worker.onerror = (event) => {
        event.preventDefault();
        this.#failure = `CPU thread ${i + 1} stopped: ${event.message}`;
        exports.mark_failed();
      };
    });
  }

  /** Compiles the kernels and starts the threads. Throws {@linkcode DeviceError} where that fails. */
  static async create(options: WasmDeviceOptions = {}): Promise<WasmDevice> {
    const { threads = sharingThreads(), relaxed = "auto", memoryBytes = MAX_MEMORY_BYTES } = options;
    const { signal, logger } = options;
    if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
      throw new DeviceError(`threads is a whole number from 1 to ${MAX_THREADS}, not ${threads}`);
    }
    const maximum = Math.floor(memoryBytes / PAGE_BYTES);
    if (!(maximum >= INITIAL_PAGES && memoryBytes <= MAX_MEMORY_BYTES)) {
      const least = INITIAL_PAGES * PAGE_BYTES;
      throw new DeviceError(`memoryBytes is from ${least} to ${MAX_MEMORY_BYTES}, not ${memoryBytes}`);
    }
    if (relaxed === true && !hasRelaxedSimd()) {
      throw new DeviceError("this engine has no relaxed SIMD; leave `relaxed` at its default");
    }
    const isRelaxed = relaxed === "auto" ? hasRelaxedSimd() : relaxed;
    const module = await compileModule(isRelaxed);
    signal?.throwIfAborted();
    const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared: true });
    const exports = await instantiate(module, memory);
    exports.allow_main_to_wait(Number(mayWait()));
    const starts = Array.from({ length: threads - 1 }, (_, i) => {
      const stackTop = (exports.plica_allocate(STACK_BYTES) >>> 0) + STACK_BYTES;
      return startKernelThread({ module, memory, thread: i + 1, threads, stackTop });
    });
    const settled = await Promise.allSettled(starts);
    const workers = settled.flatMap((s) => s.status === "fulfilled" ? [s.value] : []);
    const device = new WasmDevice({ exports, memory, workers, relaxed: isRelaxed, memoryBytes });
    const failed = settled.find((s) => s.status === "rejected");
    if (failed || signal?.aborted) {
      await device.dispose();
      signal?.throwIfAborted();
      throw failed?.reason;
    }
    logger?.debug(`device ${device.info.name}`);
    return device;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Names of the kernels that the module was compiled with. */
  get kernels(): string[] {
    return [...this.#kernels.keys()];
  }

  allocate(bytes: number, label: string): DeviceBuffer {
    this.#check();
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_BUFFER_BYTES) {
      throw new DeviceError(
        `${label}: a buffer has 0 to ${MAX_BUFFER_BYTES} bytes, not ${bytes}; use a smaller batch`,
      );
    }
    const address = this.#reserve(bytes, label);
    const buffer: WasmBuffer = { bytes, label, address };
    this.#floats(address, bytes).fill(0);
    this.#buffers.add(buffer);
    this.#liveBytes += bytes;
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    if (this.#disposed) return;
    const { address } = this.#own(buffer);
    this.#exports.plica_release(address);
    this.#buffers.delete(buffer);
    this.#liveBytes -= buffer.bytes;
  }

  write(target: Slice, data: Float32Array): void {
    this.#check();
    if (data.byteLength > target.bytes) {
      throw new DeviceError(`${target.buffer.label}: ${data.byteLength} bytes do not fit ${target.bytes}`);
    }
    this.#floats(this.#addressOf(target), data.byteLength).set(data);
  }

  read(source: Slice): Promise<Float32Array> {
    try {
      this.#check();
      return Promise.resolve(this.#floats(this.#addressOf(source), source.bytes).slice());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Lays the calls out in memory: their number, then kernel and arguments of each, then the argument words. */
  // deno-lint-ignore require-await
  async prepare(calls: readonly WasmCall[]): Promise<Prepared> {
    this.#check();
    const args = calls.map((call) => packArgs(call.struct, call.args, call.kernel));
    const words = args.reduce((total, { length }) => total + length + SPARE_WORDS, 1 + 2 * calls.length);
    const program = this.#reserve(4 * words, "a program");
    try {
      this.#layOut(calls, { program, words, args });
    } catch (error) {
      this.#exports.plica_release(program);
      throw error;
    }
    const prepared: WasmPrepared = {
      calls: calls.length,
      program,
      dispose: () => {
        if (this.#prepared.delete(prepared) && !this.#disposed) this.#exports.plica_release(program);
      },
    };
    this.#prepared.add(prepared);
    return prepared;
  }

  run(prepared: Prepared): void {
    this.#check();
    if (!this.#prepared.has(prepared)) {
      throw new DeviceError("this program was disposed of, or prepared for another device");
    }
    let done = 0;
    try {
      done = this.#exports.run_program((prepared as WasmPrepared).program, this.info.limits.threads);
    } catch (cause) {
      this.#exports.mark_failed();
      this.#failure = `a kernel stopped: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
    if (!done) {
      this.#failure ??= "a CPU thread stopped in the middle of a kernel";
      this.#check();
    }
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  // deno-lint-ignore require-await
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#exports.stop_workers();
    for (const worker of this.#workers) worker.terminate();
    this.#buffers.clear();
    this.#prepared.clear();
    this.#liveBytes = 0;
  }

  #check(): void {
    if (this.#disposed) throw new DeviceError("the device was disposed of");
    if (this.#failure) throw new DeviceError(`${this.#failure}; make a new device`);
  }

  #layOut(
    calls: readonly WasmCall[],
    { program, words, args }: { program: number; words: number; args: readonly (readonly CWord[])[] },
  ): void {
    const ints = new Int32Array(this.#memory.buffer, program, words);
    const floats = new Float32Array(this.#memory.buffer, program, words);
    ints.fill(0);
    ints[0] = calls.length;
    let at = 1 + 2 * calls.length;
    calls.forEach((call, k) => {
      const kernel = this.#kernels.get(call.kernel);
      if (kernel === undefined) throw new DeviceError(`the CPU module has no kernel ${call.kernel}`);
      ints[1 + 2 * k] = kernel;
      ints[2 + 2 * k] = program + 4 * at;
      for (const [i, { type, value }] of args[k].entries()) {
        if (typeof value !== "number") ints[at + i] = this.#addressOf(value);
        else if (type === "int") ints[at + i] = value;
        else floats[at + i] = value;
      }
      if (!this.#exports.setup_call(kernel, program + 4 * at)) {
        const sizes = args[k].flatMap(({ type, value }) => type === "int" ? [value] : []);
        throw new DeviceError(
          `${call.kernel} cannot be prepared for [${sizes}]: out of memory or an unknown size`,
        );
      }
      at += args[k].length + SPARE_WORDS;
    });
  }

  #reserve(bytes: number, label: string): number {
    const address = this.#exports.plica_allocate(Math.max(bytes, 4)) >>> 0;
    if (address !== 0) return address;
    throw new DeviceError(
      `no memory for ${label} (${bytes} bytes; ${this.#liveBytes} of at most ${this.#memoryBytes} are in use): ` +
        "use a smaller batch, or release what is no longer needed",
    );
  }

  #own(buffer: DeviceBuffer): WasmBuffer {
    if (!this.#buffers.has(buffer)) {
      throw new DeviceError(`${buffer.label}: the buffer was released, or belongs to another device`);
    }
    return buffer as WasmBuffer;
  }

  #addressOf(slice: Slice): number {
    const { address, bytes, label } = this.#own(slice.buffer);
    if (slice.byteOffset < 0 || slice.byteOffset + slice.bytes > bytes) {
      throw new DeviceError(`${label}: bytes ${slice.byteOffset}+${slice.bytes} do not lie in ${bytes}`);
    }
    return address + slice.byteOffset;
  }

  /** A view of memory, which may have grown since the last one. */
  #floats(address: number, bytes: number): Float32Array {
    if (this.#heap.byteLength < address + bytes) this.#heap = new Float32Array(this.#memory.buffer);
    return this.#heap.subarray(address / 4, (address + bytes) / 4);
  }
}

/** Names of the kernels of a module, in the order of their numbers. */
function kernelNames(exports: WasmExports, memory: WebAssembly.Memory): string[] {
  const bytes = new Uint8Array(memory.buffer, exports.kernel_names() >>> 0);
  const names: string[] = [];
  for (let at = 0; bytes[at] !== 0;) {
    const end = bytes.indexOf(0, at);
    names.push(String.fromCharCode(...bytes.subarray(at, end)));
    at = end + 1;
  }
  return names;
}
