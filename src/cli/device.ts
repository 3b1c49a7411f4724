/**
 * The device of a run, as its settings ask for it: opened, and its kernels tuned where that pays.
 *
 * @module
 */
import type { ExecutionConfig } from "../config/execution.ts";
import { PLICA_VERSION } from "../config/version.ts";
import type { AnyDevice } from "../device/any.ts";
import { openDevice } from "../device/open.ts";
import { TextCache } from "../io/text_cache.ts";

/** Opens the device of a run. A hardware GPU is tuned when it is used for the first time. Throws `DeviceError`. */
export async function openRunDevice(
  execution: Pick<ExecutionConfig, "accelerator" | "threads" | "precision" | "tune">,
  onNote: (line: string) => void,
): Promise<AnyDevice> {
  const { accelerator, threads, precision, tune } = execution;
  const device = await openDevice({
    accelerator,
    precision,
    onNote,
    ...(threads === null ? {} : { threads }),
  });
  if (!tune || device.info.kind !== "webgpu" || device.info.software) return device;
  try {
    await tuneOnce(device, onNote);
    return device;
  } catch (error) {
    await device.dispose();
    throw error;
  }
}

async function tuneOnce(device: AnyDevice, onNote: (line: string) => void): Promise<void> {
  const [{ WebGpuDevice }, { tuneGpu }] = await Promise.all([
    import("../device/webgpu/device.ts"),
    import("../tensor/tuning.ts"),
  ]);
  if (!(device instanceof WebGpuDevice)) return;
  const folder = cacheFolder();
  const cache = folder === undefined ? undefined : new TextCache(folder, "webgpu-tiles");
  const { source } = await tuneGpu(device, { version: PLICA_VERSION, ...(cache ? { cache } : {}) });
  if (source === "measured") {
    onNote(
      `device: kernels tuned for this GPU${folder ? `, remembered in ${folder}` : ""} (--no-tune leaves it)`,
    );
  }
}

/** Where this user's programs keep what they can make again; undefined where the environment does not say. */
export function cacheFolder(env: (name: string) => string | undefined = Deno.env.get): string | undefined {
  const [home, local] = [env("HOME"), env("LOCALAPPDATA")];
  if (Deno.build.os === "windows") return local && `${local}\\plica`;
  if (Deno.build.os === "darwin") return home && `${home}/Library/Caches/plica`;
  const base = env("XDG_CACHE_HOME") ?? (home && `${home}/.cache`);
  return base && `${base}/plica`;
}
