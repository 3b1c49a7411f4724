/**
 * Buffers through which results come back to the host, reused from read to read.
 *
 * @module
 */
import { DeviceError } from "../device.ts";

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

  /** Copies part of a buffer out, after everything submitted before. */
  async read(source: GPUBuffer, offset: number, bytes: number): Promise<Float32Array> {
    const size = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes)));
    const buffer = this.#free.get(size)?.pop() ??
      this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(source, offset, buffer, 0, bytes);
    this.#device.queue.submit([encoder.finish()]);
    try {
      await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
    } catch (cause) {
      buffer.destroy();
      throw new DeviceError("the GPU's results could not be read: the device was lost or disposed of", {
        cause,
      });
    }
    const result = new Float32Array(buffer.getMappedRange(0, bytes).slice(0));
    buffer.unmap();
    this.#recycle(size, buffer);
    return result;
  }

  #recycle(size: number, buffer: GPUBuffer): void {
    const free = this.#free.get(size) ?? [];
    this.#free.set(size, free);
    if (free.length < KEPT) free.push(buffer);
    else buffer.destroy();
  }

  dispose(): void {
    for (const free of this.#free.values()) for (const buffer of free) buffer.destroy();
    this.#free.clear();
  }
}
