/**
 * Tuning of the kernels of a device. The tuner is loaded for hardware GPUs alone.
 *
 * @module
 */
import type { AnyDevice } from "./any.ts";
import type { Tuning, TuningOptions } from "../plan/tuning.ts";

/**
 * Chooses the tile sizes of a GPU by measurement, or takes them from the cache. Returns undefined, and does nothing,
 * for devices that have nothing to tune: CPUs and GPUs emulated in software.
 */
export async function tuneDevice(device: AnyDevice, options: TuningOptions): Promise<Tuning | undefined> {
  if (device.info.kind !== "webgpu" || device.info.software) return undefined;
  const [{ WebGpuDevice }, { tuneGpu }] = await Promise.all([
    import("./webgpu/device.ts"),
    import("../plan/tuning.ts"),
  ]);
  return device instanceof WebGpuDevice ? await tuneGpu(device, options) : undefined;
}
