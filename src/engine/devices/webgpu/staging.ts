/**
 * Buffers through which results come back to the host, reused from read to read.
 *
 * @module
 */
import { DeviceLostError } from "../device.ts";

/** Smallest staging buffer, in bytes; sizes are powers of two from here. */
const SMALLEST = 4096;

/** Free buffers kept for each size. */
const KEPT = 4;

/** A pool of mappable buffers. */
export class Staging {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, GPUBuffer[]>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A buffer that takes so many bytes; hand it to `contents` when its copy was submitted. */
  take(bytes: number): GPUBuffer {
    const size = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes)));
    return this.#free.get(size)?.pop() ??
      this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  }

  /** Waits for the buffer, and copies it to the host. Throws {@linkcode DeviceLostError}. */
  async contents(buffer: GPUBuffer, bytes: number): Promise<Float32Array> {
    try {
      await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
    } catch (cause) {
      buffer.destroy();
      throw new DeviceLostError("the GPU's results could not be read: the device was lost or disposed of", {
        cause,
      });
    }
    const result = new Float32Array(buffer.getMappedRange(0, bytes).slice(0));
    buffer.unmap();
    this.#recycle(buffer);
    return result;
  }

  #recycle(buffer: GPUBuffer): void {
    const free = this.#free.get(buffer.size) ?? [];
    this.#free.set(buffer.size, free);
    if (free.length < KEPT) free.push(buffer);
    else buffer.destroy();
  }

  dispose(): void {
    for (const free of this.#free.values()) for (const buffer of free) buffer.destroy();
    this.#free.clear();
  }
}
