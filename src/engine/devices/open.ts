/**
 * Choosing and opening a device.
 *
 * @module
 */
import type { AnyDevice } from "./any.ts";
import { DeviceError, type DeviceKind } from "./device.ts";
import { ReferenceDevice } from "./reference/device.ts";

/** Options of {@linkcode openDevice}. */
export interface OpenDeviceOptions {
  /** `auto` takes a hardware GPU, else wasm; a software adapter only where `webgpu` is named. Default auto. */
  readonly accelerator?: "auto" | DeviceKind;
  /** Threads of the wasm device. Default: one for each core. */
  readonly threads?: number;
  /** f16 holds operands of convolutions in 16 bits, on GPUs that can. Default f32. */
  readonly precision?: "f32" | "f16";
  /** Called with one line: the device and the reason for the choice. */
  readonly onNote?: (line: string) => void;
}

/**
 * Opens a device; `dispose()` it when done. Throws `DeviceError` where a named device is not there: one device never
 * stands in for another.
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<AnyDevice> {
  const { accelerator = "auto", threads, precision = "f32", onNote = () => {} } = options;
  const opened = async (device: AnyDevice, why: string) => {
    await Promise.resolve();
    onNote(`device: ${device.info.name} (${why})`);
    return device;
  };
  if (precision === "f16" && (accelerator === "reference" || accelerator === "wasm")) {
    throw fullOnly(accelerator);
  }
  if (accelerator === "reference") return await opened(new ReferenceDevice(), "as asked");
  if (accelerator === "wasm") return await opened(await openWasm(threads), "as asked");
  if (accelerator === "webgpu") return await opened(await openGpu({ software: true, precision }), "as asked");
  const found = await openGpu({ software: false, precision }).catch((error) => {
    if (error instanceof DeviceError && precision === "f32") return error;
    throw error;
  });
  if (!(found instanceof DeviceError)) return await opened(found, "auto: a hardware GPU");
  const [reason] = found.message.split(":"); // what follows is the way to open it all the same
  return await opened(await openWasm(threads), `auto: ${reason}`);
}

function fullOnly(accelerator: string): DeviceError {
  return new DeviceError(
    `the ${accelerator} device computes in full precision only: use --precision f32, or a GPU with shader-f16`,
  );
}

async function openWasm(threads?: number): Promise<AnyDevice> {
  const { WasmDevice } = await import("./wasm/device.ts");
  return await WasmDevice.create({ threads });
}

async function openGpu(options: { software: boolean; precision: "f32" | "f16" }): Promise<AnyDevice> {
  const { WebGpuDevice } = await import("./webgpu/device.ts");
  return await WebGpuDevice.create(options);
}
