/**
 * The devices that tests run on. WebGPU needs an adapter; without one its tests skip and say so.
 *
 * @module
 */
import { openDevice } from "../../src/engine/devices/open.ts";

import type { DeviceKind } from "../../src/engine/devices/device.ts";
import type { AnyDevice } from "../../src/engine/devices/any.ts";

const OPEN: Readonly<Record<DeviceKind, () => Promise<AnyDevice>>> = {
  reference: () => openDevice({ accelerator: "reference" }),
  wasm: () => openDevice({ accelerator: "wasm", threads: 2 }),
  webgpu: () => openDevice({ accelerator: "webgpu" }),
};

const hasAdapter = await navigator.gpu?.requestAdapter() != null;

/** Why a device cannot run here, or undefined where it can. */
export function missingReason(kind: DeviceKind): string | undefined {
  return kind === "webgpu" && !hasAdapter ? "no WebGPU adapter" : undefined;
}

/** Options of {@linkcode testOnDevices}. */
export interface DeviceTestOptions {
  /** Default: all three. */
  readonly kinds?: readonly DeviceKind[];
  /** Why the test cannot run at all. */
  readonly skip?: string;
}

/** One test for each device, on a device of its own; checks that all memory was given back. */
export function testOnDevices(
  name: string,
  options: DeviceTestOptions,
  run: (device: AnyDevice) => Promise<void>,
): void {
  for (const kind of options.kinds ?? ["reference", "wasm", "webgpu"] as const) {
    const reason = options.skip ?? missingReason(kind);
    const title = `${name} [${kind}]${reason ? ` (skipped: ${reason})` : ""}`;
    Deno.test({ name: title, ignore: reason !== undefined }, async () => {
      const device = await OPEN[kind]();
      try {
        await run(device);
        if (device.liveBytes !== 0) throw new Error(`${device.liveBytes} bytes were not given back`);
      } finally {
        await device.dispose();
      }
    });
  }
}

/** Largest difference over the largest magnitude of what is expected. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) throw new Error(`${found.length} values, not ${expected.length}`);
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(found[i] - expected[i]);
    if (!(d <= difference)) difference = d;
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  return difference / (magnitude || 1);
}
