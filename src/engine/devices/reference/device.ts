/**
 * The reference device: float64 memory, one op after another, in plain TypeScript. Slow and exact; the oracle of the
 * tests, and selectable by name. It is never a fallback.
 *
 * @module
 */
import type { ReferenceCall } from "../calls.ts";
import {
  type Device,
  type DeviceBuffer,
  DeviceError,
  type DeviceInfo,
  type Prepared,
  type Slice,
} from "../device.ts";

const LIMITS = { threads: 1, maxBufferBytes: 2 ** 33, maxSliceBytes: 2 ** 33 };

class ReferenceBuffer implements DeviceBuffer {
  readonly values: Float64Array;
  constructor(readonly bytes: number, readonly label: string) {
    this.values = new Float64Array(bytes / 4);
  }
}

interface ReferencePrepared extends Prepared {
  readonly list: readonly ReferenceCall[];
}

/** Runs the ops' float64 references. */
export class ReferenceDevice implements Device<ReferenceCall> {
  readonly info: DeviceInfo = {
    kind: "reference",
    name: "reference (float64)",
    software: false,
    limits: LIMITS,
  };
  readonly #live = new Set<DeviceBuffer>();
  #disposed = false;

  get liveBytes(): number {
    return [...this.#live].reduce((sum, buffer) => sum + buffer.bytes, 0);
  }

  allocate(bytes: number, label: string): DeviceBuffer {
    this.#check();
    const buffer = new ReferenceBuffer(bytes, label);
    this.#live.add(buffer);
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    this.#live.delete(buffer);
  }

  write(target: Slice, data: Float32Array): void {
    this.view(target).set(data);
  }

  read(source: Slice): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(this.view(source)));
  }

  /** The slice itself in float64, for tests that need more than float32. */
  view({ buffer, byteOffset, bytes }: Slice): Float64Array {
    this.#check();
    if (!(buffer instanceof ReferenceBuffer) || !this.#live.has(buffer)) {
      throw new DeviceError(`the buffer "${buffer.label}" was released or belongs to another device`);
    }
    return buffer.values.subarray(byteOffset / 4, (byteOffset + bytes) / 4);
  }

  prepare(calls: readonly ReferenceCall[]): Promise<Prepared> {
    const prepared: ReferencePrepared = { calls: calls.length, list: calls, dispose: () => {} };
    return Promise.resolve(prepared);
  }

  run(prepared: Prepared): void {
    const { list } = prepared as ReferencePrepared;
    for (const call of list) call.run(call.inputs.map((slice) => this.view(slice)), this.view(call.output));
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    this.#live.clear();
    this.#disposed = true;
    return Promise.resolve();
  }

  #check(): void {
    if (this.#disposed) throw new DeviceError("the reference device was disposed of and used again");
  }
}
