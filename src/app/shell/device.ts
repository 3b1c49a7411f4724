/**
 * The device of a run, as its settings ask for it: opened, and its kernels tuned where that pays.
 *
 * @module
 */
import type { ExecutionConfig } from "../../config/mod.ts";
import { PLICA_VERSION } from "../../common/mod.ts";
import { type AnyDevice, openDevice, tuneDevice } from "../../engine/mod.ts";

import { TextCache } from "../../host/mod.ts";

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
  if (!tune) return device;
  try {
    await tuneOnce(device, onNote);
    return device;
  } catch (error) {
    await device.dispose();
    throw error;
  }
}

async function tuneOnce(device: AnyDevice, onNote: (line: string) => void): Promise<void> {
  const folder = cacheFolder();
  const cache = folder === undefined ? undefined : new TextCache(folder, "webgpu-tiles");
  const tuned = await tuneDevice(device, { version: PLICA_VERSION, ...(cache ? { cache } : {}) });
  if (tuned?.source === "measured") {
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
