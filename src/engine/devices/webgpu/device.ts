/**
 * Any GPU through WebGPU: the whole of a run is encoded into one command buffer.
 *
 * @module
 */
import type { GpuCall } from "../calls.ts";
import {
  type Device,
  type DeviceBuffer,
  DeviceError,
  type DeviceInfo,
  type DeviceLimits,
  DeviceLostError,
  DeviceMemoryError,
  type GpuTraits,
  type Prepared,
  type Slice,
} from "../device.ts";
import {
  adapterKey,
  adapterName,
  type AdapterOptions,
  findAdapter,
  isSoftware,
  openDevice,
} from "./adapter.ts";
import { aligned, GpuBuffer, handleOf } from "./buffer.ts";
import { Pipelines } from "./pipelines.ts";
import { bindCalls, GpuPrepared } from "./prepared.ts";
import { Submissions } from "./queue.ts";
import { Staging } from "./staging.ts";

/** Receives the log lines of a device. */
export interface DeviceLogger {
  info(message: string): void;
}

/** Limits that may be set lower than those of the adapter. */
export type LowerLimits = Partial<Pick<DeviceLimits, "maxBufferBytes" | "maxSliceBytes">>;

/** Options of {@linkcode WebGpuDevice.create}. */
export interface WebGpuOptions extends AdapterOptions {
  /** f16 holds operands of convolutions in 16 bits; needs an adapter with `shader-f16`. Default f32. */
  readonly precision?: GpuTraits["precision"];
  /** Limits in the place of the adapter's. */
  readonly limits?: LowerLimits;
  readonly logger?: DeviceLogger;
}

const ADVICE = "use a smaller batch (--batch-size) or another device (--accelerator wasm)";

function infoOf(adapter: GPUAdapter, { limits }: GPUDevice, options: WebGpuOptions): DeviceInfo {
  const software = isSoftware(adapter.info);
  return {
    kind: "webgpu",
    name: adapterName(adapter.info),
    software,
    limits: {
      threads: 1,
      maxBufferBytes: limits.maxBufferSize,
      maxSliceBytes: limits.maxStorageBufferBindingSize,
      gpu: { precision: options.precision ?? "f32", tiles: new Map() },
      ...options.limits,
    },
  };
}

/**
 * A GPU.
 *
 * Errors that WebGPU reports late (a lost device, memory that ran out) are thrown by the next call.
 */
export class WebGpuDevice implements Device<GpuCall> {
  /** Adapter and driver in one line: what measured choices are remembered under. */
  readonly adapterKey: string;
  #info: DeviceInfo;
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #staging: Staging;
  readonly #submissions: Submissions;
  /** Allocations whose success WebGPU has not confirmed yet. */
  readonly #unconfirmed = new Set<Promise<void>>();
  readonly #live = new Set<GpuBuffer>();
  readonly #prepared = new WeakSet<Prepared>();
  #liveBytes = 0;
  #disposed = false;
  #lost: DeviceError | undefined;
  #failure: DeviceError | undefined;

  private constructor(adapter: GPUAdapter, device: GPUDevice, options: WebGpuOptions) {
    this.#info = infoOf(adapter, device, options);
    this.adapterKey = adapterKey(adapter.info);
    this.#device = device;
    this.#pipelines = new Pipelines(device);
    this.#staging = new Staging(device);
    this.#submissions = new Submissions(device);
    device.addEventListener("uncapturederror", (event) => {
      // not every library of types knows the event by its name
      if (event instanceof GPUUncapturedErrorEvent) this.#fail(event.error);
    });
    device.lost.then(({ message }) => {
      if (this.#disposed) return;
      this.#lost = new DeviceLostError(
        `the GPU ${this.info.name} was lost (${message.trim() || "no reason given"}): ` +
          `plica train --resume continues from the last checkpoint; ${ADVICE} if it happens again`,
      );
    });
  }

  /**
   * Opens a GPU.
   *
   * Throws {@linkcode DeviceError} where there is none, or only an emulated one that was not asked for, or one
   * without what the precision needs.
   */
  static async create(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
    const adapter = await findAdapter(options);
    const opened = await openDevice(adapter, options.precision === "f16" ? ["shader-f16"] : []);
    const device = new WebGpuDevice(adapter, opened, options);
    options.logger?.info(`WebGPU on ${device.info.name}`);
    return device;
  }

  get info(): DeviceInfo {
    return this.#info;
  }

  /** Submissions so far: one for each run together with the reads that follow it at once. */
  get submissions(): number {
    return this.#submissions.count;
  }

  /** Sets the tile sizes of programs that are compiled from now on. */
  useTiles(tiles: GpuTraits["tiles"]): void {
    const precision = this.#info.limits.gpu?.precision ?? "f32";
    this.#info = { ...this.#info, limits: { ...this.#info.limits, gpu: { precision, tiles } } };
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  allocate(bytes: number, label: string): DeviceBuffer {
    this.#check();
    const size = aligned(bytes);
    const { maxBufferBytes } = this.info.limits;
    if (size > maxBufferBytes) {
      throw new DeviceMemoryError(
        `${label} needs ${bytes} bytes, this GPU's largest buffer is ${maxBufferBytes}: ${ADVICE}`,
      );
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    this.#device.pushErrorScope("out-of-memory");
    const handle = this.#device.createBuffer({ label, size, usage });
    const confirmed = this.#device.popErrorScope().then((error) => {
      if (error) this.#fail(error, label, size);
    }, () => {/* The scope went with its device; `lost` says so. */})
      .finally(() => this.#unconfirmed.delete(confirmed));
    this.#unconfirmed.add(confirmed);
    const buffer = new GpuBuffer(bytes, label, handle);
    this.#live.add(buffer);
    this.#liveBytes += bytes;
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    if (!(buffer instanceof GpuBuffer) || !this.#live.delete(buffer)) {
      throw new DeviceError(
        `buffer ${buffer.label} is not live on this device: it was released, or is another's`,
      );
    }
    this.#liveBytes -= buffer.bytes;
    this.#submissions.flush();
    buffer.handle.destroy();
  }

  write(target: Slice, data: Float32Array): void {
    this.#check();
    const handle = handleOf(target, this.#live);
    if (data.byteLength > target.bytes) {
      throw new DeviceError(`${data.byteLength} bytes do not fit a slice of ${target.bytes}`);
    }
    this.#submissions.flush();
    if (data.buffer instanceof ArrayBuffer) {
      this.#device.queue.writeBuffer(
        handle,
        target.byteOffset,
        data.buffer,
        data.byteOffset,
        data.byteLength,
      );
    } else {
      // Memory shared between threads cannot be handed to WebGPU as it is.
      this.#device.queue.writeBuffer(handle, target.byteOffset, new Float32Array(data));
    }
  }

  async read(source: Slice): Promise<Float32Array> {
    this.#check();
    const handle = handleOf(source, this.#live);
    if (source.bytes === 0) return new Float32Array(0);
    const range = { buffer: handle, offset: source.byteOffset, bytes: source.bytes };
    try {
      return await this.#submissions.read(this.#staging, range);
    } finally {
      this.#check();
    }
  }

  async prepare(calls: readonly GpuCall[]): Promise<Prepared> {
    await Promise.all(this.#unconfirmed);
    this.#check();
    const prepared = await bindCalls(calls, {
      device: this.#device,
      pipelines: this.#pipelines,
      live: this.#live,
      maxSliceBytes: this.info.limits.maxSliceBytes,
      beforeDispose: () => this.#submissions.flush(),
    });
    this.#check();
    this.#prepared.add(prepared);
    return prepared;
  }

  run(prepared: Prepared): void {
    this.#check();
    if (!(prepared instanceof GpuPrepared) || !this.#prepared.has(prepared)) {
      throw new DeviceError("these calls were prepared by another device");
    }
    this.#submissions.run(prepared);
  }

  async ready(): Promise<void> {
    this.#check();
    await this.#submissions.ready();
    this.#check();
  }

  async finish(): Promise<void> {
    this.#check();
    await this.#submissions.finish();
    this.#check();
  }

  dispose(): Promise<void> {
    if (this.#disposed) return Promise.resolve();
    this.#submissions.flush();
    this.#disposed = true;
    for (const buffer of this.#live) buffer.handle.destroy();
    this.#live.clear();
    this.#liveBytes = 0;
    this.#staging.dispose();
    this.#device.destroy();
    return Promise.resolve();
  }

  #fail(error: GPUError, label = "a buffer", bytes?: number): void {
    if (this.#disposed || this.#failure) return;
    const size = bytes === undefined ? "" : ` of ${bytes} bytes`;
    this.#failure = error instanceof GPUOutOfMemoryError
      ? new DeviceMemoryError(
        `the GPU ${this.info.name} has no memory left for ${label}${size}, with ${this.#liveBytes} bytes in use ` +
          `here: ${ADVICE}`,
      )
      : new DeviceError(`the GPU ${this.info.name} refused a call: ${error.message.trim()}`);
  }

  #check(): void {
    if (this.#disposed) throw new DeviceError("the GPU device was disposed of; create another");
    if (this.#lost) throw this.#lost;
    if (this.#failure) {
      const failure = this.#failure;
      this.#failure = undefined;
      throw failure;
    }
  }
}
