/**
 * The memory of a space on a device: weights, moments, gradients.
 *
 * @module
 */
import type { Device, DeviceBuffer, Slice } from "../devices/device.ts";
import type { Space } from "../graph/space.ts";
import { bytesOf, check, sizeOf, wordsOf } from "../graph/types.ts";

/** One space in device memory, zero at first. Dispose of it to give the memory back. */
export class Storage {
  readonly buffer: DeviceBuffer;
  readonly #device: Device;

  constructor(device: Device, readonly space: Space) {
    this.#device = device;
    this.buffer = device.allocate(4 * Math.max(space.layout.words, 1), space.name);
  }

  /** The slice of one tensor, or of the whole space. */
  slice(name?: string): Slice {
    if (name === undefined) return { buffer: this.buffer, byteOffset: 0, bytes: 4 * this.space.layout.words };
    const { offset, type } = this.space.layout.entry(name);
    return { buffer: this.buffer, byteOffset: 4 * offset, bytes: bytesOf(type) };
  }

  /** Sets one tensor. Throws `ShapeError` if the number of values differs. */
  write(name: string, values: Float32Array): void {
    const { type } = this.space.layout.entry(name);
    check(values.length === wordsOf(type), `${name} has ${sizeOf(type.shape)} values, not ${values.length}`);
    this.#device.write(this.slice(name), values);
  }

  /** Sets the whole space, padding included. */
  writeAll(words: Float32Array): void {
    check(
      words.length === this.space.layout.words,
      `${this.space.name} has ${this.space.layout.words} words`,
    );
    this.#device.write(this.slice(), words);
  }

  /** Copies the whole space out, padding included. */
  readAll(): Promise<Float32Array> {
    return this.#device.read(this.slice());
  }

  /** Copies all tensors out by name. */
  async read(): Promise<Map<string, Float32Array>> {
    const words = await this.readAll();
    return new Map(
      this.space.layout.entries.map((
        { name, offset, type },
      ) => [name, words.slice(offset, offset + wordsOf(type))]),
    );
  }

  [Symbol.dispose](): void {
    this.#device.release(this.buffer);
  }
}
