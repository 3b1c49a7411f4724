/**
 * Finding a GPU, and saying what it is.
 *
 * @module
 */
import { DeviceError } from "../device.ts";

/** Options of {@linkcode findAdapter}. */
export interface AdapterOptions {
  /** Accept a GPU emulated on the CPU, such as Mesa's llvmpipe. Default false. */
  readonly software?: boolean;
  /** An adapter that the caller has chosen. */
  readonly adapter?: GPUAdapter;
}

/** Names that software renderers give themselves. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|basic render|microsoft basic/i;

/** Returns true if an adapter emulates a GPU on the CPU. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(`${info.vendor} ${info.device} ${info.description}`);
}

/** Returns an adapter's name for people. */
export function adapterName(info: GPUAdapterInfo): string {
  const parts = [info.vendor, info.architecture, info.device].filter((part) => /[a-z]/i.test(part));
  return info.description || parts.join(" ") || "unnamed GPU";
}

/** Formats the description of an adapter, its driver if known, and the WebGPU implementation. */
export function adapterKey(info: GPUAdapterInfo): string {
  return [info.vendor, info.architecture, info.device, info.description, navigator.userAgent].join("|");
}

/** Finds an adapter. Throws {@linkcode DeviceError} where there is none, with what to do. */
export async function findAdapter({ software = false, adapter }: AdapterOptions): Promise<GPUAdapter> {
  if (adapter) return adapter;
  if (typeof navigator === "undefined" || !navigator.gpu) {
    throw new DeviceError("this engine has no WebGPU: use a current Deno or browser, or the wasm device");
  }
  const found = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!found) {
    throw new DeviceError(
      "no GPU was found: install its Vulkan, Metal or DirectX 12 driver, or use the wasm device",
    );
  }
  if (!software && isSoftware(found.info)) {
    throw new DeviceError(
      `the only GPU is ${
        adapterName(found.info)
      }, which runs on the CPU: accept it with the option software, ` +
        "or use the wasm device, which is faster there",
    );
  }
  return found;
}

/**
 * Opens the device of an adapter, with its largest buffers; everything else stays within WebGPU's default limits.
 * Throws {@linkcode DeviceError} where it lacks a feature or cannot be opened.
 */
export async function openDevice(
  adapter: GPUAdapter,
  features: readonly GPUFeatureName[] = [],
): Promise<GPUDevice> {
  const missing = features.filter((feature) => !adapter.features.has(feature));
  if (missing.length > 0) {
    throw new DeviceError(
      `${adapterName(adapter.info)} has no ${
        missing.join(" and no ")
      }: use --precision f32, which runs everywhere`,
    );
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  try {
    return await adapter.requestDevice({
      label: "plica",
      requiredFeatures: [...features],
      requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DeviceError(`${adapterName(adapter.info)} could not be opened: ${reason}`, { cause });
  }
}
