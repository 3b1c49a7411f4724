/**
 * A GPU on paper: takes the calls that a program is lowered to, and computes nothing. And the figures of some real ones.
 *
 * @module
 */
import type {
  Device,
  DeviceBuffer,
  DeviceInfo,
  Prepared,
  Slice,
  TileChoice,
} from "../../src/engine/devices/device.ts";
import type { GpuCall } from "../../src/engine/devices/calls.ts";

/** What a roofline needs to know of a GPU, from its maker's data sheet. */
export interface GpuFigures {
  readonly name: string;
  /** Peak of float32 multiply-adds, in flop/s. */
  readonly flops: number;
  /** Of the memory, in bytes/s. */
  readonly bandwidth: number;
  /** Cores, compute units or multiprocessors. */
  readonly cores: number;
  /** Of one core: registers of 32 bits, bytes of workgroup memory, invocations at once. */
  readonly registers: number;
  readonly sharedBytes: number;
  readonly invocations: number;
  /** From one dispatch to the next that depends on it, in seconds: an estimate. */
  readonly launch: number;
}

/** An integrated GPU, a laptop's, and a server's. */
export const GPUS: readonly GpuFigures[] = [
  {
    name: "Iris Xe, 96 EU",
    flops: 2.07e12,
    bandwidth: 68e9,
    cores: 6,
    registers: 114688,
    sharedBytes: 131072,
    invocations: 1792,
    launch: 6e-6,
  },
  {
    name: "Apple M2, 10 cores",
    flops: 3.6e12,
    bandwidth: 100e9,
    cores: 10,
    registers: 53248,
    sharedBytes: 32768,
    invocations: 1024,
    launch: 4e-6,
  },
  {
    name: "H100 SXM",
    flops: 67e12,
    bandwidth: 3.35e12,
    cores: 132,
    registers: 65536,
    sharedBytes: 233472,
    invocations: 2048,
    launch: 2e-6,
  },
];

/** A GPU with WebGPU's default limits that keeps what it is asked to prepare. */
export class PaperGpu implements Device<GpuCall> {
  readonly info: DeviceInfo;
  readonly liveBytes = 0;
  /** The calls of each `prepare`, in order. */
  readonly prepared: (readonly GpuCall[])[] = [];

  constructor(tiles: ReadonlyMap<string, TileChoice>) {
    const gpu = { precision: "f32", tiles } as const;
    const sizes = { threads: 1, maxBufferBytes: 2 ** 31, maxSliceBytes: 2 ** 30 };
    this.info = { kind: "webgpu", name: "on paper", software: false, limits: { ...sizes, gpu } };
  }

  allocate(bytes: number, label: string): DeviceBuffer {
    return { bytes, label };
  }
  release(): void {}
  write(): void {}
  read({ bytes }: Slice): Promise<Float32Array> {
    return Promise.resolve(new Float32Array(bytes / 4));
  }
  prepare(calls: readonly GpuCall[]): Promise<Prepared> {
    this.prepared.push(calls);
    return Promise.resolve({ calls: calls.length, dispose() {} });
  }
  run(): void {}
  ready(): Promise<void> {
    return Promise.resolve();
  }
  finish(): Promise<void> {
    return Promise.resolve();
  }
  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
