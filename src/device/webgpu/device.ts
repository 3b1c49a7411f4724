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
  type Prepared,
  type Slice,
} from "../device.ts";
import { adapterName, type AdapterOptions, findAdapter, isSoftware, openDevice } from "./adapter.ts";
import { aligned, GpuBuffer, handleOf } from "./buffer.ts";
import { Pipelines } from "./pipelines.ts";
import { bindCalls, GpuPrepared } from "./prepared.ts";
import { Staging } from "./staging.ts";

/** Where a device tells what it is doing. */
export interface DeviceLogger {
  info(message: string): void;
}

/** How a GPU is chosen, and who hears of it. */
export interface WebGpuOptions extends AdapterOptions {
  readonly logger?: DeviceLogger;
}

function infoOf(adapter: GPUAdapter, { limits }: GPUDevice): DeviceInfo {
  const software = isSoftware(adapter.info);
  return {
    kind: "webgpu",
    name: adapterName(adapter.info),
    software,
    limits: {
      threads: 1,
      maxBufferBytes: limits.maxBufferSize,
      maxSliceBytes: limits.maxStorageBufferBindingSize,
      // An emulated GPU has no memory that is faster than the rest.
      workgroupBytes: software ? 0 : limits.maxComputeWorkgroupStorageSize,
    },
  };
}

/**
 * A GPU.
 *
 * Errors that WebGPU reports late (a lost device, memory that ran out) are thrown by the next call.
 */
export class WebGpuDevice implements Device<GpuCall> {
  readonly info: DeviceInfo;
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #staging: Staging;
  readonly #live = new Set<GpuBuffer>();
  readonly #prepared = new WeakSet<Prepared>();
  #liveBytes = 0;
  #disposed = false;
  #lost: DeviceError | undefined;
  #failure: DeviceError | undefined;

  private constructor(adapter: GPUAdapter, device: GPUDevice) {
    this.info = infoOf(adapter, device);
    this.#device = device;
    this.#pipelines = new Pipelines(device);
    this.#staging = new Staging(device);
    device.addEventListener("uncapturederror", ({ error }) => this.#fail(error));
    device.lost.then(({ message }) => {
      if (this.#disposed) return;
      this.#lost = new DeviceError(
        `the GPU ${this.info.name} was lost (${message.trim()}): start again, with a smaller batch or another device`,
      );
    });
  }

  /**
   * Opens a GPU.
   *
   * Throws {@linkcode DeviceError} where there is none, or only an emulated one that was not asked for.
   */
  static async create(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
    const adapter = await findAdapter(options);
    const device = new WebGpuDevice(adapter, await openDevice(adapter));
    options.logger?.info(`WebGPU on ${device.info.name}`);
    return device;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  allocate(bytes: number, label: string): DeviceBuffer {
    this.#check();
    const size = aligned(bytes);
    const { maxBufferBytes } = this.info.limits;
    if (size > maxBufferBytes) {
      throw new DeviceError(
        `${label} needs ${bytes} bytes, this GPU's largest buffer is ${maxBufferBytes}: use a smaller batch`,
      );
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    this.#device.pushErrorScope("out-of-memory");
    const handle = this.#device.createBuffer({ label, size, usage });
    this.#device.popErrorScope().then((error) => {
      if (error) this.#fail(error);
    }, () => {/* The scope went with its device; `lost` says so. */});
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
    buffer.handle.destroy();
  }

  write(target: Slice, data: Float32Array): void {
    this.#check();
    const handle = handleOf(target, this.#live);
    if (data.byteLength > target.bytes) {
      throw new DeviceError(`${data.byteLength} bytes do not fit a slice of ${target.bytes}`);
    }
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
    const result = await this.#staging.read(handle, source.byteOffset, source.bytes);
    this.#check();
    return result;
  }

  async prepare(calls: readonly GpuCall[]): Promise<Prepared> {
    this.#check();
    const prepared = await bindCalls(calls, {
      device: this.#device,
      pipelines: this.#pipelines,
      live: this.#live,
      maxSliceBytes: this.info.limits.maxSliceBytes,
    });
    this.#prepared.add(prepared);
    return prepared;
  }

  run(prepared: Prepared): void {
    this.#check();
    if (!(prepared instanceof GpuPrepared) || !this.#prepared.has(prepared)) {
      throw new DeviceError("these calls were prepared by another device");
    }
    const encoder = this.#device.createCommandEncoder();
    prepared.encode(encoder);
    this.#device.queue.submit([encoder.finish()]);
  }

  async finish(): Promise<void> {
    this.#check();
    await this.#device.queue.onSubmittedWorkDone();
    this.#check();
  }

  dispose(): Promise<void> {
    if (this.#disposed) return Promise.resolve();
    this.#disposed = true;
    for (const buffer of this.#live) buffer.handle.destroy();
    this.#live.clear();
    this.#liveBytes = 0;
    this.#staging.dispose();
    this.#device.destroy();
    return Promise.resolve();
  }

  #fail(error: GPUError): void {
    if (this.#disposed || this.#failure) return;
    this.#failure = error instanceof GPUOutOfMemoryError
      ? new DeviceError(
        `the GPU ${this.info.name} has no memory left (${this.#liveBytes} bytes in use here): use a smaller batch`,
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
