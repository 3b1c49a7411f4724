/**
 * A list of kernel calls bound to memory: pipelines, bind groups and uniforms, ready to be encoded.
 *
 * @module
 */
import type { GpuCall } from "../calls.ts";
import { type DeviceBuffer, DeviceError, DeviceMemoryError, type Prepared } from "../device.ts";
import { aligned, overlap, type Range, rangeOf } from "./buffer.ts";
import { MAX_WORKGROUPS } from "./grid.ts";
import { packParams } from "./params.ts";
import type { Pipelines } from "./pipelines.ts";

/** A copy that has to be made before a dispatch. */
interface Copy {
  readonly from: Range;
  readonly to: Range;
}

interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly storage: GPUBindGroup;
  readonly uniform: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
  readonly copies: readonly Copy[];
}

/** Parts of a device that binding needs. */
export interface BindContext {
  readonly device: GPUDevice;
  readonly pipelines: Pipelines;
  readonly live: ReadonlySet<DeviceBuffer>;
  readonly maxSliceBytes: number;
  /** Called before the memory of a prepared list goes. */
  beforeDispose(): void;
}

/** The calls of one `prepare`. */
export class GpuPrepared implements Prepared {
  readonly calls: number;
  readonly #steps: readonly Step[];
  readonly #owned: readonly GPUBuffer[];
  readonly #beforeDispose: () => void;
  #live = true;

  constructor(steps: readonly Step[], owned: readonly GPUBuffer[], beforeDispose: () => void) {
    this.calls = steps.length;
    this.#steps = steps;
    this.#owned = owned;
    this.#beforeDispose = beforeDispose;
  }

  /** Writes all dispatches into an encoder: one pass, unless a copy has to come between. */
  encode(encoder: GPUCommandEncoder): void {
    if (!this.#live) throw new DeviceError("these calls were disposed of; prepare them again");
    let pass: GPUComputePassEncoder | undefined;
    for (const { pipeline, storage, uniform, workgroups, copies } of this.#steps) {
      if (copies.length > 0) {
        pass?.end();
        pass = undefined;
        for (const { from, to } of copies) {
          encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, from.size);
        }
      }
      pass ??= encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, storage);
      pass.setBindGroup(1, uniform);
      pass.dispatchWorkgroups(...workgroups);
    }
    pass?.end();
  }

  dispose(): void {
    this.#beforeDispose();
    this.#live = false;
    for (const buffer of this.#owned) buffer.destroy();
  }
}

/** Parameters of all calls, at multiples of 256 bytes. */
function packUniforms(
  calls: readonly GpuCall[],
  pipelines: Pipelines,
): { data: ArrayBuffer; ranges: (readonly [number, number])[] } {
  // All are bound with the same size: wgpu 26 keeps the expected size of the pipeline before where layouts are equal.
  const structs = calls.map(({ shaders }) => pipelines.params(shaders));
  let total = 0;
  const ranges = structs.map(({ words }) => {
    const [offset, size] = [total, aligned(4 * words)];
    total += size;
    return [offset, size] as const;
  });
  const data = new ArrayBuffer(total);
  for (const [k, call] of calls.entries()) packParams(new DataView(data, ranges[k][0]), structs[k], call);
  return { data, ranges };
}

function checkCall({ entry, buffers, workgroups }: GpuCall, { maxSliceBytes }: BindContext): void {
  if (workgroups.some((n) => n > MAX_WORKGROUPS)) {
    throw new DeviceError(
      `${entry}: ${workgroups.join(" x ")} workgroups exceed ${MAX_WORKGROUPS} along an axis`,
    );
  }
  for (const { bytes } of buffers) {
    if (bytes <= maxSliceBytes) continue;
    throw new DeviceError(
      `${entry}: a tensor of ${bytes} bytes exceeds this GPU's ${maxSliceBytes}; use a smaller batch`,
    );
  }
}

/**
 * The ranges to bind for a call. WebGPU forbids to bind memory twice where it may be written, so an input that
 * is bound already is read from a copy, whose place `spare` gives.
 */
function separate(
  ranges: readonly Range[],
  spare: (size: number) => Range,
): { ranges: Range[]; copies: Copy[] } {
  const bound: Range[] = [];
  const copies: Copy[] = [];
  for (const range of ranges) {
    if (!bound.some((other) => overlap(other, range))) {
      bound.push(range);
      continue;
    }
    const to = spare(range.size);
    copies.push({ from: range, to });
    bound.push(to);
  }
  return { ranges: bound, copies };
}

/** Compiles and binds calls. Throws {@linkcode DeviceError}, of memory where that ran out. */
export async function bindCalls(calls: readonly GpuCall[], context: BindContext): Promise<GpuPrepared> {
  const { device, pipelines } = context;
  for (const call of calls) checkCall(call, context);
  const work = calls.filter(({ workgroups }) => workgroups.every((n) => n > 0));
  const compiled = await Promise.all(work.map((call) => pipelines.get(call)));
  device.pushErrorScope("out-of-memory");
  const bound = bindCompiled(work, { ...context, compiled });
  const error = await device.popErrorScope().catch(() => null); // gone with its device
  if (error) {
    bound.dispose();
    throw new DeviceMemoryError(
      `the GPU has no memory left for the work space of ${work.length} calls: use a smaller batch (--batch-size)`,
    );
  }
  return bound;
}

function bindCompiled(
  work: readonly GpuCall[],
  { device, pipelines, live, compiled, beforeDispose }: BindContext & {
    readonly compiled: readonly GPUComputePipeline[];
  },
): GpuPrepared {
  const owned: GPUBuffer[] = [];
  const own = (size: number, usage: GPUBufferUsageFlags) => {
    const buffer = device.createBuffer({ size, usage });
    owned.push(buffer);
    return buffer;
  };
  const spare = (size: number): Range => ({
    buffer: own(size, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST),
    offset: 0,
    size,
  });
  const { data, ranges: uniforms } = packUniforms(work, pipelines);
  const words = own(Math.max(256, data.byteLength), GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  // Deno 2.9.6 panics when nothing is written
  if (data.byteLength > 0) device.queue.writeBuffer(words, 0, data);
  const steps = work.map((call, k): Step => {
    const { ranges, copies } = separate(call.buffers.map((slice) => rangeOf(slice, live)), spare);
    const [offset, size] = uniforms[k];
    return {
      pipeline: compiled[k],
      storage: device.createBindGroup({
        layout: pipelines.storageLayout(ranges.length),
        entries: ranges.map((resource, binding) => ({ binding, resource })),
      }),
      uniform: device.createBindGroup({
        layout: pipelines.uniformLayout,
        entries: [{ binding: 0, resource: { buffer: words, offset, size } }],
      }),
      workgroups: call.workgroups,
      copies,
    };
  });
  return new GpuPrepared(steps, owned, beforeDispose);
}
