/**
 * The device of a run, as its settings ask for it: opened, and its kernels tuned where that pays.
 *
 * @module
 */
import type { ExecutionConfig } from "../../config/mod.ts";
import { PLICA_VERSION } from "../../common/mod.ts";
import { type AnyDevice, openDevice, tuneDevice } from "../../engine/mod.ts";

import { cacheFolder, TextCache } from "../../host/mod.ts";

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
