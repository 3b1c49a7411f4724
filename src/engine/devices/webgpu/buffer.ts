/**
 * Device memory as WebGPU holds it.
 *
 * @module
 */
import { type DeviceBuffer, DeviceError, type Slice, SLICE_ALIGNMENT } from "../device.ts";

/** Rounds up to whole slices' alignment. */
export function aligned(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / SLICE_ALIGNMENT)) * SLICE_ALIGNMENT;
}

/** A buffer of this device. `handle` is as long as `bytes` rounded up to the slices' alignment. */
export class GpuBuffer implements DeviceBuffer {
  constructor(readonly bytes: number, readonly label: string, readonly handle: GPUBuffer) {}
}

/** Part of a GPU buffer as it is bound: its end rounded up, so that vectors may be read from it. */
export interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/**
 * Returns the WebGPU buffer behind a slice. Throws {@linkcode DeviceError} for a slice that is foreign or does not
 * fit.
 */
export function handleOf({ buffer, byteOffset, bytes }: Slice, live: ReadonlySet<DeviceBuffer>): GPUBuffer {
  if (!(buffer instanceof GpuBuffer) || !live.has(buffer)) {
    throw new DeviceError(
      `buffer ${buffer.label} is not live on this device: it was released, or is another's`,
    );
  }
  if (byteOffset % 4 !== 0 || byteOffset < 0 || byteOffset + bytes > buffer.bytes) {
    throw new DeviceError(
      `a slice of ${bytes} bytes at ${byteOffset} does not lie in ${buffer.label} (${buffer.bytes} bytes)`,
    );
  }
  return buffer.handle;
}

/** Returns the range to bind for a slice. */
export function rangeOf(slice: Slice, live: ReadonlySet<DeviceBuffer>): Range {
  const buffer = handleOf(slice, live);
  if (slice.byteOffset % SLICE_ALIGNMENT !== 0) {
    throw new DeviceError(
      `a slice of ${slice.buffer.label} starts at byte ${slice.byteOffset}, not at a multiple of ${SLICE_ALIGNMENT}`,
    );
  }
  return { buffer, offset: slice.byteOffset, size: aligned(slice.bytes) };
}

/** Two ranges share memory. */
export function overlap(a: Range, b: Range): boolean {
  return a.buffer === b.buffer && a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}
